"""Handoffs, what is parked, and the settings that wake it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from cais.store.tables.types import Document, Sealed, UtcTime, metadata

handoff = Table(
    "handoff",
    metadata,
    Column("subject", String, primary_key=True),
    Column("target", String, primary_key=True),
    Column("direction", String, primary_key=True),
    Column("n", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("operation", String),
    Column("state", String, nullable=False),  # open | sending | done | unknown | parked | annulled
    Column("attempt", Integer, nullable=False, default=0),
    Column("looks", Integer, nullable=False, default=0),  # look-ups since the last request that found nothing
    Column("lease_until", UtcTime),
    Column("sent_at", UtcTime),
    Column("request", Sealed),  # pinned while sending or unknown
    Column("request_digest", String),
    Column("rule_digest", String),
    Column("mapping_hash", String),
    Column("stamp", String),
    Column("outcome", String),
    Column("code", String),
    Column("message", String),
    Column("cause", String),
    Column("remote_id", String),
    Column("result", Document),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Index("ix_handoff_open_create", "target", "direction", "state"),
)

parked = Table(
    "parked",
    metadata,
    Column("subject", String, primary_key=True),
    Column("lane", String, primary_key=True),  # target connection; `intake` for an inbox row
    Column("direction", String, primary_key=True),
    Column("n", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("mapping", String),  # platform/mapping that failed
    Column("generation", Integer, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("money_cents", BigInteger),
    Column("woken", Integer, nullable=False, default=0),  # 1: marked by a setting or an activation; 2: being signalled
    Column("woken_at", UtcTime),  # when it was marked, or taken to be signalled
    Index("ix_parked_cause", "seller", "cause"),
    Index("ix_parked_woken", "seller", "woken"),
)

setting = Table(
    "setting",
    metadata,
    Column("seller", String, primary_key=True),
    Column("connection", String, primary_key=True),  # `*`: all
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("value", Document),
    Column("given_by", String, nullable=False),
    Column("given_at", UtcTime, nullable=False),
)
