"""References: which of ours a platform's id stands for. Many remote ids may stand for one of ours (a pack's orders)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from cais.store.tables import ref
from cais.store.upsert import upsert

RefKind = Literal["order", "shipment", "correlation", "product", "sku", "listing", "variant"]
"""`correlation`: the stamp that an exported order carries. Orders and shipments lead to workflow ids."""


def link(
    conn: Connection, seller: str, connection: str, kind: RefKind, remote_id: str, local_id: str, now: datetime
) -> None:
    """`remote_id` stands for `local_id` from now on; the newest word wins (a pack may be split)."""
    row = {"connection": connection, "kind": kind, "remote_id": remote_id, "seller": seller, "local_id": local_id}
    upsert(conn, ref, {**row, "created_at": now}, update=("local_id",))


def local_id(conn: Connection, connection: str, kind: RefKind, remote_id: str) -> str | None:
    """What the platform's id stands for, or None."""
    known = (ref.c.connection == connection, ref.c.kind == kind, ref.c.remote_id == remote_id)
    return conn.execute(select(ref.c.local_id).where(*known)).scalar_one_or_none()


def remote_id(conn: Connection, connection: str, kind: RefKind, local: str) -> str | None:
    """The platform's newest id of ours, or None."""
    known = (ref.c.connection == connection, ref.c.kind == kind, ref.c.local_id == local)
    newest = select(ref.c.remote_id).where(*known).order_by(ref.c.created_at.desc()).limit(1)
    return conn.execute(newest).scalar_one_or_none()


def order_of_stamp(conn: Connection, connection: str, stamp: str) -> str | None:
    """The order whose export to the connection carried the stamp, or None."""
    return local_id(conn, connection, "correlation", stamp)
