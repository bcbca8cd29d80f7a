"""Leave to send: through the connection's circuit, with a ticket of every limit, in one transaction."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cais.clock import Clock
from cais.errors import Throttled
from cais.http import limiter
from cais.http.gcra import Share
from cais.http.limiter import Grant, Limit
from cais.outbound import circuit
from cais.outbound.circuit import Entry
from cais.store.engine import Store

INSIDE = Entry(probe=False, failing=False)
"""Of a call made on behalf of another that has entered already."""


@dataclass(frozen=True)
class Caller:
    """Who sends what: the key of the limits."""

    connection: str
    seller: str
    operation: str
    limits: tuple[Limit, ...]
    share: Share


@dataclass(frozen=True)
class Ticket:
    """Leave to send one call now."""

    entry: Entry
    grant: Grant


@dataclass
class _Lease:
    """Tickets taken ahead by this process for one bulk operation."""

    ticket: Ticket
    size: int
    left: int
    until: datetime


class Tickets:
    """The tickets of one process; the budgets are the store's."""

    def __init__(self, store: Store) -> None:
        self._store, self._clock = store, store.clock
        self._leases: dict[tuple[str, str], _Lease] = {}

    async def take(self, caller: Caller, patience: timedelta, *, entered: bool = False) -> Ticket:
        """A ticket, waited for in its place, but no longer than `patience` (real).

        Raises `Throttled`, `CircuitOpen`. `entered`: the circuit was passed by the call that this one serves.
        """
        if caller.share == "bulk":
            return await self._take_ahead(caller, patience)
        return await self._take(caller, patience, 1, entered)

    async def _take(self, caller: Caller, patience: timedelta, size: int, entered: bool) -> Ticket:
        ticket = await self._store.write(_admit, self._clock, caller, size, entered)
        wait = ticket.grant.at - self._clock.now()
        if ticket.grant.count == 0 or wait > patience:
            raise _throttled(caller, wait)
        if wait > timedelta():
            await asyncio.sleep(wait.total_seconds())
        return ticket

    async def _take_ahead(self, caller: Caller, patience: timedelta) -> Ticket:
        key, now = (caller.connection, caller.operation), self._clock.now()
        last = self._leases.get(key)
        if last is not None and last.left > 0 and now < last.until:
            last.left -= 1
            return last.ticket
        size = self._size(caller, last, now)
        ticket = await self._take(caller, patience, size, entered=False)
        until = ticket.grant.at + self._clock.real(limiter.LEASE)
        self._leases[key] = _Lease(ticket, size, ticket.grant.count - 1, until)
        return ticket

    def _size(self, caller: Caller, last: _Lease | None, now: datetime) -> int:
        """Twice the last lease if it was used up quickly, else one: nobody keeps tickets that he does not need."""
        if last is None or last.left > 0 or now >= last.until + self._clock.real(limiter.LEASE):
            return 1
        return min(last.size * 2, limiter.leasable(caller.limits, self._clock))


def _admit(conn: Connection, clock: Clock, caller: Caller, size: int, entered: bool) -> Ticket:
    entry = INSIDE if entered else circuit.enter(conn, clock, caller.connection)
    count = 1 if entry.probe or entry.failing else size
    grant = limiter.take(conn, clock, caller.connection, caller.seller, caller.limits, caller.share, count)
    if entry.probe and grant.count == 0:
        raise _throttled(caller, grant.at - clock.now())  # rolls back: the probe is for one who can send
    return Ticket(entry, grant)


def _throttled(caller: Caller, wait: timedelta) -> Throttled:
    return Throttled(f"{caller.connection}: the limit of {caller.operation} is used up for now", max(wait, timedelta()))
