"""INSERT … ON CONFLICT, spelt once for both databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(conn: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert the row unless one of its unique keys is taken; whether it was inserted."""
    insert = _insert(conn, table).values(dict(row)).on_conflict_do_nothing()
    # An INSERT's count of rows is forgotten unless it is asked for.
    return conn.execute(insert, execution_options={"preserve_rowcount": True}).rowcount > 0


def upsert(conn: Connection, table: Table, row: Mapping[str, Any], *, update: Iterable[str] | None = None) -> None:
    """Insert the row, or set the columns `update` (all but the key) of the row that has its primary key."""
    key = [column.name for column in table.primary_key]
    insert = _insert(conn, table).values(dict(row))
    names = [name for name in row if name not in key] if update is None else list(update)
    changes = {name: insert.excluded[name] for name in names}
    conn.execute(insert.on_conflict_do_update(index_elements=key, set_=changes))


def _insert(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)
