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
    Column("failing_since", UtcTime),  # the first of them
    Column("probe_at", UtcTime),  # open: when to try; half_open: when the probe's lease passes; null: closed
)

token = Table(
    "token",
    metadata,
    Column("connection", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("access", Sealed),
    Column("refresh", Sealed),
    Column("expires_at", UtcTime),  # of the access token; null: it does not expire
    Column("seed", String),  # digest of the secret that began this chain of tokens: another secret begins anew
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
    Column("blocked_us", BigInteger, nullable=False, default=0),  # nothing goes before: the platform said so
)
