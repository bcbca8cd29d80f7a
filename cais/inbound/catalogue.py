"""The catalogue as its owners show it: products, prices and counts into their tables, and what they make wanted.

A change and the wish that it causes are one transaction; what did not change causes nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from cais.identity import ref
from cais.model import wire
from cais.model.price import Price
from cais.model.product import Product, Variant
from cais.model.vocabulary import WantedGroup
from cais.outbound import parked, settings, wanted
from cais.stock import kit
from cais.store.tables import price as price_table
from cais.store.tables import product as product_table
from cais.store.tables import sku as sku_table
from cais.store.upsert import upsert


def keep_product(
    conn: Connection, seller: str, connection: str, product: Product, as_of: datetime, now: datetime
) -> bool:
    """Keep a product and its SKUs; whether something changed. An older reading changes nothing."""
    document = product.model_dump(mode="json")
    digest = wire.digest(document)
    held = (product_table.c.seller == seller, product_table.c.code == product.code)
    known = conn.execute(select(product_table.c.digest, product_table.c.as_of).where(*held)).first()
    if known is not None and (known.digest == digest or known.as_of > as_of):
        return False
    owner = {"seller": seller, "connection": connection, "remote_id": product.remote_id, "active": product.active}
    row = {**owner, "code": product.code, "document": document, "digest": digest, "as_of": as_of}
    upsert(conn, product_table, row)
    ref.link(conn, seller, connection, "product", product.remote_id, product.code, now)
    _keep_skus(conn, seller, connection, product, now)
    skus = [variant.sku for variant in product.variants]
    wanted.raise_skus(conn, seller, skus, (WantedGroup.CONTENT, WantedGroup.STOCK), now)
    return True


def drop_product(conn: Connection, seller: str, connection: str, remote_id: str, now: datetime) -> Product | None:
    """The owner has it no longer: it is kept as inactive. The product, or None if it was not known or not active."""
    code = ref.local_id(conn, connection, "product", remote_id)
    known = None if code is None else product(conn, seller, code)
    if known is None or not known.active:
        return None
    gone = known.model_copy(update={"active": False})
    keep_product(conn, seller, connection, gone, now, now)
    return gone


def keep_price(conn: Connection, seller: str, connection: str, price: Price, as_of: datetime, now: datetime) -> bool:
    """Keep a price of a list; whether it changed. An older reading changes nothing."""
    document = price.model_dump(mode="json")
    key = {"seller": seller, "connection": connection, "price_list": price.price_list, "sku": price.sku}
    held = [price_table.c[name] == value for name, value in key.items()]
    known = conn.execute(select(price_table.c.document, price_table.c.as_of).where(*held)).first()
    if known is not None and (known.document == document or known.as_of > as_of):
        return False
    parked.hold(conn, seller)
    upsert(conn, price_table, {**key, "document": document, "as_of": as_of})
    wanted.raise_skus(conn, seller, (price.sku,), (WantedGroup.PRICE,), now)
    parked.wake_prices(conn, seller, price.sku, now)
    return True


def product(conn: Connection, seller: str, code: str) -> Product | None:
    """A product as it was kept last, or None."""
    held = select(product_table.c.document).where(product_table.c.seller == seller, product_table.c.code == code)
    document = conn.execute(held).scalar_one_or_none()
    return None if document is None else Product.model_validate(document)


def products(conn: Connection, seller: str, connection: str, after: str, limit: int) -> list[Product]:
    """The products that a connection gives, by code, from the one behind `after`."""
    held = (product_table.c.seller == seller, product_table.c.connection == connection, product_table.c.code > after)
    rows = select(product_table.c.document).where(*held).order_by(product_table.c.code).limit(limit)
    return [Product.model_validate(document) for document in conn.execute(rows).scalars()]


def active_remote_ids(conn: Connection, seller: str, connection: str) -> frozenset[str]:
    """The platform's ids of all active products of a connection."""
    mine = (product_table.c.seller == seller, product_table.c.connection == connection)
    rows = select(product_table.c.remote_id).where(*mine, product_table.c.active.is_(True))
    return frozenset(conn.execute(rows).scalars())


def _keep_skus(conn: Connection, seller: str, connection: str, product: Product, now: datetime) -> None:
    for variant in product.variants:
        row = {"seller": seller, "sku": variant.sku, "product": product.code, "connection": connection}
        active = product.active and variant.active
        upsert(conn, sku_table, {**row, "remote_id": variant.remote_id, "active": active})
        if ref.local_id(conn, connection, "sku", variant.remote_id) != variant.sku:
            # An order may wait for the store to have the SKU that was sold.
            parked.hold(conn, seller)
            parked.wake(conn, seller, settings.cause_of("sku", variant.sku), now, connection)
            ref.link(conn, seller, connection, "sku", variant.remote_id, variant.sku, now)
        kit.keep(conn, seller, variant.sku, _parts(variant))
    left = (sku_table.c.seller == seller, sku_table.c.product == product.code)
    gone = sku_table.c.sku.not_in([variant.sku for variant in product.variants])
    conn.execute(update(sku_table).where(*left, gone).values(active=False))


def _parts(variant: Variant) -> dict[str, int]:
    return {part.sku: part.quantity for part in variant.kit}
