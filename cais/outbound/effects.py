"""What else becomes true when an act is done, in the same transaction: references, reflected stock, listed variants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update

from cais.clock import Clock
from cais.identity import ref
from cais.inbound.counted import exclude, include
from cais.lifecycle.lane import CANCELLATIONS
from cais.model.package import Package, PackedItem
from cais.model.vocabulary import Direction, Flow
from cais.outbound import wanted
from cais.outbound.operations import is_verb
from cais.outbound.row import HandoffState, Row
from cais.outbound.work import Work
from cais.stock import reservations
from cais.store.tables import fact, handoff, listed_variant

PER_PACKAGE: Final = (Direction.INVOICE, Direction.SHIPPING_INFO, Direction.DISPATCH, Direction.DELIVERY)


def done(conn: Connection, clock: Clock, work: Work, row: Row, now: datetime) -> None:
    """Write what follows from the act."""
    if work.creates_order and row.remote_id is not None:
        ref.link(conn, work.seller, work.act.target, "order", row.remote_id, work.act.subject, now)
    if work.act.direction is Direction.LISTING and not is_verb(work.act):
        _listed(conn, work, row, now)
    counted(conn, clock, work, now)


def counted(conn: Connection, clock: Clock, work: Work, now: datetime) -> None:
    """The target's own number changes with this step, if it is the one that its platform file names, or the last."""
    at, backoffice = now + clock.real(work.settle), Flow(work.connection.flow) is Flow.BACKOFFICE
    if backoffice and work.act.direction in CANCELLATIONS:
        exclude(conn, work.connection, work.act.subject, work.act.n, at, now)
    if work.act.direction != work.connection.platform.capabilities.stock.includes_order_after:
        return
    if backoffice:
        through = tuple(_through(conn, work))
        include(conn, work.connection, work.act.subject, work.act.n, at, now, through)
    else:
        reservations.touch(conn, work.act.subject, now)


def _through(conn: Connection, work: Work) -> Iterator[PackedItem]:
    """What went through the step so far, where it is done by package; nothing named means everything."""
    if work.act.direction not in PER_PACKAGE:
        return
    act, done = work.act, HandoffState.DONE.value
    told = select(handoff.c.n).where(handoff.c.subject == act.subject, handoff.c.target == act.target)
    told = told.where(handoff.c.direction == act.direction.value, handoff.c.state == done)
    said = select(fact.c.content).where(fact.c.order_id == act.subject, fact.c.direction == act.direction.value)
    for content in conn.execute(said.where(fact.c.key.in_(told))).scalars():
        yield from Package.model_validate(content).items


def _listed(conn: Connection, work: Work, row: Row, now: datetime) -> None:
    """The listing, or one variant of it, is on the channel: values that changed meanwhile are told."""
    if row.remote_id is None:
        return
    act = work.act
    ref.link(conn, work.seller, act.target, "listing", row.remote_id, act.subject, now)
    of_listing = update(listed_variant).where(listed_variant.c.listing == act.subject)
    conn.execute(of_listing.where(listed_variant.c.sku == act.item).values(remote_id=row.remote_id))
    wanted.raise_listing(conn, act.subject, now)
