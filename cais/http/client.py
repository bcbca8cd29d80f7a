"""The only road to a platform: renders, takes tickets, authenticates, sends under one deadline, classifies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cais.http.answer import answer_scope
from cais.http.exchange import Classify, Exchange, Perform, Terms, Tried
from cais.http.gcra import Share
from cais.http.paging import PageRead, read_pages
from cais.http.steps import GOOD, Walk, render
from cais.model.vocabulary import OutcomeKind
from cais.rules.message import Outcome, Request, Response
from cais.rules.operation import Operation
from cais.rules.pages import Page
from cais.rules.ruleset import ConnectionRules
from cais.store.engine import Store

Context = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came of a call.

    `document` holds the platform's answers by the names of the steps, of an operation without steps under `body`.
    `read` is the canonical value, or a list of them, where the operation has a reading mapping and ended well.
    `answers` are the outcomes of a bulk request by the key of each item.
    """

    outcome: Outcome
    document: Mapping[str, Any] = field(repr=False)
    read: Any = field(default=None, repr=False)
    answers: Mapping[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class Fetched:
    """What came of a reading, before it is mapped: `document` as of an `Answer`.

    `read` gives the canonical value or values, and raises `MappingError` or `MissingSetting`.
    """

    outcome: Outcome
    document: Mapping[str, Any] = field(repr=False)
    read: Callable[[], Any] = field(repr=False)


class Sender:
    """Sends for all connections of one process; one a process.

    Every method that sends takes a `share` of the limits, a total `deadline` (nominal; by default the operation's
    timeout for each request), and `expires`, the end of the caller's lease: behind it nothing is sent. They raise
    `Throttled`, `CircuitOpen`, `LeaseHeld`, `TryLater` (no token is to be had), `Misconfigured` (a secret is not set),
    all with that request not sent; `MappingError` and `MissingSetting` from the rules.
    """

    def __init__(self, store: Store) -> None:
        self._clock = store.clock
        self._exchange = Exchange(store)

    async def close(self) -> None:
        """Close the connections to the platforms."""
        await self._exchange.close()

    def render(self, connection: ConnectionRules, operation: Operation, context: Context) -> tuple[Request, ...]:
        """The requests of an act, without credentials; mostly one. Raises MappingError, MissingSetting."""
        return render(operation, self._with_connection(connection, context))

    async def send(
        self,
        connection: ConnectionRules,
        requests: Sequence[Request],
        operation: Operation,
        *,
        share: Share,
        context: Context | None = None,
        deadline: timedelta | None = None,
        expires: datetime | None = None,
    ) -> Outcome:
        """Send what `render` gave, in order, up to the first that does not end well; the outcome of the last sent.

        `context` is what it was rendered from: outcomes may compare the answer with it.
        """
        terms = self._terms(share, deadline, expires)
        known = self._with_connection(connection, context or {})
        outcome = Outcome(OutcomeKind.OK)
        for request in requests:
            classify = partial(_of_last if request is requests[-1] else _of_earlier, operation, known)
            outcome = (await self._exchange.perform(connection, operation, request, classify, terms)).outcome
            if outcome.kind not in GOOD:
                break
        return outcome

    async def call(
        self,
        connection: ConnectionRules,
        operation: Operation,
        context: Context,
        *,
        share: Share,
        deadline: timedelta | None = None,
        expires: datetime | None = None,
    ) -> Answer:
        """Take the operation's steps; each sees the answers of those before it. For readings and desired values."""
        walk = self._walk(connection, operation, context, self._terms(share, deadline, expires))
        outcome = await walk.run()
        if outcome.kind not in GOOD:
            return Answer(outcome, walk.document)
        read = walk.read() if operation.mapping is not None else None
        return Answer(outcome, walk.document, read, walk.answers())

    async def fetch(
        self,
        connection: ConnectionRules,
        operation: Operation,
        context: Context,
        *,
        share: Share,
        deadline: timedelta | None = None,
    ) -> Fetched:
        """Like `call`, for a reading whose document is kept before it is mapped."""
        walk = self._walk(connection, operation, context, self._terms(share, deadline, None))
        return Fetched(await walk.run(), walk.document, walk.read)

    def pages(
        self,
        connection: ConnectionRules,
        operation: Operation,
        context: Context,
        *,
        share: Share,
        start: Page | None = None,
        deadline: timedelta | None = None,
    ) -> AsyncIterator[PageRead]:
        """Read a list page by page, from `start` on; `deadline` is for the whole list.

        Raises also `TryLater` and `PlatformRefused` for a page that cannot be read, `MappingError` for a list that
        repeats itself.
        """
        perform = self._perform(connection, operation, self._terms(share, deadline, None))
        known = self._with_connection(connection, context)
        return read_pages(operation, known, connection.hosts, self._clock, perform, start)

    def _walk(self, connection: ConnectionRules, operation: Operation, context: Context, terms: Terms) -> Walk:
        perform = self._perform(connection, operation, terms)
        return Walk(operation, self._with_connection(connection, context), connection.hosts, perform)

    def _perform(self, connection: ConnectionRules, operation: Operation, terms: Terms) -> Perform:
        async def perform(request: Request, classify: Classify) -> Tried:
            return await self._exchange.perform(connection, operation, request, classify, terms)

        return perform

    def _terms(self, share: Share, deadline: timedelta | None, expires: datetime | None) -> Terms:
        return Terms(share, None if deadline is None else self._clock.after(deadline), expires)

    def _with_connection(self, connection: ConnectionRules, context: Context) -> dict[str, Any]:
        run = {"now": self._clock.now(), **context.get("run", {})}
        return {**context, "params": connection.params, "run": run}


def _of_last(operation: Operation, context: Context, response: Response) -> Outcome:
    return operation.classify(response, context)


def _of_earlier(operation: Operation, context: Context, response: Response) -> Outcome:
    return operation.outcomes.classify(response, answer_scope(context, response))
