"""The drain pump's round: what a channel is behind in is leased, computed, sent, and acknowledged as leased."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import Connection, select

from cais.errors import TryLater
from cais.http.client import Sender
from cais.model.selection import ListingObserved, ListingStart
from cais.model.vocabulary import Direction, ListingStatus, WantedGroup
from cais.outbound.delivering import Delivering, Ended
from cais.outbound.listed import Shop
from cais.outbound.operations import OF_GROUP
from cais.outbound.wanted import Leased
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf
from cais.store.tables import listing as listing_table

PARALLEL: Final = 8
"""Requests of one group at a time, each of other listings; orders never queue behind more than these."""

_DIRECTIONS: Final = {
    WantedGroup.STOCK: Direction.STOCK,
    WantedGroup.PRICE: Direction.PRICE,
    WantedGroup.CONTENT: Direction.LISTING,
}
"""In the order in which they are sent: an oversold unit costs more than an old price."""


class Listings(Protocol):
    """Tells listings of their problems; values never pass through a workflow."""

    async def observe_listing(self, start: ListingStart, observed: ListingObserved) -> None:
        """Tell a listing how its channel shows it."""


class Drain:
    """Sends wanted values. One a process; rounds of one channel may overlap anywhere."""

    def __init__(self, store: Store, shelf: RuleShelf, sender: Sender, listings: Listings) -> None:
        self._store, self._shelf, self._sender, self._listings = store, shelf, sender, listings

    async def round(self, seller: str, connection: str) -> int:
        """Bring a channel nearer to what is wanted of it; how many values were settled. Zero: nothing is due now.

        Raises the `TryLater` family, with the real time to wait, when nothing at all could be sent.
        """
        rules, generation = await self._shelf.active(seller)
        shop = Shop(rules.of_seller(seller), connection)
        if connection not in shop.seller.connections or shop.rules.mode == "observe":
            return 0
        count, waits = 0, list[TryLater]()
        for group in _DIRECTIONS:
            try:
                count += await self._group(shop, group, generation)
            except TryLater as later:
                waits.append(later)
        if waits and not count:
            raise waits[0]
        return count

    async def _group(self, shop: Shop, group: WantedGroup, generation: int) -> int:
        operation = shop.rules.platform.operations.get(OF_GROUP[group])
        if operation is None or not shop.rules.takes(_DIRECTIONS[group]):
            return 0
        delivering = Delivering(self._store, self._sender, shop, operation, generation)
        bulk = 1 if group is WantedGroup.CONTENT else shop.rules.platform.capabilities.bulk.get(group.value, 1)
        leases = await delivering.lease(group, bulk * PARALLEL, bulk)
        said = [delivering.send(part) for part in parted(leases, bulk)]
        ends = await asyncio.gather(*said, return_exceptions=True)
        return await self._counted(shop, ends)

    async def _counted(self, shop: Shop, ends: Sequence[Ended | BaseException]) -> int:
        settled, waits = list[Ended](), list[TryLater]()
        for end in ends:
            if isinstance(end, TryLater):
                waits.append(end)
            elif isinstance(end, BaseException):
                raise end
            else:
                settled.append(end)
        for end in settled:
            await self._tell(shop, end)
        if waits and not settled:
            raise waits[0]
        return sum(end.count for end in settled)

    async def _tell(self, shop: Shop, ended: Ended) -> None:
        for leased, problem in ended.problems:
            found = await self._store.read(_known, leased.listing)
            if found is not None:
                start = ListingStart(seller=shop.seller.name, channel=shop.channel, listing=found.code)
                name = f"drain:{leased.group}:{leased.sku}:{leased.rev}:{problem or 'well'}"
                now = self._store.clock.now()
                said = ListingObserved(id=name, as_of=now, status=found.status, problem=problem)
                await self._listings.observe_listing(start, said)


def parted(leases: Sequence[Leased], bulk: int) -> list[list[Leased]]:
    """In requests of at most `bulk` values; all values of a listing go by one."""
    by_listing: dict[str, list[Leased]] = {}
    for leased in leases:
        by_listing.setdefault(leased.listing, []).append(leased)
    parts: list[list[Leased]] = []
    for of_one in by_listing.values():
        fits = next((part for part in parts if len(part) + len(of_one) <= bulk), None)
        if fits is None:
            parts.append(list(of_one))
        else:
            fits.extend(of_one)
    return parts


@dataclass(frozen=True)
class _Known:
    code: str
    status: ListingStatus


def _known(conn: Connection, listing: str) -> _Known | None:
    """How the listing's own workflow last had it, if it is on the channel."""
    columns = (listing_table.c.code, listing_table.c.status)
    row = conn.execute(select(*columns).where(listing_table.c.id == listing)).first()
    if row is None or row.status not in (ListingStatus.ACTIVE, ListingStatus.PAUSED):
        return None
    return _Known(row.code, ListingStatus(row.status))
