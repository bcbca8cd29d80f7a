"""The door: every hook, poll, sweep and call becomes one inbox row, or none where it was said before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select

from cais.model import wire
from cais.model.vocabulary import ObjectKind
from cais.store.tables import inbox
from cais.store.upsert import insert_new

DoorName = Literal["hook", "poll", "sweep", "api"]
By = Literal["id", "correlation"]


@dataclass(frozen=True)
class Pointer:
    """An object of a connection is new or changed; it is read before anything is believed of it."""

    seller: str
    connection: str
    kind: ObjectKind
    object_id: str
    event_id: str
    door: DoorName
    by: By = "id"
    """`correlation`: `object_id` is the stamp that the hub gave an exported order."""
    version: str | None = None
    unique: bool = True
    """The sender's id names this event alone. False: made by `event_of_body`."""
    due: datetime | None = None
    """Not to be read before; None: at once."""


def event_of_body(said: Any, now: datetime) -> str:
    """The id of a notification that has none: digest of all that was said, and the minute."""
    return f"body:{wire.digest(said)[:32]}:{now:%Y-%m-%dT%H:%M}"


def receive(conn: Connection, pointer: Pointer, now: datetime) -> bool:
    """Write the pointer's row; False if the same event was received before.

    Without an id of its own a repeated notification is news once the first has been taken up: that reading may have
    been earlier than what the second one speaks of.
    """
    row = _row(pointer, now)
    if insert_new(conn, inbox, row):
        return True
    if pointer.unique or _waits(conn, pointer):
        return False
    return insert_new(conn, inbox, {**row, "event_id": f"{pointer.event_id}:{now:%S.%f}"})


def receive_all(conn: Connection, pointers: Sequence[Pointer], now: datetime) -> int:
    """Write the rows of a page; how many are new."""
    return sum(receive(conn, pointer, now) for pointer in pointers)


def _row(pointer: Pointer, now: datetime) -> dict[str, Any]:
    return {
        "seller": pointer.seller,
        "connection": pointer.connection,
        "kind": pointer.kind.value,
        "object_id": pointer.object_id,
        "event_id": pointer.event_id,
        "by": pointer.by,
        "door": pointer.door,
        "version": pointer.version,
        "received_at": now,
        "state": "open",
        "not_before": pointer.due or now,
        "attempts": 0,
    }


def _waits(conn: Connection, pointer: Pointer) -> bool:
    same = (inbox.c.connection == pointer.connection, inbox.c.event_id == pointer.event_id)
    state: str = conn.execute(select(inbox.c.state).where(*same)).scalar_one()
    return state == "open"
