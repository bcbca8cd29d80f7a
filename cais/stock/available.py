"""What may be sold is a formula, never a running total: counts less the reservations that they do not reflect yet.

`held` and the counts are always read together, in one transaction. Whoever is not certain subtracts: errors go to
underselling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, true

from cais.store.tables import reservation, stock_count

Pool = Literal["sum", "max"]
"""What several places are worth: all together, or the fullest one (an order ships from one place)."""


@dataclass(frozen=True)
class Place:
    """One place's count of one SKU. `units` None: unlimited."""

    connection: str
    location: str
    units: int | None
    read_began: datetime


@dataclass(frozen=True)
class Places:
    """Which places sell: of each connection named here these, of others all, or with `closed` none."""

    named: Mapping[str, frozenset[str]] = field(default_factory=dict)
    closed: bool = False

    def __contains__(self, place: Place) -> bool:
        known = self.named.get(place.connection)
        return not self.closed if known is None else place.location in known


EVERYWHERE: Final = Places()


@dataclass(frozen=True)
class Holding:
    """One connection's counts of one SKU, with the units sold that they do not show yet.

    `blocked`: the owner cancelled an order because there was nothing left, and has not counted otherwise since.
    """

    places: tuple[Place, ...]
    held: int
    blocked: bool

    def available(self, pool: Pool) -> int | None:
        """Units left, negative when more is sold than counted; None: unlimited.

        Nobody knows from which place a reservation will be served, so the whole of it is taken from each.
        """
        if self.blocked:
            return -self.held
        counts = [place.units for place in self.places if place.units is not None]
        if len(counts) < len(self.places):
            return None
        return (sum(counts) if pool == "sum" else max(counts, default=0)) - self.held


def holdings(conn: Connection, seller: str, sku: str, selling: Places = EVERYWHERE) -> tuple[Holding, ...]:
    """The holdings of one SKU at the places that sell, one a connection that counts it there."""
    places = [_place(row) for row in conn.execute(_counts(seller, sku))]
    by_connection: dict[str, list[Place]] = {}
    for place in places:
        by_connection.setdefault(place.connection, []).append(place)
    return tuple(_holdings(conn, seller, sku, by_connection, selling))


def holding(conn: Connection, seller: str, connection: str, sku: str) -> Holding:
    """One connection's counts of one SKU (no places where it counts none)."""
    rows = conn.execute(_counts(seller, sku).where(stock_count.c.connection == connection))
    return _holding(conn, seller, connection, sku, tuple(_place(row) for row in rows), EVERYWHERE)


def uncounted(conn: Connection, seller: str, sku: str) -> int:
    """Units reserved for backoffices that do not count the SKU: no reading will ever reflect them."""
    counted = exists().where(
        stock_count.c.seller == seller,
        stock_count.c.sku == sku,
        stock_count.c.connection == reservation.c.backoffice,
    )
    return _sum(conn, seller, sku, ~counted)


def _holdings(
    conn: Connection,
    seller: str,
    sku: str,
    by_connection: dict[str, list[Place]],
    selling: Places,
) -> Iterator[Holding]:
    for connection, places in by_connection.items():
        offered = _holding(conn, seller, connection, sku, tuple(places), selling)
        if offered.places:
            yield offered


def _holding(
    conn: Connection,
    seller: str,
    connection: str,
    sku: str,
    places: tuple[Place, ...],
    selling: Places,
) -> Holding:
    held = _sum(conn, seller, sku, and_(reservation.c.backoffice == connection, _unseen(places)))
    offered = tuple(place for place in places if place in selling)
    return Holding(offered, held, _blocked(conn, seller, connection, sku))


def _unseen(places: tuple[Place, ...]) -> ColumnElement[bool]:
    if not places:
        return true()
    # A connection's places are read together; should they not be, the oldest reading decides what is reflected.
    began = min(place.read_began for place in places)
    return or_(reservation.c.reflected_at.is_(None), reservation.c.reflected_at >= began)


def _sum(conn: Connection, seller: str, sku: str, which: ColumnElement[bool]) -> int:
    units = func.coalesce(func.sum(reservation.c.units), 0)
    of_sku = (reservation.c.seller == seller, reservation.c.sku == sku, reservation.c.state == "held")
    return int(conn.execute(select(units).where(*of_sku, which)).scalar_one())


def _blocked(conn: Connection, seller: str, connection: str, sku: str) -> bool:
    of_sku = (reservation.c.seller == seller, reservation.c.sku == sku, reservation.c.backoffice == connection)
    return bool(conn.execute(select(exists().where(*of_sku, reservation.c.state == "blocked"))).scalar_one())


def _counts(seller: str, sku: str) -> Any:
    columns = (stock_count.c.connection, stock_count.c.location, stock_count.c.units, stock_count.c.read_began)
    wanted = select(*columns).where(stock_count.c.seller == seller, stock_count.c.sku == sku)
    return wanted.order_by(stock_count.c.connection, stock_count.c.location)


def _place(row: Any) -> Place:
    return Place(row.connection, row.location, row.units, row.read_began)
