"""Listings, their variants on the channel, and the desired values."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table

from cais.store.tables.types import Document, UtcTime, metadata

listing = Table(
    "listing",
    metadata,
    Column("id", String, primary_key=True),  # workflow id listing:<seller>:<connection>:<listing>
    Column("seller", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("code", String, nullable=False),
    Column("product", String, nullable=False),
    Column("selected", Boolean, nullable=False, default=True),
    Column("started", Boolean, nullable=False, default=False),  # the workflow was told of the current selection
    Column("selection_rev", Integer, nullable=False, default=1),
    Column("status", String, nullable=False, default="draft"),
    Column("problem", String),
    Column("run", String),
    Column("snapshot", Document),
    Column("rev", Integer, nullable=False, default=0),
    Column("updated_at", UtcTime, nullable=False),
    Index("ix_listing_product", "seller", "product"),
)

listed_variant = Table(
    "listed_variant",
    metadata,
    Column("listing", String, primary_key=True),
    Column("sku", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("remote_id", String),
    Column("remote_sku", String),
    Index("ix_listed_variant_sku", "seller", "sku"),
)

wanted = Table(
    "wanted",
    metadata,
    Column("listing", String, primary_key=True),
    Column("sku", String, primary_key=True),
    Column("group", String, primary_key=True),  # WantedGroup
    Column("seller", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("wanted_rev", BigInteger, nullable=False, default=0),
    Column("sent_rev", BigInteger, nullable=False, default=0),
    Column("acked_rev", BigInteger, nullable=False, default=0),
    Column("value", Document),  # the last value acknowledged by the channel
    Column("state", String, nullable=False, default="idle"),  # idle | leased | unknown | parked
    Column("lease_until", UtcTime),
    Column("lease_by", String),
    Column("not_before", UtcTime),
    Column("wanted_at", UtcTime),
    Column("acked_at", UtcTime),
    Column("attempts", Integer, nullable=False, default=0),
    Column("cause", String),
    Index("ix_wanted_due", "connection", "group", "state", "not_before"),
)
