"""Counted: a platform's own number includes an order after one step of it, which its platform file names. From then on
a backoffice's order is not subtracted any more, and what it holds is counted once more; what a channel shows is another
number than it was told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from cais.inbound.door import Pointer, receive
from cais.lifecycle.lane import CANCELLATIONS
from cais.model.package import Package, PackedItem
from cais.model.vocabulary import Direction, Flow, ObjectKind
from cais.rules.connection import ConnectionRules
from cais.stock import reservations
from cais.store.tables import fact, sku

_A_MOMENT: Final = timedelta(milliseconds=1)
"""A reading has to begin after, not at, the moment from which a count includes an order."""


def include(
    conn: Connection,
    rules: ConnectionRules,
    order_id: str,
    step: str,
    at: datetime,
    now: datetime,
    items: Collection[PackedItem] = (),
) -> None:
    """The connection's counts include the order from `at` on; `items`: what went through the step so far (none: all).
    `step` tells it from the other steps of the order."""
    _anew(conn, rules, reservations.reflect(conn, order_id, at, items), f"reflected:{order_id}:{step}", at, now)


def exclude(conn: Connection, rules: ConnectionRules, order_id: str, step: str, at: datetime, now: datetime) -> None:
    """It is cancelled there: the connection's counts have back what they held of the order, from `at` on."""
    _anew(conn, rules, reservations.skus_of(conn, order_id), f"cancelled:{order_id}:{step}", at, now)


def observed(
    conn: Connection, rules: ConnectionRules, order_id: str, said: Iterable[Direction], at: datetime, now: datetime
) -> None:
    """The connection has said something new of the order: perhaps the step after which it counts it, or its end."""
    step, news, mark = rules.platform.capabilities.stock.includes_order_after, set(said), now.isoformat()
    if rules.flow is Flow.BACKOFFICE and CANCELLATIONS & news:
        exclude(conn, rules, order_id, mark, at, now)
    if step not in news:
        return
    if rules.flow is Flow.SALES_CHANNEL:
        reservations.touch(conn, order_id, now)
    else:
        include(conn, rules, order_id, f"{step}@{mark}", at, now, tuple(_items(conn, rules, order_id, step)))


def _anew(
    conn: Connection, rules: ConnectionRules, skus: Collection[str], event: str, at: datetime, now: datetime
) -> None:
    """Count after `at`: the platform's own notice of the change may be lost, or have been read before."""
    if not rules.gives(Direction.STOCK) or "get_stock" not in rules.platform.operations:
        return
    mine = (sku.c.seller == rules.seller, sku.c.connection == rules.name, sku.c.sku.in_(sorted(skus)))
    for remote_id in conn.execute(select(sku.c.remote_id).where(*mine).order_by(sku.c.sku)).scalars():
        name, due = f"{event}:{remote_id}", at + _A_MOMENT
        receive(conn, Pointer(rules.seller, rules.name, ObjectKind.STOCK, remote_id, name, "api", due=due), now)


def _items(conn: Connection, rules: ConnectionRules, order_id: str, step: str | None) -> Iterator[PackedItem]:
    of_step = (fact.c.order_id == order_id, fact.c.direction == step, fact.c.source == rules.name)
    for content in conn.execute(select(fact.c.content).where(*of_step)).scalars():
        yield from Package.model_validate(content).items if "items" in content else ()
