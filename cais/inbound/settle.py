"""How an object's rows end: done, later, or parked alone. Each way is one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from cais.clock import Clock
from cais.errors import ActError, MappingError, Misconfigured, MissingSetting, NotFound, PlatformRefused, TryLater
from cais.inbound import inbox
from cais.inbound.inbox import INTAKE_LANE, Leased
from cais.model.vocabulary import ObjectKind
from cais.outbound import parked, settings
from cais.outbound.backoff import backoff
from cais.outbound.parked import Parked
from cais.rules.ruleset import ConnectionRules

LOOKS: Final = 5
"""How often an object that is not found is looked for: a hook may come before the platform shows the object."""

MISHAPS: Final = 12
"""After so many failures of our own an object is parked: it would fail for ever."""

_CAP: Final = timedelta(minutes=5)
_PREFIX: Final = "inbox"


@dataclass(frozen=True)
class Done:
    """Dealt with. `cause`: why nothing came of it. `also` is written in the same transaction."""

    cause: str | None = None
    also: Callable[[Connection], None] | None = None


@dataclass(frozen=True)
class Later:
    """Not now. `after` (real) is the least time to wait."""

    cause: str
    after: timedelta = timedelta()


@dataclass(frozen=True)
class Park:
    """Not until `cause` is mended; `mapping` is the one whose edit wakes it, as `active.hashes` names it."""

    cause: str
    mapping: str | None
    detail: dict[str, Any]


Settlement = Done | Later | Park


def of_error(error: Exception, rules: ConnectionRules, leased: Leased) -> Settlement:
    """What an error says of the object. Nothing of the error but codes and positions is kept."""
    match error:
        case NotFound():
            return Done("not_found") if leased.attempts >= LOOKS else Later("not_found")
        case TryLater():
            return Later(type(error).__name__.lower(), error.after)
        case Misconfigured():
            return Later("misconfigured")
        case MissingSetting():
            return Park(f"setting:{error.cause}", _mapping(rules, leased), {})
        case MappingError():
            mapping = _mapping(rules, leased)
            return Park(f"mapping:{mapping}", mapping, {"code": error.code, "at": error.at, "source": error.source})
        case PlatformRefused():
            return Park(f"fatal:get_{leased.kind}", None, {"message": str(error)})
        case ActError():
            return Later("retry")
        case RPCError() | SQLAlchemyError() | OSError():
            return Later(f"error:{type(error).__name__}")  # a server of ours is away: that is nobody's mistake
    if leased.attempts >= MISHAPS:
        return Park(f"fatal:{type(error).__name__}", None, {})
    return Later(f"error:{type(error).__name__}")


def settle(conn: Connection, clock: Clock, leased: Leased, end: Settlement, generation: int) -> None:
    """Write the end of an object's rows. `generation` is that of the rules it was dealt with by."""
    now = clock.now()
    match end:
        case Done():
            inbox.done(conn, leased, now, end.cause)
            if inbox.overtake(conn, leased, now) or leased.attempts > 1:
                parked.clear(conn, *_parked_at(leased))
            if end.also is not None:
                end.also(conn)
        case Later():
            wait = max(backoff(clock, leased.attempts, _CAP), end.after)
            inbox.later(conn, leased, now + wait, end.cause)
        case Park():
            _park(conn, leased, end, generation, now)


def reopen(conn: Connection, subject: str, now: datetime) -> None:
    """What made the object of a parked subject wait is mended: its rows are due."""
    _, connection, kind, object_id = subject.split(":", 3)
    inbox.reopen(conn, connection, ObjectKind(kind), object_id, now)


def is_object(subject: str) -> bool:
    """Whether a parked subject is an object of the inbox."""
    return subject.startswith(f"{_PREFIX}:")


def _park(conn: Connection, leased: Leased, end: Park, generation: int, now: datetime) -> None:
    mended = parked.generation(conn, leased.seller) != generation
    if mended or settings.has(conn, leased.seller, leased.connection, end.cause):
        inbox.later(conn, leased, now, end.cause)
        return
    inbox.park(conn, leased, end.cause, end.detail)
    subject, lane, direction, n = _parked_at(leased)
    parked.register(conn, Parked(leased.seller, subject, lane, direction, n, end.cause, end.mapping), generation, now)


def _parked_at(leased: Leased) -> tuple[str, str, str, str]:
    subject = f"{_PREFIX}:{leased.connection}:{leased.kind}:{leased.object_id}"
    return subject, INTAKE_LANE, leased.kind.value, leased.object_id


def _mapping(rules: ConnectionRules, leased: Leased) -> str | None:
    operation = rules.platform.operations.get(f"get_{leased.kind}")
    mapping = operation.mapping if operation else None
    return None if mapping is None else f"{rules.name}/{mapping.name}"
