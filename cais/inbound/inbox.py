"""The inbox: rows are leased by object, so that all that was said of one object costs one reading.

A row is `open → leased → done | open (later) | parked`; a lease that has passed makes it due again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, func, or_, select, tuple_, update

from cais.inbound.door import By
from cais.model.vocabulary import ObjectKind
from cais.store.tables import connection as connection_table
from cais.store.tables import inbox

LEASE: Final = timedelta(seconds=90)
"""Nominal. Longer than the deadline of one reading with all that follows it."""

INTAKE_LANE: Final = "intake"
"""The lane under which a parked inbox row stands among the parked."""


@dataclass(frozen=True)
class Leased:
    """All rows of one object that were due, held by one worker until `until`."""

    seller: str
    connection: str
    kind: ObjectKind
    by: By
    object_id: str
    rows: tuple[int, ...]
    attempts: int
    """How often one of the rows has been leased, this time included."""
    asked: bool
    """A person or an ERP asked for this object by name."""
    worker: str
    until: datetime


def lease(conn: Connection, connection: str, worker: str, count: int, now: datetime, held: timedelta) -> list[Leased]:
    """Lease the due rows of up to `count` objects of a connection, the longest waiting first.

    `held` is a real duration. An object of which another worker holds a row is left alone.
    """
    # One lease at a time per connection: on PostgreSQL two could otherwise each take a row of one object.
    conn.execute(select(connection_table.c.name).where(connection_table.c.name == connection).with_for_update())
    objects = _due_objects(conn, connection, count, now)
    if not objects:
        return []
    until = now + held
    mine = {"state": "leased", "lease_until": until, "lease_by": worker, "attempts": inbox.c.attempts + 1}
    these = tuple_(inbox.c.kind, inbox.c.by, inbox.c.object_id).in_(objects)
    taken = update(inbox).where(inbox.c.connection == connection, these, _due(now)).values(mine)
    by_object: dict[tuple[str, str, str], list[Row[Any]]] = {}
    for row in conn.execute(taken.returning(inbox)):
        by_object.setdefault((row.kind, row.by, row.object_id), []).append(row)
    return [_leased(by_object[key], worker, until) for key in objects if key in by_object]


def done(conn: Connection, leased: Leased, now: datetime, cause: str | None = None) -> None:
    """The object was read and dealt with. `cause` says why nothing came of it (`own`, `before-cut-off`, …)."""
    settled = {"state": "done", "done_at": now, "lease_until": None, "lease_by": None, "cause": cause}
    conn.execute(update(inbox).where(inbox.c.id.in_(leased.rows)).values(settled))


def later(conn: Connection, leased: Leased, at: datetime, cause: str) -> None:
    """Not now: due again at `at`."""
    waiting = {"state": "open", "not_before": at, "lease_until": None, "lease_by": None, "cause": cause}
    conn.execute(update(inbox).where(_held(leased)).values(waiting))


def park(conn: Connection, leased: Leased, cause: str, detail: dict[str, Any]) -> None:
    """Cannot succeed until `cause` is mended; `detail` holds codes and positions only."""
    parked = {"state": "parked", "lease_until": None, "lease_by": None, "cause": cause, "detail": detail}
    conn.execute(update(inbox).where(_held(leased)).values(parked))


def reopen(conn: Connection, connection: str, kind: ObjectKind, object_id: str, now: datetime) -> int:
    """Make the parked rows of an object due; how many."""
    parked = and_(_of(connection, kind, object_id), inbox.c.state == "parked")
    due = {"state": "open", "not_before": now, "cause": None, "detail": None}
    return conn.execute(update(inbox).where(parked).values(due)).rowcount


def reopen_all(conn: Connection, connection: str, kind: ObjectKind, now: datetime) -> int:
    """Make all parked rows of a kind due; how many."""
    parked = (inbox.c.connection == connection, inbox.c.kind == kind.value, inbox.c.state == "parked")
    due = {"state": "open", "not_before": now, "cause": None, "detail": None}
    return conn.execute(update(inbox).where(*parked).values(due)).rowcount


def overtake(conn: Connection, leased: Leased, now: datetime) -> int:
    """A later reading of the object succeeded: its parked rows have nothing left to say; how many."""
    parked = and_(_of(leased.connection, leased.kind, leased.object_id), inbox.c.state == "parked")
    settled = {"state": "done", "done_at": now, "cause": "overtaken"}
    return conn.execute(update(inbox).where(parked).values(settled)).rowcount


def prune(conn: Connection, connection: str, before: datetime) -> int:
    """Delete the rows of a connection that were dealt with before a moment; what was ignored stays countable."""
    old = (inbox.c.connection == connection, inbox.c.state == "done", inbox.c.done_at < before)
    return conn.execute(delete(inbox).where(*old, inbox.c.cause.is_(None))).rowcount


def _due_objects(conn: Connection, connection: str, count: int, now: datetime) -> list[tuple[str, str, str]]:
    other = inbox.alias("other")
    held = exists().where(
        other.c.connection == inbox.c.connection,
        other.c.kind == inbox.c.kind,
        other.c.object_id == inbox.c.object_id,
        other.c.state == "leased",
        other.c.lease_until >= now,
    )
    columns = (inbox.c.kind, inbox.c.by, inbox.c.object_id)
    due = select(*columns).where(inbox.c.connection == connection, _due(now), ~held)
    longest_first = due.group_by(*columns).order_by(func.min(inbox.c.id)).limit(count)
    return [(row.kind, row.by, row.object_id) for row in conn.execute(longest_first)]


def _due(now: datetime) -> ColumnElement[bool]:
    waits = and_(inbox.c.state == "open", inbox.c.not_before <= now)
    left = and_(inbox.c.state == "leased", inbox.c.lease_until < now)
    return or_(waits, left)


def _of(connection: str, kind: ObjectKind, object_id: str) -> ColumnElement[bool]:
    return and_(inbox.c.connection == connection, inbox.c.kind == kind.value, inbox.c.object_id == object_id)


def _held(leased: Leased) -> ColumnElement[bool]:
    """Still ours: a worker whose lease passed does not undo what the next one did."""
    return and_(inbox.c.id.in_(leased.rows), inbox.c.state == "leased", inbox.c.lease_by == leased.worker)


def _leased(rows: Sequence[Row[Any]], worker: str, until: datetime) -> Leased:
    first = rows[0]
    return Leased(
        seller=first.seller,
        connection=first.connection,
        kind=ObjectKind(first.kind),
        by=first.by,
        object_id=first.object_id,
        rows=tuple(sorted(row.id for row in rows)),
        attempts=max(row.attempts for row in rows),
        asked=any(row.door == "api" for row in rows),
        worker=worker,
        until=until,
    )
