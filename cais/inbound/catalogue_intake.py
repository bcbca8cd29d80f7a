"""The way in of products, prices, counts and listings: read, keep, select, tell."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from cais.errors import MappingError, NotFound
from cais.inbound import catalogue, cursor, inbox, selection
from cais.inbound.context import RulesInForce
from cais.inbound.cursor import Cursor
from cais.inbound.door import Pointer, receive
from cais.inbound.inbox import Leased
from cais.inbound.reading import Reader, Reading
from cais.inbound.selection import SELECTION, Channel
from cais.inbound.settle import LOOKS, Done, Settlement
from cais.inbound.starter import Starter
from cais.model import wire
from cais.model.listing import Listing
from cais.model.product import Product
from cais.model.selection import ListingObserved, ListingStart
from cais.model.vocabulary import Direction, ObjectKind
from cais.rules.ruleset import ConnectionRules
from cais.stock import counts
from cais.store import archive
from cais.store.engine import Store
from cais.store.tables import listed_variant, listing

PAGE: Final = 50
"""Products selected anew in one transaction."""

_DIRECTION: Final = {
    ObjectKind.PRODUCT: Direction.CATALOGUE,
    ObjectKind.PRICE: Direction.PRICE,
    ObjectKind.STOCK: Direction.STOCK,
}


class CatalogueIntake:
    """Takes in what is no order."""

    def __init__(self, store: Store, reader: Reader, starter: Starter) -> None:
        self._store, self._reader, self._starter = store, reader, starter

    async def take(self, rules: RulesInForce, leased: Leased) -> Settlement:
        """Deal with one object. Raises what reading, mapping and selection raise."""
        if leased.kind is ObjectKind.LISTING:
            return await self._listing(rules, leased)
        if not rules.connection.gives(_DIRECTION[leased.kind]):
            return Done("not-given")
        if leased.kind is ObjectKind.PRODUCT:
            return await self._product(rules, leased)
        reading = await self._reader.read(rules, leased.kind, leased.object_id)
        await self._store.write(_keep_values, rules, leased.kind, reading, self._store.clock.now())
        return Done()

    async def reselect(self, rules: RulesInForce) -> None:
        """Where the rules are others than at the last selection: select all products of the connection's seller anew,
        from what is kept; those that were parked are read again."""
        connection = rules.connection
        if not connection.gives(Direction.CATALOGUE):
            return
        last = await self._store.read(cursor.read, connection.name, SELECTION)
        if last is not None and last.value.get("generation") == rules.generation:
            return
        await self._store.write(_begin_anew, rules, {} if last is None else last.value, self._store.clock.now())
        after = ""
        while products := await self._store.read(catalogue.products, connection.seller, connection.name, after, PAGE):
            await self._select(rules, products)
            after = products[-1].code
        value = {"generation": rules.generation, "modes": {each.name: each.mode for each in rules.channels}}
        done = Cursor(value, self._store.clock.now())
        await self._store.write(_selected, connection, last, done)

    async def _product(self, rules: RulesInForce, leased: Leased) -> Settlement:
        try:
            reading = await self._reader.read(rules, ObjectKind.PRODUCT, leased.object_id)
        except NotFound:
            return await self._gone(rules, leased)
        await self._archive(rules, leased, reading)
        products = _listed(reading.value())
        now = self._store.clock.now()
        await self._store.write(_keep_products, rules, products, reading.began, leased, now)
        await self._tell(rules, products)
        return Done()

    async def _gone(self, rules: RulesInForce, leased: Leased) -> Settlement:
        """Upstream it is no more: its listings are paused, once that is sure."""
        if leased.attempts < LOOKS:
            raise NotFound("not there, or not yet")
        now = self._store.clock.now()
        gone = await self._store.write(_drop_product, rules, leased.object_id, now)
        if gone is not None:
            await self._tell(rules, [gone])
        return Done("not_found")

    async def _select(self, rules: RulesInForce, products: list[Product]) -> None:
        now = self._store.clock.now()
        try:
            await self._store.write(_select_all, rules.channels, products, now)
        except MappingError:
            await self._select_each(rules, products, now)
        else:
            await self._tell(rules, products)

    async def _select_each(self, rules: RulesInForce, products: list[Product], now: datetime) -> None:
        """The product on which a rule fails is parked alone, when it is read again: it holds up nothing else."""
        if len(products) == 1:
            await self._store.write(_ask_again, rules, products[0], now)
        else:
            for product in products:
                await self._select(rules, [product])

    async def _tell(self, rules: RulesInForce, products: list[Product]) -> None:
        codes = [product.code for product in products]
        for channel in rules.channels:
            for word in await self._store.read(selection.untold, channel, codes):
                await self._starter.select(word.start, word.said)
                await self._store.write(selection.was_told, word)

    async def _listing(self, rules: RulesInForce, leased: Leased) -> Settlement:
        connection = rules.connection
        start = await self._store.read(_listing_of, connection.name, leased.object_id)
        if start is None:
            return Done("not-ours")  # products that the hub did not list or link are never touched
        reading = await self._reader.read(rules, ObjectKind.LISTING, leased.object_id)
        shown: Listing = reading.value()
        said = {"status": shown.status, "problem": shown.problem}
        name = f"{connection.name}:{shown.remote_id}:{wire.digest(said)[:16]}:{reading.began:%Y%m%dT%H%M%S.%f}"
        await self._starter.observe_listing(start, ListingObserved(id=name, as_of=reading.began, **said))
        return Done()

    async def _archive(self, rules: RulesInForce, leased: Leased, reading: Reading) -> None:
        await archive.put(
            self._store,
            seller=rules.connection.seller,
            connection=rules.connection.name,
            kind=leased.kind.value,
            object_id=leased.object_id,
            subject=rules.connection.name,
            as_of=reading.began,
            document=wire.dumps(dict(reading.document)),
            rule_digest=rules.rules.digest,
            mapping_hash=reading.mapping_hash,
        )


def _begin_anew(conn: Connection, rules: RulesInForce, last: dict[str, Any], now: datetime) -> None:
    """What was parked is tried again; who went live, or no longer is, is told so of all that it lists."""
    inbox.reopen_all(conn, rules.connection.name, ObjectKind.PRODUCT, now)
    modes = last.get("modes", {})
    for channel in rules.channels:
        if modes.get(channel.name) != channel.mode:
            selection.mode_changed(conn, channel, now)


def _selected(conn: Connection, connection: ConnectionRules, began: Cursor | None, done: Cursor) -> None:
    """All products are selected; unless it was asked meanwhile that all be told anew."""
    if cursor.read(conn, connection.name, SELECTION) == began:
        cursor.write(conn, connection.seller, connection.name, SELECTION, done)


def _keep_products(
    conn: Connection, rules: RulesInForce, products: list[Product], began: datetime, leased: Leased, now: datetime
) -> None:
    for product in products:
        catalogue.keep_product(conn, rules.connection.seller, rules.connection.name, product, began, now)
        _ask_for_values(conn, rules, product, leased, now)
    _select_all(conn, rules.channels, products, now)


def _ask_for_values(conn: Connection, rules: RulesInForce, product: Product, leased: Leased, now: datetime) -> None:
    """A product is read with the prices and counts of its SKUs, each as an object of its own."""
    connection = rules.connection
    for kind in (ObjectKind.PRICE, ObjectKind.STOCK):
        if not connection.gives(_DIRECTION[kind]) or f"get_{kind}" not in connection.platform.operations:
            continue
        for variant in product.variants:
            event = f"product:{leased.rows[-1]}:{kind}:{variant.remote_id}"
            pointer = Pointer(connection.seller, connection.name, kind, variant.remote_id, event, "sweep")
            receive(conn, pointer, now)


def _ask_again(conn: Connection, rules: RulesInForce, product: Product, now: datetime) -> None:
    connection, event = rules.connection, f"selection:{rules.generation}:{product.remote_id}"
    again = Pointer(connection.seller, connection.name, ObjectKind.PRODUCT, product.remote_id, event, "sweep")
    receive(conn, again, now)


def _keep_values(conn: Connection, rules: RulesInForce, kind: ObjectKind, reading: Reading, now: datetime) -> None:
    seller, name = rules.connection.seller, rules.connection.name
    for value in _listed(reading.value()):
        if kind is ObjectKind.PRICE:
            catalogue.keep_price(conn, seller, name, value, reading.began, now)
        else:
            counts.store_counts(conn, seller, name, value, reading.began, now)


def _drop_product(conn: Connection, rules: RulesInForce, remote_id: str, now: datetime) -> Product | None:
    gone = catalogue.drop_product(conn, rules.connection.seller, rules.connection.name, remote_id, now)
    if gone is not None:
        _select_all(conn, rules.channels, [gone], now)
    return gone


def _select_all(conn: Connection, channels: tuple[Channel, ...], products: list[Product], now: datetime) -> None:
    for product in products:
        for channel in channels:
            selection.select_for(conn, channel, product, now)


def _listing_of(conn: Connection, connection: str, remote_id: str) -> ListingStart | None:
    """The listing of which a variant, or the whole, has this id at the channel."""
    known = (listed_variant.c.connection == connection, listed_variant.c.remote_id == remote_id)
    columns = (listing.c.seller, listing.c.connection, listing.c.code)
    found = select(*columns).join(listed_variant, listed_variant.c.listing == listing.c.id).where(*known)
    row = conn.execute(found.limit(1)).first()
    return None if row is None else ListingStart(seller=row.seller, channel=row.connection, listing=row.code)


def _listed(value: Any) -> list[Any]:
    """A reading gives one value, or a list of them."""
    return value if isinstance(value, list) else [value]
