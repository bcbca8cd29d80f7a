"""The circuit of a connection: failures switch it off, one probe switches it on again. States in docs/protocols."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, bindparam, select, update

from cais.clock import Clock
from cais.errors import CircuitOpen
from cais.store.journal import note
from cais.store.tables import connection as table

State = Literal["closed", "open", "half_open"]

REAUTH: Final = "reauth"
"""The cause that opens at once: no call can succeed until somebody gives new credentials."""


@dataclass(frozen=True)
class Thresholds:
    """When a circuit opens, and when it is tried again. Durations are nominal."""

    failures: int = 20
    """So many in a row open it."""
    failing_for: timedelta = timedelta(seconds=60)
    """So long a time of nothing but failures opens it too,"""
    at_least: int = 3
    """if there were so many: one lost packet on a quiet connection is no outage."""
    pause: timedelta = timedelta(seconds=30)
    """Between two probes."""
    reauth_pause: timedelta = timedelta(minutes=5)
    """Between two probes while the credentials are refused."""
    probe_lease: timedelta = timedelta(seconds=60)
    """A probe that says nothing for so long is given to another process."""


DEFAULT: Final = Thresholds()


@dataclass(frozen=True)
class Circuit:
    """A connection's circuit. `probe_at`: when the next call may try; null while closed."""

    state: State
    cause: str | None
    since: datetime | None
    failures: int
    probe_at: datetime | None


@dataclass(frozen=True)
class Entry:
    """Leave to send one call. `failing`: its success has to be reported, as failures are being counted."""

    probe: bool
    failing: bool


CLOSED: Final = Circuit("closed", None, None, 0, None)
"""What a connection without a row has."""


def state(conn: Connection, name: str) -> Circuit:
    """The circuit of a connection; closed where the store knows none of that name."""
    row = _row(conn, name)
    return CLOSED if row is None else _circuit(row)


def probe_due(conn: Connection, name: str, now: datetime) -> bool:
    """Whether a call may try an open circuit now."""
    circuit = state(conn, name)
    return circuit.probe_at is not None and circuit.probe_at <= now


def enter(conn: Connection, clock: Clock, name: str, thresholds: Thresholds = DEFAULT) -> Entry:
    """Leave to send a call. Through an open circuit only the probe goes, and one process gets it.

    Raises `CircuitOpen` with the time until the next probe.
    """
    circuit = state(conn, name)
    if circuit.state == "closed":
        return Entry(probe=False, failing=circuit.failures > 0)
    now = clock.now()
    probe_at = circuit.probe_at or now
    lease_until = now + clock.real(thresholds.probe_lease)
    if probe_at <= now and _take_probe(conn, name, circuit, lease_until):
        return Entry(probe=True, failing=True)
    after = max(probe_at - now, clock.real(timedelta(seconds=1)))
    raise CircuitOpen(f"connection {name} is switched off: {circuit.cause}", after)


def failed(conn: Connection, clock: Clock, name: str, cause: str, thresholds: Thresholds = DEFAULT) -> bool:
    """Count a failed call (outcome `retry`, a lost connection, `reauth`); whether that opened the circuit.

    `cause` is `reauth` or a short code such as `status:503`; it never holds a document's values.
    """
    row = _row(conn, name, lock=True)
    if row is None:
        return False
    now, before = clock.now(), _circuit(row)
    if before.state != "closed":
        _set(conn, name, circuit="open", circuit_cause=cause, probe_at=_probe_at(clock, now, cause, thresholds))
        return False
    failures, since = before.failures + 1, row.failing_since or now
    _set(conn, name, failures=failures, failing_since=since)
    if not _is_outage(clock, cause, failures, now - since, thresholds):
        return False
    probe_at = _probe_at(clock, now, cause, thresholds)
    _set(conn, name, circuit="open", circuit_cause=cause, circuit_since=now, probe_at=probe_at)
    note(conn, row.seller, f"connection:{name}", "hub", "circuit", {"state": "open", "cause": cause}, now)
    return True


def succeeded(conn: Connection, clock: Clock, name: str) -> bool:
    """The platform answered a call: forget the failures; whether that closed the circuit."""
    row = _row(conn, name, lock=True)
    if row is None or (row.circuit == "closed" and row.failures == 0):
        return False
    now = clock.now()
    _set(conn, name, circuit="closed", circuit_cause=None, failures=0, failing_since=None, probe_at=None)
    if row.circuit == "closed":
        return False
    _set(conn, name, circuit_since=now)
    detail = {"state": "closed", "cause": row.circuit_cause}
    note(conn, row.seller, f"connection:{name}", "hub", "circuit", detail, now)
    return True


def _is_outage(clock: Clock, cause: str, failures: int, lasting: timedelta, thresholds: Thresholds) -> bool:
    if cause == REAUTH or failures >= thresholds.failures:
        return True
    return failures >= thresholds.at_least and lasting >= clock.real(thresholds.failing_for)


def _probe_at(clock: Clock, now: datetime, cause: str, thresholds: Thresholds) -> datetime:
    return now + clock.real(thresholds.reauth_pause if cause == REAUTH else thresholds.pause)


def _take_probe(conn: Connection, name: str, seen: Circuit, lease_until: datetime) -> bool:
    as_seen = (table.c.name == name, table.c.circuit == seen.state, table.c.probe_at == seen.probe_at)
    change = update(table).where(*as_seen).values(circuit="half_open", probe_at=lease_until)
    return conn.execute(change).rowcount > 0


def _row(conn: Connection, name: str, *, lock: bool = False) -> Row[Any] | None:
    return conn.execute(_LOCKED if lock else _STATE, {"of": name}).first()


def _circuit(row: Row[Any]) -> Circuit:
    return Circuit(row.circuit, row.circuit_cause, row.circuit_since, row.failures, row.probe_at)


# Built once: one of them runs before every call, and building it costs more than running it.
_STATE: Final = select(table).where(table.c.name == bindparam("of"))
_LOCKED: Final = _STATE.with_for_update()


def _set(conn: Connection, name: str, **values: Any) -> None:
    conn.execute(update(table).where(table.c.name == name).values(**values))
