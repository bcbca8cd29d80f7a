"""One request and what came of it: ticket, credentials, the wire, and what is noted afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from cais.clock import Clock
from cais.errors import LeaseHeld, Misconfigured
from cais.http import limiter
from cais.http.address import address
from cais.http.auth import Authenticator, CredentialsRefused, Granted
from cais.http.gcra import Share
from cais.http.limiter import Limit, limits_of
from cais.http.tickets import INSIDE, Caller, Ticket, Tickets
from cais.http.transport import Lost, Transport, tls
from cais.model.vocabulary import OutcomeKind
from cais.outbound import circuit
from cais.outbound.circuit import Entry
from cais.rules.auth import Credentials
from cais.rules.message import Outcome, Request, Response
from cais.rules.operation import Operation
from cais.rules.ruleset import ConnectionRules
from cais.store.engine import Store

Classify = Callable[[Response], Outcome]

THROTTLED_FOR: Final = timedelta(seconds=30)
"""How long the limits of a call rest whose refusal for its rate does not say for how long (nominal)."""

DEFAULT_HEADERS: Final = {"user-agent": "cais", "accept-encoding": "gzip, deflate"}

_FAILURES: Final = frozenset({OutcomeKind.RETRY, OutcomeKind.UNKNOWN})
_ANONYMOUS: Final = Granted(Credentials())


@dataclass(frozen=True)
class Terms:
    """On what terms a call is made. `ends`: its total deadline; `expires`: its caller's lease; both real moments."""

    share: Share
    ends: datetime | None = None
    expires: datetime | None = None

    def left(self, clock: Clock, timeout: timedelta) -> timedelta:
        """Real time left for one request whose nominal timeout is given; zero when it is over."""
        ends = clock.after(timeout) if self.ends is None else min(self.ends, clock.after(timeout))
        return max(ends - clock.now(), timedelta())


@dataclass(frozen=True)
class Tried:
    """One request's outcome, and its answer if there was one."""

    outcome: Outcome
    response: Response | None = None
    version: int | None = None
    """Of the token that was sent."""
    entry: Entry = INSIDE


Perform = Callable[[Request, Classify], Awaitable[Tried]]
"""`Exchange.perform`, bound to a connection, an operation and its terms."""


