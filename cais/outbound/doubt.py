"""Doubt: an act of which nobody knows whether it took effect waits for a person who has looked at the platform."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cais.errors import Refused
from cais.model.handoff import Act
from cais.outbound import parked
from cais.outbound.dedup import is_doubt
from cais.outbound.row import HandoffState, move, read
from cais.store import journal


def settle(conn: Connection, seller: str, act: Act, remote_id: str | None, by: str, now: datetime) -> None:
    """A person says what is at the target: the object of this id, or nothing (None: it is sent anew).

    Wakes the act. Raises `Refused` if it is not in doubt.
    """
    seen = read(conn, act)
    if not is_doubt(seen):
        raise Refused(f"{act.direction} {act.n} to {act.target} is {seen.state}, not in doubt")
    if remote_id is None:
        move(conn, seller, act, seen, now, state=HandoffState.OPEN, cause=None, looks=0)
    else:
        move(conn, seller, act, seen, now, remote_id=remote_id)
    said = {"direction": act.direction.value, "n": act.n, "state": "settled", "remote_id": remote_id}
    journal.note(conn, seller, act.subject, by, "handoff", said, now)
    parked.wake_act(conn, act, now)
