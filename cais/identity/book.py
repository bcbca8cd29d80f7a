"""The order book: one row an order, with its document, its identity, and the state that its workflow recorded last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from cais.errors import NotFound
from cais.model.claim import OrderStart
from cais.model.order import Order
from cais.model.plan import Plan
from cais.model.vocabulary import OrderStatus
from cais.store.tables import order_book
from cais.store.upsert import insert_new

AWAITED: Final = "awaited"
"""Status of an order that was started with its identity alone: its document was asked for."""


@dataclass(frozen=True)
class Entry:
    """A row of the book. `document` is the canonical order less what is personal; `as_of` is its time."""

    id: str
    seller: str
    connection: str
    remote_id: str
    number: str | None
    status: str
    next: str | None
    problems: tuple[str, ...]
    open: bool
    run: str | None
    rev: int
    plan: Plan | None
    document: dict[str, Any] | None
    as_of: datetime | None
    identity: str | None
    identity_fields: dict[str, Any] | None
    snapshot: dict[str, Any] | None
    placed_at: datetime | None
    total_cents: int | None
    currency: str | None
    ship_by: datetime | None
    updated_at: datetime

    @property
    def order(self) -> Order:
        """The document as a model. Raises `NotFound` while it is awaited."""
        if self.document is None:
            raise NotFound(f"{self.id} has no document yet")
        return Order.model_validate(self.document)


def entry(conn: Connection, order_id: str, *, lock: bool = False) -> Entry | None:
    """The order's row, or None. `lock` holds it until the end of the transaction."""
    found = select(order_book).where(order_book.c.id == order_id)
    row = conn.execute(found.with_for_update() if lock else found).first()
    return None if row is None else _entry(row)


def known(conn: Connection, order_id: str, *, lock: bool = False) -> Entry:
    """The order's row, as `entry` gives it. Raises `NotFound`."""
    row = entry(conn, order_id, lock=lock)
    if row is None:
        raise NotFound(f"no order {order_id}")
    return row


def show(conn: Connection, order_id: str, seller: str, connection: str, order: Order, as_of: datetime,
         now: datetime) -> bool:  # fmt: skip
    """Enter the order as its channel shows it (without personal data), or renew it; whether it is new in the book.

    An older document than the one held changes nothing.
    """
    first = {"id": order_id, "seller": seller, "connection": connection, "remote_id": order.id, "created_at": now}
    fresh = insert_new(conn, order_book, {**first, **_shown(order, as_of, now), **_unrecorded()})
    if not fresh:
        older = order_book.c.as_of.is_(None) | (order_book.c.as_of <= as_of)
        conn.execute(update(order_book).where(order_book.c.id == order_id, older).values(_shown(order, as_of, now)))
        awaited = (order_book.c.id == order_id, order_book.c.status == AWAITED)
        conn.execute(update(order_book).where(*awaited).values(status=OrderStatus.PLACED.value))
    return fresh


def await_document(conn: Connection, start: OrderStart, run: str, now: datetime) -> None:
    """Enter an order of which only the identity is known."""
    first = {"id": start.workflow_id, "seller": start.seller, "connection": start.channel, "remote_id": start.order}
    row = {**first, **_unrecorded(), "status": AWAITED, "run": run, "created_at": now, "updated_at": now}
    insert_new(conn, order_book, row)


def reopen(conn: Connection, order_id: str) -> None:
    """There is something to tell the order: whether its workflow has ended or not, it is open until that is said."""
    conn.execute(update(order_book).where(order_book.c.id == order_id).values(open=True))


@dataclass(frozen=True)
class OpenOrder:
    """What is needed to start an order's workflow."""

    id: str
    seller: str
    connection: str
    remote_id: str


def open_orders(conn: Connection, after: str = "", limit: int = 500) -> Sequence[OpenOrder]:
    """Open orders by id, from the one behind `after`."""
    columns = (order_book.c.id, order_book.c.seller, order_book.c.connection, order_book.c.remote_id)
    found = select(*columns).where(order_book.c.open.is_(True), order_book.c.id > after)
    return [OpenOrder(*row) for row in conn.execute(found.order_by(order_book.c.id).limit(limit))]


def add_problem(conn: Connection, order_id: str, problem: str) -> None:
    """Show a problem that the workflow itself cannot record (a second order of the same id)."""
    row = known(conn, order_id)
    if problem not in row.problems:
        shown = [*row.problems, problem]
        conn.execute(update(order_book).where(order_book.c.id == order_id).values(problems=shown))


def _shown(order: Order, as_of: datetime, now: datetime) -> dict[str, Any]:
    return {
        "number": order.number,
        "document": order.model_dump(mode="json"),
        "as_of": as_of,
        "placed_at": order.placed_at,
        "total_cents": int(order.totals.total * 100),
        "currency": order.currency,
        "ship_by": order.deadlines.ship_by,
        "updated_at": now,
    }


def _unrecorded() -> dict[str, Any]:
    return {"status": OrderStatus.PLACED.value, "open": True, "rev": 0}


_PLAIN: Final[Iterable[str]] = tuple(name for name in Entry.__dataclass_fields__ if name not in ("plan", "problems"))


def _entry(row: Row[Any]) -> Entry:
    plain = {name: getattr(row, name) for name in _PLAIN}
    plan = Plan.model_validate(row.plan) if row.plan else None
    return Entry(**plain, plan=plan, problems=tuple(row.problems or ()))
