"""Data keys, wrapped by the master key. Deleting a row erases everything sealed under its subject."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from cais.store.tables.types import Sealed, UtcTime, metadata

data_key = Table(
    "data_key",
    metadata,
    Column("subject", String, primary_key=True),
    Column("seller", String, nullable=False, index=True),
    Column("wrapped", Sealed, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)
