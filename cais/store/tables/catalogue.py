"""Products, prices, counts and reservations."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from cais.store.tables.types import Document, UtcTime, metadata

product = Table(
    "product",
    metadata,
    Column("seller", String, primary_key=True),
    Column("code", String, primary_key=True),
    Column("connection", String, nullable=False),
    Column("remote_id", String, nullable=False),
    Column("document", Document, nullable=False),
    Column("digest", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("as_of", UtcTime, nullable=False),
)

sku = Table(
    "sku",
    metadata,
    Column("seller", String, primary_key=True),
    Column("sku", String, primary_key=True),
    Column("product", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("remote_id", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Index("ix_sku_product", "seller", "product"),
)

kit_part = Table(
    "kit_part",
    metadata,
    Column("seller", String, primary_key=True),
    Column("kit", String, primary_key=True),  # SKU of the kit
    Column("part", String, primary_key=True),  # SKU of what is in it
    Column("units", Integer, nullable=False),
    Index("ix_kit_part_part", "seller", "part"),
)

price = Table(
    "price",
    metadata,
    Column("seller", String, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("price_list", String, primary_key=True),
    Column("sku", String, primary_key=True),
    Column("document", Document, nullable=False),
    Column("as_of", UtcTime, nullable=False),
)

stock_count = Table(
    "stock_count",
    metadata,
    Column("seller", String, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("location", String, primary_key=True),  # the platform's id of the place
    Column("sku", String, primary_key=True),
    Column("units", Integer),  # null: unlimited
    Column("read_began", UtcTime, nullable=False),
)

reservation = Table(
    "reservation",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("line", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("sku", String, nullable=False),
    Column("units", Integer, nullable=False),
    Column("per_unit", Integer, nullable=False, default=1),  # units of this part in one unit sold (a kit)
    Column("backoffice", String, nullable=False),  # whose counts will reflect it
    Column("short", Boolean, nullable=False, default=False),
    Column("state", String, nullable=False, default="held"),  # held | released | blocked
    Column(
        "reflected_at", UtcTime
    ),  # the reflecting step was done, plus settle; subtracted until a read begins after it
    Column("made_at", UtcTime, nullable=False),
    Column("released_at", UtcTime),
    Index("ix_reservation_sku", "seller", "sku", "state"),
)
