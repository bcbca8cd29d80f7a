"""The inbox, poll cursors, and references from remote ids to ours."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint

from cais.store.tables.types import Document, UtcTime, metadata

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("seller", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("kind", String, nullable=False),  # ObjectKind, or `awaiting` (a start with its identity alone)
    Column("object_id", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("by", String, nullable=False, default="id"),  # id | correlation: what object_id is
    Column("door", String, nullable=False),  # hook | poll | sweep | api
    Column("version", String),
    Column("received_at", UtcTime, nullable=False),
    Column("state", String, nullable=False, default="open"),  # open | leased | done | parked
    Column("not_before", UtcTime, nullable=False),
    Column("lease_until", UtcTime),
    Column("lease_by", String),
    Column("attempts", Integer, nullable=False, default=0),
    Column("cause", String),
    Column("detail", Document),
    Column("done_at", UtcTime),
    UniqueConstraint("connection", "event_id"),
    Index("ix_inbox_due", "connection", "state", "not_before"),
    Index("ix_inbox_object", "connection", "kind", "object_id", "state"),
)

cursor = Table(
    "cursor",
    metadata,
    Column("connection", String, primary_key=True),
    Column("operation", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("value", Document),
    Column("read_at", UtcTime),
)

ref = Table(
    "ref",
    metadata,
    Column("connection", String, primary_key=True),
    Column("kind", String, primary_key=True),  # order | shipment | correlation | product | sku | listing | variant
    Column("remote_id", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("local_id", String, nullable=False),  # workflow id of an order or listing, SKU, product code
    Column("created_at", UtcTime, nullable=False),
    Index("ix_ref_local", "connection", "kind", "local_id"),
)
