"""What a channel may offer of a SKU: what is available, less its buffer, never below zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from cais.model.vocabulary import Direction
from cais.rules.connection import SellerRules
from cais.rules.seller_file import LocationFile
from cais.stock import kit
from cais.stock.available import EVERYWHERE, Places, Pool, holdings, uncounted
from cais.store.tables import fact, handoff, order_book, reservation

CAP: Final = 999
"""Units offered of what is unlimited, unless the channel's section says otherwise."""


@dataclass(frozen=True)
class Offering:
    """How a channel offers stock. `places`: what it sells from."""

    channel: str
    buffer: int = 0
    pool: Pool = "sum"
    cap: int = CAP
    places: Places = EVERYWHERE
    keeps_until: Direction | None = None
    """The number written includes the units of the channel's own orders until this step of theirs is done there
    (`stock.writes: physical`); None: what is written is what may be sold."""


def sellable(conn: Connection, rules: SellerRules, channel: str, sku: str) -> int:
    """Units of a SKU to be written to a channel, as its seller's rules say."""
    return units(conn, rules.name, offering_of(rules, channel), sku)


def offering_of(rules: SellerRules, channel: str) -> Offering:
    """How a channel offers stock. Without word on the pool one place serves an order, so only the fullest counts."""
    connection = rules.connections[channel]
    said, does = connection.file.stock, connection.platform.capabilities.stock
    keeps = Direction(does.includes_order_after or Direction.DISPATCH) if does.writes == "physical" else None
    return Offering(
        channel=channel,
        buffer=said.buffer,
        pool=said.pool or "max",
        cap=CAP if said.cap is None else said.cap,
        places=_places(rules.file.locations, said.locations),
        keeps_until=keeps,
    )


def _places(locations: Mapping[str, LocationFile], chosen: tuple[str, ...] | None) -> Places:
    """What a channel names; else what the seller declares, and all places of connections with none declared."""
    named: dict[str, frozenset[str]] = {}
    for place in locations.values() if chosen is None else [locations[name] for name in chosen]:
        named[place.connection] = named.get(place.connection, frozenset()) | {place.id}
    return Places(named, closed=chosen is not None)


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
