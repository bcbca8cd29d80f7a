"""A handoff's row: what has become of one act. Nothing here sends; every step is one conditional write.

`open → sending → done | unknown | parked | annulled`. Whoever writes names the row as it was last read: if another
process has moved it since, nothing is written and `LeaseHeld` is raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, exists, select, update

from cais.errors import LeaseHeld
from cais.model.handoff import Act
from cais.model.vocabulary import Direction
from cais.store.tables import handoff
from cais.store.upsert import insert_new

MOVED: Final = timedelta(seconds=1)
"""After how long (real) to look again at a row that another process moved."""


class HandoffState(StrEnum):
    OPEN = "open"
    """Nothing is under way: never sent, or every request is known not to have taken effect."""
    SENDING = "sending"
    """A request is committed to and may leave while the lease lives."""
    DONE = "done"
    UNKNOWN = "unknown"
    """A request left and its fate is not known."""
    PARKED = "parked"
    ANNULLED = "annulled"
    """Overtaken by a cancellation; nothing is ever sent again."""


IN_DOUBT: Final = (HandoffState.SENDING, HandoffState.UNKNOWN)
FINAL: Final = (HandoffState.DONE, HandoffState.ANNULLED)


@dataclass(frozen=True)
class Row:
    """A handoff as last read. `attempt` counts the requests committed to, `looks` the look-ups since the last one."""

    state: HandoffState = HandoffState.OPEN
    attempt: int = 0
    looks: int = 0
    stored: bool = False
    lease_until: datetime | None = None
    request: bytes | None = None
    """Pinned and sealed while a request is in doubt: what is sent again is what was sent."""
    request_digest: str | None = None
    rule_digest: str | None = None
    stamp: str | None = None
    cause: str | None = None
    message: str | None = None
    remote_id: str | None = None
    updated_at: datetime | None = None

    def leased(self, now: datetime) -> bool:
        """Whether a process may be sending right now."""
        return self.state is HandoffState.SENDING and self.lease_until is not None and self.lease_until > now

    @property
    def columns(self) -> dict[str, Any]:
        """What is written of it."""
        return {name: getattr(self, name) for name in _WRITTEN}

    @property
    def in_doubt_since(self) -> datetime | None:
        """From when on nothing of the last request can still be under way; settle is counted from here."""
        return self.lease_until if self.state is HandoffState.SENDING else self.updated_at


_READ: Final = tuple(name for name in Row.__dataclass_fields__ if name not in ("state", "stored"))
_WRITTEN: Final = ("state", *(name for name in _READ if name != "updated_at"))


def read(conn: Connection, act: Act) -> Row:
    """The act's row; one that is open and not stored where nothing was ever done."""
    found = conn.execute(select(handoff).where(_is(act))).first()
    if found is None:
        return Row()
    return Row(state=HandoffState(found.state), stored=True, **{name: getattr(found, name) for name in _READ})


def move(conn: Connection, seller: str, act: Act, seen: Row, now: datetime, **values: Any) -> None:
    """Write `values` if the row is still as it was `seen`. Raises `LeaseHeld` if another process moved it."""
    changes = {**values, "updated_at": now}
    if seen.stored:
        moved = conn.execute(update(handoff).where(*_same(act, seen)).values(**changes)).rowcount == 1
    else:
        moved = insert_new(conn, handoff, {**_key(act), "seller": seller, "created_at": now, **_FRESH, **changes})
    if not moved:
        raise LeaseHeld(f"{act.direction} to {act.target} was taken on by another process", MOVED)


def creating(conn: Connection, target: str) -> bool:
    """Whether the target may hold an order of ours whose id we do not know yet."""
    doubtful = (handoff.c.target == target, handoff.c.direction == Direction.ORDER.value)
    return bool(conn.execute(select(exists().where(*doubtful, handoff.c.state.in_(IN_DOUBT)))).scalar_one())


def is_done(conn: Connection, subject: str, target: str, direction: Direction) -> bool:
    """Whether an act of that direction has been done at the target."""
    asked = (handoff.c.subject == subject, handoff.c.target == target, handoff.c.direction == direction.value)
    return bool(conn.execute(select(exists().where(*asked, handoff.c.state == HandoffState.DONE.value))).scalar_one())


_FRESH: Final = {"state": HandoffState.OPEN.value, "attempt": 0, "looks": 0}


def _key(act: Act) -> dict[str, str]:
    return {"subject": act.subject, "target": act.target, "direction": act.direction.value, "n": act.n}


def _is(act: Act) -> ColumnElement[bool]:
    return and_(
        handoff.c.subject == act.subject,
        handoff.c.target == act.target,
        handoff.c.direction == act.direction.value,
        handoff.c.n == act.n,
    )


def _same(act: Act, seen: Row) -> tuple[ColumnElement[bool], ...]:
    version = (handoff.c.state == seen.state.value, handoff.c.attempt == seen.attempt, handoff.c.looks == seen.looks)
    return _is(act), *version
