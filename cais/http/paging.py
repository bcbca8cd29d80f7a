"""Reading a list page by page: where it ends, and a guard against lists that never do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from cais.clock import Clock
from cais.errors import CircuitOpen, MappingError, PlatformRefused, Throttled, TryLater
from cais.http.address import guard_next
from cais.http.answer import answer_scope
from cais.http.exchange import Perform
from cais.model import wire
from cais.model.vocabulary import OutcomeKind
from cais.rules.message import Outcome, Ref, Response
from cais.rules.operation import Operation
from cais.rules.pages import Page, Pages
from cais.rules.scope import Scope

PAUSE: Final = timedelta(seconds=10)
"""Before a list that could not be read is tried again (nominal)."""


@dataclass(frozen=True)
class PageRead:
    """One page. `values` are its canonical values where the operation has a reading mapping.

    `truncated`: the list goes on behind `max_pages`, so its end was not seen. `next`: where reading goes on.
    """

    refs: tuple[Ref, ...]
    items: tuple[Any, ...] = field(repr=False)
    values: Any = field(repr=False)
    page: Page
    next: Page | None
    truncated: bool


@dataclass(frozen=True)
class Following:
    """The page after one; `truncated` where there is one that `max_pages` forbids."""

    page: Page | None
    truncated: bool = False

    def whole(self) -> Page | None:
        """The page after, where a list is of no use in part. Raises MappingError."""
        if self.truncated:
            raise MappingError("R216", "the list is longer than `max_pages`", at="pages.stop.max_pages")
        return self.page


def following(pages: Pages, page: Page, response: Response, count: int, scope: Scope) -> Following:
    """What comes after `page`, which had `count` items."""
    allowed = page.number + 1 < pages.stop.max_pages
    unbounded = replace(pages, stop=replace(pages.stop, max_pages=page.number + 2))
    after = unbounded.following(page, response, count, scope)
    return Following(after if allowed else None, truncated=after is not None and not allowed)


class Guard:
    """Lets a list pass that moves on; refuses one that repeats a page or a cursor, or leads to another server."""

    def __init__(self, hosts: Mapping[str, str], host: str) -> None:
        self._hosts, self._host = hosts, host
        self._seen: set[str] = set()

    def passed(self, page: Page, items: Sequence[Any], after: Page | None) -> Page | None:
        """`after`, if reading may go on there. Raises MappingError."""
        if after is None:
            return None
        if after.cursor is not None:
            self._once(f"cursor {after.cursor}", page)
            guard_next(self._hosts, self._host, after.cursor)
        self._once(wire.digest(items), page)
        return after

    def _once(self, mark: str, page: Page) -> None:
        if mark in self._seen:
            raise MappingError("R216", f"page {page.number} repeats an earlier one: the list does not move", at="pages")
        self._seen.add(mark)


async def read_pages(
    operation: Operation,
    context: Mapping[str, Any],
    hosts: Mapping[str, str],
    clock: Clock,
    perform: Perform,
    start: Page | None,
) -> AsyncIterator[PageRead]:
    """The pages of a list from `start`. A page that is not found is the end of the list.

    Raises as `failure` for an outcome that is not good, `MappingError` for a list that does not move.
    """

    def classify(response: Response) -> Outcome:
        return operation.classify(response, context)

    guard, page = Guard(hosts, operation.steps[0].request.host), start or Page()
    while True:
        tried = await perform(operation.request(context, 0, page), classify)
        if tried.outcome.kind is OutcomeKind.NOT_FOUND:
            return
        if tried.outcome.kind is not OutcomeKind.OK or tried.response is None:
            raise failure(operation, tried.outcome, clock)
        read = _read(operation, context, page, tried.response)
        after = guard.passed(page, read.items, read.next)
        yield read
        if after is None:
            return
        page = after


def failure(operation: Operation, outcome: Outcome, clock: Clock) -> Exception:
    """The error that says of a reading what its outcome says: time heals it, or somebody has to act."""
    what = f"{operation.name}: {outcome.kind}" + (f" {outcome.code}" if outcome.code else "")
    after = outcome.after or clock.real(PAUSE)
    match outcome.kind:
        case OutcomeKind.THROTTLED:
            return Throttled(what, after)
        case OutcomeKind.RETRY | OutcomeKind.UNKNOWN:
            return TryLater(what, after)
        case OutcomeKind.REAUTH:
            return CircuitOpen(what, after)
        case _:
            return PlatformRefused(what)


def _read(operation: Operation, context: Mapping[str, Any], page: Page, response: Response) -> PageRead:
    items = operation.items(response, context)
    scope = answer_scope(context, response)
    after = following(operation.pages, page, response, len(items), scope) if operation.pages else Following(None)
    refs = tuple(operation.refs(response, context))
    values = operation.read(scope) if operation.mapping is not None else None
    return PageRead(refs, tuple(items), values, page, after.page, after.truncated)
