"""The archive of raw documents as platforms gave them: compressed, then sealed under their subject's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import zstandard
from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from cais.errors import NotFound
from cais.model import wire
from cais.store.engine import Store
from cais.store.tables import document as document_table


@dataclass(frozen=True)
class Archived:
    """A raw document. `as_of` is the vendor's version time, or the time before the fetch."""

    subject: str
    as_of: datetime
    stored_at: datetime
    digest: str
    rule_digest: str | None
    mapping_hash: str | None
    document: bytes


async def put(
    store: Store,
    *,
    seller: str,
    connection: str,
    kind: str,
    object_id: str,
    subject: str,
    as_of: datetime,
    document: bytes,
    rule_digest: str | None = None,
    mapping_hash: str | None = None,
) -> str:
    """Archive a document of an object (`kind` and `object_id` at the connection); its digest (SHA-256, hex).

    The same document as the newest one adds no row. `subject` is whose key seals it: the order's workflow id where the
    document holds personal data, the connection otherwise.
    """
    digest = wire.digest_bytes(document)
    last = await store.archive.read(_newest, connection, kind, object_id)
    if last is not None and last["digest"] == digest:
        return digest
    sealed = await store.write(store.keys.seal, subject, seller, zstandard.compress(document))
    row = {"seller": seller, "connection": connection, "kind": kind, "object_id": object_id, "subject": subject}
    times = {"as_of": as_of, "stored_at": store.clock.now()}
    rules = {"rule_digest": rule_digest, "mapping_hash": mapping_hash}
    await store.archive.write(_insert, {**row, **times, **rules, "digest": digest, "sealed": sealed})
    return digest


async def newest(store: Store, connection: str, kind: str, object_id: str) -> Archived:
    """The newest document of an object. Raises `NotFound` if there is none, or it was erased."""
    row = await store.archive.read(_newest, connection, kind, object_id)
    if row is None:
        raise NotFound(f"{connection} has shown no {kind} {object_id}")
    plain = await store.read(store.keys.unseal, row["subject"], row["sealed"])
    names = ("subject", "as_of", "stored_at", "digest", "rule_digest", "mapping_hash")
    return Archived(document=zstandard.decompress(plain), **{name: row[name] for name in names})


async def prune(store: Store, kind: str, before: datetime) -> int:
    """Delete the documents of a kind stored before a moment, save each object's newest; how many."""
    return await store.archive.write(_prune, kind, before)


def _insert(conn: Connection, row: dict[str, object]) -> None:
    conn.execute(insert(document_table).values(row))


def _newest(conn: Connection, connection: str, kind: str, object_id: str) -> RowMapping | None:
    table = document_table
    of_object = (table.c.connection == connection, table.c.kind == kind, table.c.object_id == object_id)
    return conn.execute(select(table).where(*of_object).order_by(table.c.id.desc()).limit(1)).mappings().first()


def _prune(conn: Connection, kind: str, before: datetime) -> int:
    table = document_table
    newest_ids = select(func.max(table.c.id)).where(table.c.kind == kind)
    newest_ids = newest_ids.group_by(table.c.connection, table.c.object_id)
    old = (table.c.kind == kind, table.c.stored_at < before, table.c.id.not_in(newest_ids))
    return conn.execute(delete(table).where(*old)).rowcount
