"""Rule sets by digest, and which one is active for a seller."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from cais.store.tables.types import UtcTime, metadata

rule_set = Table(
    "rule_set",
    metadata,
    Column("digest", String, primary_key=True),
    Column("files", LargeBinary, nullable=False),  # zstd of the JSON {path: text}
    Column("stored_at", UtcTime, nullable=False),
)

active = Table(
    "active",
    metadata,
    Column("seller", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("hashes", String, nullable=False),  # JSON {mapping name: hash}, to tell which mappings an activation changed
    Column("activated_at", UtcTime, nullable=False),
)
