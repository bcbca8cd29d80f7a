"""Cursors: how far a list was read, or when something was last done, per connection and operation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from cais.store.tables import cursor
from cais.store.upsert import upsert


@dataclass(frozen=True)
class Cursor:
    """`value` is JSON; `read_at` is when the reading that moved it began."""

    value: dict[str, Any]
    read_at: datetime


def read(conn: Connection, connection: str, operation: str) -> Cursor | None:
    """The cursor, or None before the first reading."""
    known = (cursor.c.connection == connection, cursor.c.operation == operation)
    row = conn.execute(select(cursor.c.value, cursor.c.read_at).where(*known)).first()
    return None if row is None else Cursor(row.value or {}, row.read_at)


def write(conn: Connection, seller: str, connection: str, operation: str, moved: Cursor) -> None:
    """Move the cursor; call it in the transaction that keeps what was read."""
    key = {"connection": connection, "operation": operation, "seller": seller}
    upsert(conn, cursor, {**key, "value": moved.value, "read_at": moved.read_at})
