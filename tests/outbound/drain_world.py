"""The world of the drain tests: products with prices and counts, listed on `mkt`, and the pump that tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from handoff_probe import HandoffProbe
from handoff_rules import CHANNEL, SELLER
from sqlalchemy import Row, insert, select

from cais.inbound import catalogue
from cais.model.claim import listing_workflow
from cais.model.price import Price
from cais.model.product import Product, Variant
from cais.model.selection import ListingObserved, ListingStart
from cais.model.stock import Count, Stock
from cais.model.vocabulary import WantedGroup
from cais.outbound import wanted
from cais.outbound.drain import Drain
from cais.stock.counts import store_counts
from cais.store.engine import Store
from cais.store.tables import listed_variant, listing
from cais.store.tables import wanted as table

OWNER = "native"


@dataclass
class Heard:
    """What listings were told of their problems."""

    problems: list[tuple[str, str | None]] = field(default_factory=list)

    async def observe_listing(self, start: ListingStart, observed: ListingObserved) -> None:
        self.problems.append((start.listing, observed.problem))


@dataclass
class Shelf:
    """Products, their prices and counts, and the channel that is told of them."""

    store: Store
    probe: HandoffProbe
    drain: Drain
    heard: Heard

    def has(self, code: str, *skus: str, published: bool = True) -> str:
        """A product with these SKUs, listed on the channel; its listing."""
        names = skus or (code,)
        variants = tuple(Variant(sku=sku, remote_id=sku) for sku in names)
        product = Product(code=code, remote_id=code, title=f"The {code}", variants=variants)
        listing_id = listing_workflow(SELLER, CHANNEL, code)
        now = self.store.clock.now()
        row = {"seller": SELLER, "connection": CHANNEL}
        with self.store.begin() as conn:
            shown = {"id": listing_id, "code": code, "product": code, "status": "active", "updated_at": now}
            conn.execute(insert(listing).values(**row, **shown))
            for sku in names:
                remote = f"I-{sku}" if published else None
                conn.execute(insert(listed_variant).values(listing=listing_id, sku=sku, remote_id=remote, **row))
            catalogue.keep_product(conn, SELLER, OWNER, product, now, now)
        return listing_id

    def priced(self, sku: str, sale: str | None) -> None:
        price = Price(sku=sku, price_list="1", sale=None if sale is None else Decimal(sale))
        now = self.store.clock.now()
        with self.store.begin() as conn:
            catalogue.keep_price(conn, SELLER, OWNER, price, now, now)

    def counted(self, sku: str, units: int) -> None:
        stock = Stock(sku=sku, counts=(Count(location="1", units=units),))
        now = self.store.clock.now()
        with self.store.begin() as conn:
            store_counts(conn, SELLER, OWNER, stock, now, now)

    def sells(self, *skus: str, price: str = "10.00", units: int = 5) -> None:
        """Products of one SKU each, listed, priced and counted."""
        for sku in skus:
            self.has(sku)
            self.priced(sku, price)
            self.counted(sku, units)

    async def drained(self) -> int:
        """Rounds until nothing is due."""
        total = 0
        while count := await self.drain.round(SELLER, CHANNEL):
            total += count
        return total

    def shown(self, sku: str) -> dict[str, Any]:
        """What the channel shows of a SKU."""
        return self.probe.values.get(f"I-{sku}", {})

    def row(self, sku: str, group: WantedGroup) -> Row[Any]:
        key = wanted.ALL if group is WantedGroup.CONTENT else sku
        with self.store.connect() as conn:
            return conn.execute(select(table).where(table.c.sku == key, table.c.group == group.value)).one()

    def raise_all(self) -> None:
        with self.store.begin() as conn:
            wanted.raise_connection(conn, CHANNEL, self.store.clock.now())
