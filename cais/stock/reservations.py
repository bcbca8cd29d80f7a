"""Reservations: units sold that a count may not reflect yet. Lines of an order, kits taken apart.

`held` until it is `released` (the units are for sale again) or `blocked` (cancelled because there was nothing left:
nothing of the SKU is sold from that backoffice until it counts otherwise). A reservation never fails for lack of
stock: the line is marked short.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Row, select, update

from cais.model.package import PackedItem
from cais.model.vocabulary import CancelReason, WantedGroup
from cais.outbound import wanted
from cais.stock import kit
from cais.stock.available import holding
from cais.store.tables import reservation, stock_count
from cais.store.upsert import insert_new

_PART: Final = "+"
"""Marks a part of a kit: `3+PEN` is the pens of line 3."""

_BLOCK: Final = "!"
"""Marks that there was nothing left of a line: `3!`."""

_HELD: Final = {"state": "held", "short": False}


class SoldLine(Protocol):
    """What is reserved of a line as sold; `OrderLine` and `PlacedLine` are such."""

    @property
    def id(self) -> str: ...
    @property
    def sku(self) -> str: ...
    @property
    def quantity(self) -> int: ...


@dataclass(frozen=True)
class _Part:
    line: str
    sku: str
    units: int
    per_unit: int


def reserve(
    conn: Connection, seller: str, order_id: str, backoffice: str, lines: Iterable[SoldLine], now: datetime
) -> frozenset[str]:
    """Reserve the lines at the backoffice whose counts will reflect them; once, however often it is called.

    Gives the ids of the lines that are short: more is sold than counted.
    """
    parts = [part for line in lines for part in _parts(conn, seller, line)]
    skus = sorted({part.sku for part in parts})
    _hold_counts(conn, seller, skus)
    common = {"order_id": order_id, "seller": seller, "backoffice": backoffice, "made_at": now, **_HELD}
    new = [part.sku for part in parts if insert_new(conn, reservation, {**common, **asdict(part)})]
    if new:
        _changed(conn, seller, order_id, new, now)
    return _mark_short(conn, seller, order_id, backoffice, skus)


def move(conn: Connection, order_id: str, backoffice: str | None, now: datetime) -> None:
    """Other counts will reflect what none reflects yet; None: none will, nothing is held for the order."""
    change = {"state": "released", "released_at": now} if backoffice is None else {"backoffice": backoffice}
    for row in _held(conn, order_id):
        if row.reflected_at is None and row.backoffice != backoffice:
            _set(conn, row, **change)
            _changed(conn, row.seller, order_id, (row.sku,), now)


def release(
    conn: Connection,
    order_id: str,
    now: datetime,
    lines: Collection[PackedItem] = (),
    reason: CancelReason = CancelReason.OTHER,
) -> None:
    """Give back the units of the lines (all, if none is named). Out of stock gives nothing back: it blocks the SKU."""
    for row in _held(conn, order_id):
        freed = _named(row, lines)
        if freed and reason is CancelReason.OUT_OF_STOCK:
            _block(conn, row, min(freed, row.units), now)
        if freed >= row.units:
            _set(conn, row, state="released", released_at=now)
        elif freed:
            _set(conn, row, units=row.units - freed)
        if freed:
            _changed(conn, row.seller, order_id, (row.sku,), now)


def reflect(conn: Connection, order_id: str, at: datetime, items: Collection[PackedItem] = ()) -> frozenset[str]:
    """Counts whose reading begins after `at` include the order: the reflecting step is done, its settle passed.

    `items`: only these, all that went through the step so far; a line counts once all of its units did.
    Gives the SKUs that have to be counted once more after `at`, or their units stay subtracted twice.
    """
    unseen = (reservation.c.order_id == order_id, reservation.c.reflected_at.is_(None))
    through = [row for row in conn.execute(select(reservation).where(*unseen)) if _named(row, items) >= row.units]
    for row in through:
        _set(conn, row, reflected_at=at)
    return frozenset(row.sku for row in through)


def skus_of(conn: Connection, order_id: str) -> frozenset[str]:
    """What the order took from stock, whatever became of it."""
    return frozenset(conn.execute(select(reservation.c.sku).where(reservation.c.order_id == order_id)).scalars())


def touch(conn: Connection, order_id: str, now: datetime) -> None:
    """The order's channel changed its own number of these SKUs without a sale or a cancellation."""
    rows = conn.execute(select(reservation.c.seller, reservation.c.sku).where(reservation.c.order_id == order_id)).all()
    if rows:
        _changed(conn, rows[0].seller, order_id, {row.sku for row in rows}, now)


