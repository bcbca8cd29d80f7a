"""The connections that the active rules list: one row each, with its hook secret and its circuit."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from cais.errors import NotFound
from cais.store.tables import connection as table
from cais.store.upsert import insert_new


@dataclass(frozen=True)
class Listed:
    """A connection as the seller's active rules list it."""

    name: str
    seller: str
    platform: str
    flow: str


@dataclass(frozen=True)
class ConnectionRow:
    """A connection's state. `hook_secret` is part of the address at which the platform's hooks arrive."""

    name: str
    seller: str
    platform: str
    flow: str
    hook_secret: str
    listed: bool
    circuit: str
    circuit_cause: str | None


def sync(conn: Connection, sellers: Iterable[str], listed: Iterable[Listed]) -> None:
    """Bring the rows of `sellers` in line with the rules. A row is never deleted: its orders go on."""
    conn.execute(update(table).where(table.c.seller.in_(list(sellers))).values(listed=0))
    for row in listed:
        fresh = {"hook_secret": secrets.token_urlsafe(24), "circuit": "closed", "failures": 0}
        facts = {"seller": row.seller, "platform": row.platform, "flow": row.flow, "listed": 1}
        insert_new(conn, table, {"name": row.name, **facts, **fresh})
        conn.execute(update(table).where(table.c.name == row.name).values(**facts))


def all_connections(conn: Connection) -> list[ConnectionRow]:
    """All rows, by name."""
    return [_row(row) for row in conn.execute(select(table).order_by(table.c.name))]


def get_connection(conn: Connection, name: str) -> ConnectionRow:
    """One row. Raises `NotFound`."""
    row = conn.execute(select(table).where(table.c.name == name)).first()
    if row is None:
        raise NotFound(f"no connection is named {name}")
    return _row(row)


def _row(row: object) -> ConnectionRow:
    fields = ConnectionRow.__dataclass_fields__
    values = {name: getattr(row, name) for name in fields}
    return ConnectionRow(**{**values, "listed": bool(values["listed"])})
