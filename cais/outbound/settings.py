"""Settings: pieces of set-up that a person gives, such as a carrier's code on one platform.

A setting of one connection goes before one of all. Given, changed or taken away, it wakes what waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, select

from cais.crash import crash_point
from cais.outbound import parked, wanted
from cais.store import journal
from cais.store.tables import setting
from cais.store.upsert import upsert

ALL: Final = "*"
"""The connection of a setting that holds for all of the seller's."""


Settings = Mapping[str, Mapping[str, Any]]
"""What is set for one connection: kind to key to value, as rule files ask for it by `setting(kind, key)`."""


def cause_of(kind: str, key: str) -> str:
    """The cause under which something waits for the setting."""
    return f"setting:{kind}:{key}"


def read(conn: Connection, seller: str, connection: str) -> Settings:
    """All that is set for a connection."""
    mine = (setting.c.seller == seller, setting.c.connection.in_((ALL, connection)))
    # `*` sorts before every name: what is the connection's own comes last and counts.
    rows = conn.execute(select(setting).where(*mine).order_by(setting.c.connection))
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row.kind, {})[row.key] = row.value
    return found


def has(conn: Connection, seller: str, connection: str, cause: str) -> bool:
    """Whether what `cause` waits for is set, a null included. False for causes of other kinds."""
    prefix, _, name = cause.partition(":")
    kind, _, key = name.partition(":")
    return prefix == "setting" and key in read(conn, seller, connection).get(kind, {})


def has_value(conn: Connection, seller: str, connection: str, kind: str, key: str, value: Any) -> bool:
    """Whether exactly this is set for exactly this connection (or for `*`)."""
    return (connection, kind, key, value) in given(conn, seller)


def give(
    conn: Connection, seller: str, connection: str, kind: str, key: str, value: Any, by: str, now: datetime
) -> int:
    """Set `value` (JSON) for a connection or `*`; how many parked things it wakes. `by` is who gives it."""
    parked.hold(conn, seller)
    name = {"seller": seller, "connection": connection, "kind": kind, "key": key}
    upsert(conn, setting, {**name, "value": value, "given_by": by, "given_at": now})
    crash_point("setting.given")
    detail = {"connection": connection, "kind": kind, "key": key}
    journal.note(conn, seller, f"setting:{seller}", by, "setting", detail, now)
    return _woken(conn, seller, connection, cause_of(kind, key), now)


def take_away(conn: Connection, seller: str, connection: str, kind: str, key: str) -> bool:
    """Forget a setting; whether it was set."""
    name = (
        setting.c.seller == seller,
        setting.c.connection == connection,
        setting.c.kind == kind,
        setting.c.key == key,
    )
    return conn.execute(delete(setting).where(*name)).rowcount > 0


def given(conn: Connection, seller: str) -> list[tuple[str, str, str, Any]]:
    """Everything that is set: (connection, kind, key, value), sorted."""
    columns = (setting.c.connection, setting.c.kind, setting.c.key, setting.c.value)
    rows = conn.execute(select(*columns).where(setting.c.seller == seller).order_by(*columns[:3]))
    return [tuple(row) for row in rows]


def _woken(conn: Connection, seller: str, connection: str, cause: str, now: datetime) -> int:
    target = None if connection == ALL else connection
    return parked.wake(conn, seller, cause, now, target) + wanted.unpark(conn, seller, cause, target)
