"""Large personal documents that pass through whole, such as an NF-e's XML: sealed, named by digest."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, select

from cais.errors import NotFound
from cais.model import wire
from cais.store.seal import KeyRing
from cais.store.tables import blob
from cais.store.upsert import insert_new


def keep(conn: Connection, keys: KeyRing, seller: str, subject: str, kind: str, plain: bytes) -> str:
    """Keep the bytes under the subject's key; the digest (SHA-256, hex) that names them. Twice is once."""
    digest = wire.digest_bytes(plain)
    if _sealed(conn, subject, digest) is None:
        sealed = keys.seal(conn, subject, seller, plain)
        row = {"digest": digest, "subject": subject, "seller": seller, "kind": kind, "sealed": sealed}
        insert_new(conn, blob, {**row, "stored_at": datetime.now(UTC)})
    return digest


def fetch(conn: Connection, keys: KeyRing, subject: str, digest: str) -> bytes:
    """The bytes, unchanged. Raises `NotFound` if the subject has none of this digest, or they were erased."""
    sealed = _sealed(conn, subject, digest)
    if sealed is None:
        raise NotFound(f"{subject} has no document {digest[:12]}…")
    return keys.unseal(conn, subject, sealed)


def _sealed(conn: Connection, subject: str, digest: str) -> bytes | None:
    found = select(blob.c.sealed).where(blob.c.subject == subject, blob.c.digest == digest)
    return conn.execute(found).scalar_one_or_none()