def unblock(
    conn: Connection, seller: str, backoffice: str, sku: str, change: int | None, selling: int, read_began: datetime
) -> None:
    """The owner counts otherwise than when it said that there was nothing left; `change` units more (None: unlimited).

    What our own orders do to the count says nothing new: up to `selling` units go with them, and what it counted of
    the cancelled ones comes back.
    """
    blocked = (reservation.c.seller == seller, reservation.c.backoffice == backoffice, reservation.c.sku == sku)
    before = (reservation.c.state == "blocked", reservation.c.released_at < read_began)
    rows = conn.execute(select(reservation).where(*blocked, *before).order_by(reservation.c.order_id)).all()
    back = sum(row.units for row in rows if row.reflected_at is not None)
    if change is not None and -selling <= change <= back:
        _come_back(conn, rows, change)
    else:
        for row in rows:
            _set(conn, row, state="released")


def channel_of(order_id: str) -> str:
    """The channel that an order's workflow id names."""
    return order_id.split(":", 3)[2]


def _parts(conn: Connection, seller: str, line: SoldLine) -> Iterator[_Part]:
    for sku, units in kit.parts(conn, seller, line.sku).items():
        name = line.id if sku == line.sku else f"{line.id}{_PART}{sku}"
        yield _Part(name, sku, units * line.quantity, units)


def _hold_counts(conn: Connection, seller: str, skus: Collection[str]) -> None:
    """Two orders for the last unit wait for each other here, so that the second is marked short."""
    rows = select(stock_count.c.sku).where(stock_count.c.seller == seller, stock_count.c.sku.in_(list(skus)))
    order = (stock_count.c.sku, stock_count.c.connection, stock_count.c.location)
    conn.execute(rows.order_by(*order).with_for_update())


def _changed(conn: Connection, seller: str, order_id: str, skus: Collection[str], now: datetime) -> None:
    sold = kit.sold_as(conn, seller, skus)
    wanted.raise_skus(conn, seller, sold, (WantedGroup.STOCK,), now, moved_by=channel_of(order_id))


def _mark_short(conn: Connection, seller: str, order_id: str, backoffice: str, skus: Collection[str]) -> frozenset[str]:
    missing = [sku for sku in skus if _is_short(conn, seller, backoffice, sku)]
    mine = (reservation.c.order_id == order_id, reservation.c.sku.in_(missing), reservation.c.state == "held")
    marked = update(reservation).where(*mine).values(short=True).returning(reservation.c.line)
    return frozenset(line.split(_PART, 1)[0] for line in conn.execute(marked).scalars())


def _is_short(conn: Connection, seller: str, backoffice: str, sku: str) -> bool:
    counted = holding(conn, seller, backoffice, sku)
    left = counted.available("sum") if counted.places else None
    return left is not None and left < 0


def _held(conn: Connection, order_id: str) -> Sequence[Row[Any]]:
    mine = (reservation.c.order_id == order_id, reservation.c.state == "held")
    # By SKU, so that all who raise wanted values do it in one order.
    return conn.execute(select(reservation).where(*mine).order_by(reservation.c.sku).with_for_update()).all()


def _named(row: Row[Any], lines: Collection[PackedItem]) -> int:
    """Units of the row that `lines` speaks of; of all, if it names none."""
    if not lines:
        return int(row.units)
    sold = row.line.split(_PART, 1)[0]
    return sum(item.quantity for item in lines if item.line == sold) * int(row.per_unit)


def _block(conn: Connection, row: Row[Any], units: int, now: datetime) -> None:
    """`units` may come back into the count by the cancellation alone."""
    block = {"line": f"{row.line}{_BLOCK}", "state": "blocked", "units": units, "released_at": now}
    insert_new(conn, reservation, {**row._mapping, **block})


def _come_back(conn: Connection, blocked: Sequence[Row[Any]], change: int) -> None:
    """So many units of what was cancelled are in the count again: they come once."""
    for row in blocked:
        if row.reflected_at is not None and change > 0:
            came = min(row.units, change)
            _set(conn, row, units=row.units - came)
            change -= came


def _set(conn: Connection, row: Row[Any], **values: object) -> None:
    mine = (reservation.c.order_id == row.order_id, reservation.c.line == row.line)
    conn.execute(update(reservation).where(*mine).values(**values))
