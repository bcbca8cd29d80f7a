"""What a channel may offer of a SKU: what is available, less its buffer, never below zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from cais.model.vocabulary import Direction
from cais.stock import kit
from cais.stock.available import Pool, holdings, uncounted
from cais.store.tables import fact, handoff, order_book, reservation

CAP: Final = 999
"""Units offered of what is unlimited, unless the channel's section says otherwise."""


@dataclass(frozen=True)
class Offering:
    """How a channel offers stock. `places`: (connection, location) that it sells from, None for all."""

    channel: str
    buffer: int = 0
    pool: Pool = "sum"
    cap: int = CAP
    places: frozenset[tuple[str, str]] | None = None
    keeps_until: Direction | None = None
    """The number written includes the units of the channel's own orders until this step of theirs is done there
    (`stock.writes: physical`); None: what is written is what may be sold."""


def units(conn: Connection, seller: str, offering: Offering, sku: str) -> int:
    """Units of `sku` to be written to the channel. A kit is worth what its scarcest part allows."""
    parts = kit.parts(conn, seller, sku)
    left = min(_left(conn, seller, offering, part) // each for part, each in parts.items())
    sellable = max(0, left - offering.buffer)
    return sellable + own_open_units(conn, seller, offering, sku)


def own_open_units(conn: Connection, seller: str, offering: Offering, sku: str) -> int:
    """Units in orders of the channel itself that its own number still includes."""
    if offering.keeps_until in (None, Direction.ORDER):
        return 0
    gone = or_(_told(offering), _said(offering))
    both = order_book.join(reservation, reservation.c.order_id == order_book.c.id)
    mine = (order_book.c.seller == seller, order_book.c.connection == offering.channel, order_book.c.open.is_(True))
    held = (reservation.c.sku == sku, reservation.c.state == "held", ~gone)
    total = select(func.coalesce(func.sum(reservation.c.units), 0)).select_from(both).where(*mine, *held)
    return int(conn.execute(total).scalar_one())


def _told(offering: Offering) -> ColumnElement[bool]:
    """The channel was told of the step."""
    return exists().where(
        handoff.c.subject == order_book.c.id,
        handoff.c.target == offering.channel,
        handoff.c.direction == offering.keeps_until,
        handoff.c.state == "done",
    )


def _said(offering: Offering) -> ColumnElement[bool]:
    """The channel itself told of the step."""
    return exists().where(
        fact.c.order_id == order_book.c.id,
        fact.c.source == offering.channel,
        fact.c.direction == offering.keeps_until,
    )


def _left(conn: Connection, seller: str, offering: Offering, sku: str) -> int:
    left = list(_available(conn, seller, offering, sku))
    if any(each is None for each in left):
        return offering.cap + offering.buffer
    counted = [each for each in left if each is not None]
    pooled = sum(counted) if offering.pool == "sum" else max(counted, default=0)
    return min(pooled - uncounted(conn, seller, sku), offering.cap + offering.buffer)


def _available(conn: Connection, seller: str, offering: Offering, sku: str) -> Iterator[int | None]:
    for held in holdings(conn, seller, sku, offering.places):
        yield held.available(offering.pool)