class Exchange:
    """Sends requests for all connections of one process."""

    def __init__(self, store: Store) -> None:
        self._store, self._clock = store, store.clock
        self._tickets = Tickets(store)
        self._auth = Authenticator(store, self._fetch_token)
        self._tls = tls()
        self._transports: dict[str, Transport] = {}

    async def close(self) -> None:
        for transport in self._transports.values():
            await transport.close()

    async def perform(
        self, connection: ConnectionRules, operation: Operation, request: Request, classify: Classify, terms: Terms
    ) -> Tried:
        """Send `request` and say what came of it; credentials that are refused are renewed once, and it is repeated.

        Raises `Throttled`, `CircuitOpen`, `LeaseHeld` before anything is sent, `TryLater` if no token is to be had.
        """
        errand = _Errand(connection, operation, request, classify, terms)
        first = last = await self._try(errand)
        if first.outcome.kind is OutcomeKind.REAUTH and first.version is not None:
            last = await self._try(errand, stale=first.version, entered=True)
        await self._count(connection, last, first.entry)
        return last

    async def _try(self, errand: _Errand, *, stale: int | None = None, entered: bool = False) -> Tried:
        connection, operation = errand.connection, errand.operation
        limits = limits_of(connection.platform.limits, operation.name, self._clock.speed)
        caller = Caller(connection.name, connection.seller, operation.name, limits, errand.terms.share)
        left = errand.terms.left(self._clock, operation.timeout)
        ticket = await self._tickets.take(caller, left, entered=entered)
        try:
            granted = await self._granted(errand, stale)
        except CredentialsRefused as refused:
            return Tried(Outcome(OutcomeKind.REAUTH, refused.code), entry=ticket.entry)
        except Misconfigured:
            # A secret that is not set is as good as one that is refused: one problem, not one of each act.
            await self._store.write(circuit.failed, self._clock, connection.name, circuit.REAUTH)
            raise
        except TimeoutError:
            return Tried(operation.failed("connect"), entry=ticket.entry)
        tried = await self._send(errand, granted)
        await self._heed(caller, ticket, tried)
        return replace(tried, version=granted.version, entry=ticket.entry)

    async def _granted(self, errand: _Errand, stale: int | None) -> Granted:
        if errand.anonymous:
            return _ANONYMOUS
        left = errand.terms.left(self._clock, errand.operation.timeout)
        granting = self._auth.credentials(errand.connection, errand.request, stale=stale)
        return await asyncio.wait_for(granting, left.total_seconds())

    async def _send(self, errand: _Errand, granted: Granted) -> Tried:
        request, credentials = errand.request, granted.credentials
        url = address(errand.connection.hosts, request, credentials.query)
        headers = list(_headers(request, credentials).items())
        if errand.terms.expires is not None and errand.terms.expires <= self._clock.now():
            raise LeaseHeld("the lease of this act has passed: it is another's", timedelta())
        left = errand.terms.left(self._clock, errand.operation.timeout)
        transport = self._transport(errand.connection.name)
        try:
            reply = await transport.exchange(request.method, url, headers, request.body, left)
        except Lost as lost:
            return Tried(errand.operation.failed(lost.kind))
        response = Response(reply.status, reply.headers, reply.body)
        return Tried(self._real(errand.classify(response)), response)

    def _transport(self, connection: str) -> Transport:
        if connection not in self._transports:
            self._transports[connection] = Transport(self._tls)
        return self._transports[connection]

    def _real(self, outcome: Outcome) -> Outcome:
        """Waits that platforms ask for are nominal, as their clocks run with ours."""
        return outcome if outcome.after is None else replace(outcome, after=self._clock.real(outcome.after))

    async def _heed(self, caller: Caller, ticket: Ticket, tried: Tried) -> None:
        """Believe what the platform says of its limits."""
        if tried.outcome.kind is OutcomeKind.THROTTLED:
            until = self._clock.now() + (tried.outcome.after or self._clock.real(THROTTLED_FOR))
            await self._store.write(limiter.block, caller.connection, caller.seller, caller.limits, until)
        headers = {} if tried.response is None else tried.response.headers
        for limit in caller.limits:
            report = limiter.reported(limit, headers, self._clock)
            if report is not None and report[0] < ticket.grant.left.get(limit.name, 0):
                await self._store.write(_correct, self._clock, caller, limit, *report)

    async def _count(self, connection: ConnectionRules, tried: Tried, entry: Entry) -> None:
        """Tell the connection's circuit."""
        kind = tried.outcome.kind
        if kind is OutcomeKind.REAUTH:
            await self._store.write(circuit.failed, self._clock, connection.name, circuit.REAUTH)
        elif kind in _FAILURES and (tried.response is None or tried.response.status >= 400):
            what = tried.outcome.code if tried.response is None else tried.response.status
            await self._store.write(circuit.failed, self._clock, connection.name, f"{kind}:{what}")
        elif entry.failing:
            await self._store.write(circuit.succeeded, self._clock, connection.name)

    async def _fetch_token(self, connection: ConnectionRules, context: Mapping[str, Any]) -> Outcome:
        """Send the token operation: it proves itself by what is in it."""
        operation = connection.platform.operations[connection.platform.auth.token_operation or ""]
        terms = Terms("order", ends=self._clock.after(operation.timeout))

        def classify(response: Response) -> Outcome:
            return operation.classify(response, context)

        errand = _Errand(connection, operation, operation.request(context), classify, terms, anonymous=True)
        tried = await self._try(errand, entered=True)
        if tried.outcome.kind in _FAILURES:
            await self._count(connection, tried, tried.entry)
        return tried.outcome


@dataclass(frozen=True)
class _Errand:
    """A request on its way. `anonymous`: without credentials."""

    connection: ConnectionRules
    operation: Operation
    request: Request
    classify: Classify
    terms: Terms
    anonymous: bool = False


def _headers(request: Request, credentials: Credentials) -> dict[str, str]:
    headers = DEFAULT_HEADERS | {name.lower(): value for name, value in request.headers}
    if request.content_type is not None:
        headers["content-type"] = request.content_type
    return headers | {name.lower(): value for name, value in credentials.headers}


def _correct(
    conn: Connection, clock: Clock, caller: Caller, limit: Limit, remaining: int, reset: timedelta | None
) -> None:
    limiter.correct(conn, clock, caller.connection, caller.seller, limit, remaining, reset)
