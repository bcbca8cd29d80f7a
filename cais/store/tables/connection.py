"""Connections, their circuit, their tokens, and the limiter's tickets."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table

from cais.store.tables.types import Sealed, UtcTime, metadata

connection = Table(
    "connection",
    metadata,
    Column("name", String, primary_key=True),
    Column("seller", String, nullable=False, index=True),
    Column("platform", String, nullable=False),
    Column("flow", String, nullable=False),
    Column("hook_secret", String, nullable=False),
    Column("listed", Integer, nullable=False, default=1),  # 0: no longer in the seller's active rules
    Column("circuit", String, nullable=False, default="closed"),  # closed | open | half_open
    Column("circuit_since", UtcTime),
    Column("circuit_cause", String),
    Column("failures", Integer, nullable=False, default=0),
    Column("probe_at", UtcTime),
)

token = Table(
    "token",
    metadata,
    Column("connection", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("access", Sealed),
    Column("refresh", Sealed),
    Column("expires_at", UtcTime),
    Column("version", Integer, nullable=False, default=0),
    Column("lease_until", UtcTime),
)

ticket = Table(
    "ticket",
    metadata,
    Column("connection", String, primary_key=True),
    Column("limit", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("tat_us", BigInteger, nullable=False, default=0),  # GCRA theoretical arrival time, epoch µs, all calls
    Column(
        "bulk_tat_us", BigInteger, nullable=False, default=0
    ),  # the same for bulk work, which may use only its share
    Column("order_used_us", BigInteger, nullable=False, default=0),  # when the order path last took a ticket
)
