"""Recovery: whatever the book says is open and Temporal does not run is started again, from its snapshot.

The answer to a lost or older Temporal database. Starting is idempotent: what runs is left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, or_, select
from temporalio.client import Client

from cais.identity import book, told
from cais.identity.book import OpenOrder
from cais.inbound import selection
from cais.inbound.starter import TemporalStarter
from cais.model.claim import OrderStart
from cais.model.pump import PumpOrder
from cais.model.selection import ListingStart
from cais.model.vocabulary import Flow, ListingStatus
from cais.store.connections import all_connections
from cais.store.engine import Store
from cais.store.tables import listing

PER_SECOND: Final = 50
"""Starts a (real) second: a server that comes back is not flooded."""

_PAGE: Final = 500


@dataclass(frozen=True)
class Recovered:
    """How many of each were started."""

    orders: int = 0
    listings: int = 0
    pumps: int = 0


async def recover(store: Store, client: Client, *, retell: bool = False, per_second: int = PER_SECOND) -> Recovered:
    """Start each open order, living listing and pump of the book that Temporal does not run.

    What the started orders and listings were told, and what was told in the last minutes, is forgotten, so that the
    next readings tell it again; with `retell` also what the running ones were told: an older Temporal database may not
    know it.
    """
    starter = TemporalStarter(client)
    pace = 1 / per_second
    await store.write(told.forget_newest)
    return Recovered(
        orders=await _orders(store, starter, pace, retell=retell),
        listings=await _listings(store, starter, pace),
        pumps=await start_pumps(store, starter),
    )


async def start_pumps(store: Store, starter: TemporalStarter) -> int:
    """Start the pumps that the listed connections need and that do not run; how many."""
    needed = pumps(await store.read(all_connections), store.clock.speed)
    return sum([await starter.run_pump(order) for order in needed])


def pumps(connections: Iterable[Any], speed: float) -> list[PumpOrder]:
    """The pumps of a hub: per connection `poll` and `intake`, `drain` where values are written, per seller `wake`."""
    listed = [row for row in connections if row.listed]
    orders = [
        PumpOrder(kind=kind, seller=row.seller, connection=row.name, speed=speed)
        for row in listed
        for kind in (("poll", "intake", "drain") if row.flow == Flow.SALES_CHANNEL else ("poll", "intake"))
    ]
    return orders + [PumpOrder(kind="wake", seller=name, speed=speed) for name in sorted({r.seller for r in listed})]


async def _orders(store: Store, starter: TemporalStarter, pace: float, *, retell: bool) -> int:
    async def page(after: str) -> Sequence[OpenOrder]:
        return await store.read(book.open_orders, after, _PAGE)

    async def start(row: OpenOrder) -> bool:
        order = OrderStart(seller=row.seller, channel=row.connection, order=row.remote_id)
        started = await starter.run_order(order)
        if started or retell:
            await store.write(told.forget, row.id)
        return started

    return await _each(page, start, pace)


async def _listings(store: Store, starter: TemporalStarter, pace: float) -> int:
    async def page(after: str) -> Sequence[Any]:
        return await store.read(_living, after)

    async def start(row: Any) -> bool:
        started = await starter.run_listing(ListingStart(seller=row.seller, channel=row.connection, listing=row.code))
        if started:
            names.append(row.id)
        return started

    names: list[str] = []
    count = await _each(page, start, pace)
    if names:
        await store.write(selection.tell_anew, names, store.clock.now())
    return count


async def _each(
    page: Callable[[str], Awaitable[Sequence[Any]]], start: Callable[[Any], Awaitable[bool]], pace: float
) -> int:
    """Start all, page by page, at a bounded rate; how many were not running."""
    started, after = 0, ""
    while rows := await page(after):
        for row in rows:
            if await start(row):
                started += 1
                await asyncio.sleep(pace)
        after = rows[-1].id
    return started


def _living(conn: Connection, after: str) -> Sequence[Any]:
    """Listings that were told of a selection and are not closed."""
    told_of = or_(listing.c.started.is_(True), listing.c.snapshot.is_not(None))
    living = (listing.c.id > after, told_of, listing.c.status != ListingStatus.CLOSED.value)
    columns = (listing.c.id, listing.c.seller, listing.c.connection, listing.c.code)
    return conn.execute(select(*columns).where(*living).order_by(listing.c.id).limit(_PAGE)).all()
