"""What is listed: the context of a listing's acts and values, from the product as its owner shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from cais.errors import NotFound
from cais.identity import ref
from cais.model.handoff import Act
from cais.model.listing import Offer
from cais.model.product import Product, Variant
from cais.outbound import price, settings
from cais.outbound.operations import is_verb
from cais.outbound.stamp import key_of
from cais.rules.connection import ConnectionRules, SellerRules
from cais.stock.sellable import sellable
from cais.store.tables import listed_variant
from cais.store.tables import listing as listing_table
from cais.store.tables import product as product_table

Context = dict[str, Any]


@dataclass(frozen=True)
class Listed:
    """A listing as the store has it. `variants`: rows of `listed_variant`."""

    id: str
    code: str
    status: str
    selected: bool
    product: Product
    variants: Sequence[Row[Any]]
    remote_id: str | None
    """Of the whole, where the channel lists products whole."""

    def variant(self, sku: str) -> Variant | None:
        """The product's variant, None where it has it no longer."""
        return next((variant for variant in self.product.variants if variant.sku == sku), None)


@dataclass(frozen=True)
class Shop:
    """A channel by the rules of its seller."""

    seller: SellerRules
    channel: str

    @property
    def rules(self) -> ConnectionRules:
        return self.seller.connections[self.channel]

    @property
    def lists_whole(self) -> bool:
        """Products whole, with their variants inside."""
        return self.rules.platform.capabilities.listing_unit == "product"

    def sells(self, listed: Listed, variant: Variant | None) -> bool:
        """Whether the variant is on offer: both it and its product are active, and selected. Raises MappingError."""
        if variant is None or not (listed.selected and listed.product.active and variant.active):
            return False
        return self.rules.selects({"product": listed.product, "variant": variant})


def read(conn: Connection, listing_id: str) -> Listed:
    """The listing. Raises `NotFound`."""
    row = conn.execute(select(listing_table).where(listing_table.c.id == listing_id)).first()
    if row is None:
        raise NotFound(f"no listing {listing_id}")
    found = select(product_table.c.document).where(
        product_table.c.seller == row.seller, product_table.c.code == row.product
    )
    document = conn.execute(found).scalar_one_or_none()
    if document is None:
        raise NotFound(f"the product of {listing_id} is not known")
    of_it = select(listed_variant).where(listed_variant.c.listing == listing_id).order_by(listed_variant.c.sku)
    return Listed(
        id=row.id,
        code=row.code,
        status=row.status,
        selected=bool(row.selected),
        product=Product.model_validate(document),
        variants=conn.execute(of_it).all(),
        remote_id=ref.remote_id(conn, row.connection, "listing", row.id),
    )


def of_act(conn: Connection, act: Act, shop: Shop, now: datetime) -> tuple[Context, ...]:
    """The contexts of a listing's act. Raises `NotFound`, `Unpriced`."""
    listed = read(conn, act.subject)
    common = {"settings": settings.read(conn, shop.seller.name, shop.channel), "run": {"now": now, "key": key_of(act)}}
    if is_verb(act):
        return tuple({**common, **each} for each in published(listed, shop))
    sku = listed.product.variants[0].sku if shop.lists_whole else act.item
    return ({**common, **shown(listed, shop, sku), **value(conn, listed, shop, sku)},)


def shown(listed: Listed, shop: Shop, sku: str) -> Context:
    """What of a listing does not change with prices and counts. `listing.remote_id` is what the channel's operations
    address: the variant's where each is listed by itself."""
    row = next((row for row in listed.variants if row.sku == sku), None)
    variant_id = None if row is None else row.remote_id
    remote = listed.remote_id if shop.lists_whole else variant_id
    known = {"remote_id": remote, "status": listed.status, "problem": None, "variants": _variants(listed)}
    context = {"listing": known, "product": listed.product, "offer": _offer(listed, shop)}
    variant = listed.variant(sku)
    named = {} if variant is None else {"variant": variant}
    return {**context, **named, **({} if remote is None else {"id": remote})}


def value(conn: Connection, listed: Listed, shop: Shop, sku: str) -> Context:
    """`value` (price, list, units), `price` and `stock` of a variant. Raises `Unpriced`."""
    variant = listed.variant(sku)
    if variant is None:
        raise NotFound(f"{sku} is not in the product of {listed.id}")
    asked = price.asked(conn, shop.rules, shop.seller.file.price, listed.product, variant)
    left = sellable(conn, shop.seller, shop.channel, sku) if shop.sells(listed, variant) else 0
    return {"price": asked, "value": {"price": asked.sale, "list": asked.list, "units": left}}


def published(listed: Listed, shop: Shop) -> tuple[Context, ...]:
    """One context for each thing that the channel lists: the whole, or each variant."""
    if shop.lists_whole:
        skus = [listed.product.variants[0].sku] if listed.remote_id is not None else []
    else:
        skus = [row.sku for row in listed.variants if row.remote_id is not None]
    return tuple(shown(listed, shop, sku) for sku in skus)


def _variants(listed: Listed) -> list[dict[str, Any]]:
    rows = [row for row in listed.variants if row.remote_id is not None]
    return [{"sku": row.sku, "remote_id": row.remote_id, "remote_sku": row.remote_sku} for row in rows]


def _offer(listed: Listed, shop: Shop) -> Offer:
    """The product as the channel is to show it: what is not selected there is left out."""
    product = listed.product
    sold = tuple(variant for variant in product.variants if shop.sells(listed, variant)) or product.variants
    named = ("title", "brand", "description", "category", "category_path", "ncm", "attributes")
    return Offer(code=listed.code, variants=sold, **{name: getattr(product, name) for name in named})
