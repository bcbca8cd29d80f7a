"""The archive of raw documents: a database file of its own, compressed and sealed."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from cais.store.tables.types import Sealed, UtcTime, archive_metadata

document = Table(
    "document",
    archive_metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("seller", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("object_id", String, nullable=False),
    Column("subject", String, nullable=False),  # whose data key seals it: order workflow id, or connection
    Column("as_of", UtcTime, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Column("digest", String, nullable=False),
    Column("rule_digest", String),
    Column("mapping_hash", String),
    Column("sealed", Sealed, nullable=False),
    Index("ix_document_object", "connection", "kind", "object_id"),
    Index("ix_document_subject", "subject"),
)
