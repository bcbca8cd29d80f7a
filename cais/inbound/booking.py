"""Booking: one transaction takes a mapped order into the book, and says what its workflow has to be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from cais.identity import book, buyer, fact, ref, told
from cais.identity.book import Entry
from cais.identity.buyer import Kept
from cais.identity.claim import Planner
from cais.identity.document import Parted, part
from cais.inbound import echo, news
from cais.inbound.echo import HeldBack, Ignored, Ours
from cais.model.claim import OrderStart
from cais.model.observation import Observation, Observed
from cais.model.order import Order
from cais.model.vocabulary import Direction, Flow
from cais.outbound import parked
from cais.store import blobs, journal
from cais.store.seal import KeyRing


@dataclass(frozen=True)
class Sight:
    """An order as one connection showed it. `as_of`: the vendor's version, or the time before it was read."""

    seller: str
    connection: str
    flow: Flow
    order: Order
    as_of: datetime
    since: datetime | None = None
    """The channel's cut-off: orders placed before it stay out."""
    asked: bool = False
    """Asked for by name: the cut-off does not count, and the workflow is told in any case."""


@dataclass(frozen=True)
class Booked:
    """It is in the book. `observed` is what to tell the workflow: None if it knows."""

    start: OrderStart
    observed: Observed | None
    digest: str
    """Of what the connection says, to be kept once it is told."""
    first: bool = False
    """The workflow was never told anything by this connection."""
    erased: bool = False
    """The buyer was erased: nothing personal may be kept."""
    changed: frozenset[Direction] = frozenset()
    """In which the connection has said something new."""

    @property
    def order_id(self) -> str:
        return self.start.workflow_id


def enter(
    conn: Connection, keys: KeyRing, sight: Sight, plan_of: Planner, now: datetime
) -> Booked | Ignored | HeldBack:
    """Take the order into the book: document, buyer (sealed), invoices' XML, references, facts. Idempotent."""
    verdict = echo.whose(conn, sight.seller, sight.connection, sight.flow, sight.order)
    if not isinstance(verdict, Ours):
        return verdict
    if _too_old(conn, verdict.order_id, sight):
        return Ignored("before-cut-off")
    parted = part(sight.order)
    sells = sight.flow is Flow.SALES_CHANNEL
    kept = _keep_personal(conn, keys, sight, verdict.order_id, parted, sells=sells)
    fresh = sells and _show(conn, sight, verdict.order_id, parted, now, personal=kept is Kept.CHANGED)
    _refer(conn, sight, verdict.order_id, now)
    # Held, so that who parks meanwhile for want of what is said here either sees it or is seen.
    row = book.known(conn, verdict.order_id, lock=True)
    booked = _said(conn, sight, row, parted, plan_of, now, fresh=fresh)
    return replace(booked, erased=kept is Kept.ERASED)


def was_told(conn: Connection, sight: Sight, booked: Booked, now: datetime) -> None:
    """The workflow has it."""
    told.keep(conn, sight.seller, booked.order_id, sight.connection, booked.digest, now)


def _too_old(conn: Connection, order_id: str, sight: Sight) -> bool:
    if sight.flow is not Flow.SALES_CHANNEL or sight.since is None or sight.asked:
        return False
    if sight.order.placed_at >= sight.since:
        return False
    return book.entry(conn, order_id) is None


def _keep_personal(
    conn: Connection, keys: KeyRing, sight: Sight, order_id: str, parted: Parted, *, sells: bool
) -> Kept:
    """The buyer, as the channel shows it, and the invoices' XML; nothing where the buyer is erased."""
    personal = parted.personal if sells else {}
    kept = buyer.keep(conn, keys, sight.seller, order_id, personal, sight.as_of)
    for xml in parted.xml.values() if kept is not Kept.ERASED else ():
        blobs.keep(conn, keys, sight.seller, order_id, "nfe", xml)
    return kept


def _show(conn: Connection, sight: Sight, order_id: str, parted: Parted, now: datetime, *, personal: bool) -> bool:
    """Into the book; whether it is new there. What could not be made of an earlier document is tried again."""
    before = book.entry(conn, order_id)
    fresh = book.show(conn, order_id, sight.seller, sight.connection, parted.order, sight.as_of, now)
    if before is not None and (personal or before.document != parted.order.model_dump(mode="json")):
        parked.wake_unmapped(conn, order_id, now)
    return fresh


def _refer(conn: Connection, sight: Sight, order_id: str, now: datetime) -> None:
    order = sight.order
    shipments = [order.delivery.shipment_id, *(p.shipping.shipment_id for p in order.packages if p.shipping)]
    for remote in dict.fromkeys((order.id, *order.parts)):
        ref.link(conn, sight.seller, sight.connection, "order", remote, order_id, now)
    for remote in dict.fromkeys(filter(None, shipments)):
        ref.link(conn, sight.seller, sight.connection, "shipment", remote, order_id, now)


def _said(
    conn: Connection, sight: Sight, row: Entry, parted: Parted, plan_of: Planner, now: datetime, *, fresh: bool
) -> Booked:
    """Keep the facts, and find out whether the workflow knows them."""
    plan = row.plan or plan_of(row.connection, row.order)
    said = news.observations(parted.order, sight.connection, plan)
    facts = news.facts(parted.order, sight.connection, plan)
    changed = fact.keep(conn, row.seller, row.id, sight.connection, sight.as_of, facts)
    news_in = frozenset(each.direction for each in changed)
    parked.wake_required(conn, row.id, sight.connection, news_in, now)
    digest = told.digest(said)
    if fresh or changed:
        detail = {"as_of": sight.as_of.isoformat(), "said": [each.direction.value for each in said]}
        journal.note(conn, row.seller, row.id, sight.connection, "observed", detail, now)
    start = OrderStart(seller=row.seller, channel=row.connection, order=row.remote_id)
    last = told.last(conn, row.id, sight.connection)
    if not said or (last == digest and not sight.asked):
        return Booked(start, None, digest, changed=news_in)
    if not row.open:
        book.reopen(conn, row.id)
    return Booked(start, _observed(sight, said, digest), digest, first=last is None, changed=news_in)


def _observed(sight: Sight, said: tuple[Observation, ...], digest: str) -> Observed:
    """The id is that of the content: told twice it is known, told otherwise it is not."""
    name = f"{sight.connection}:{sight.as_of:%Y%m%dT%H%M%S.%f}:{digest[:16]}"
    return Observed(id=name, source=sight.connection, as_of=sight.as_of, observations=said)
