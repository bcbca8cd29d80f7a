"""Poll: a connection's lists are read on from where their cursor stands, as often as the platform file says.

The cursor is taken before the reading, with an overlap, and moves in the transaction that keeps the last page's rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from cais.clock import Clock
from cais.crash import crash_point
from cais.errors import ActError, NotFound, TryLater
from cais.http.client import Sender
from cais.inbound import cursor
from cais.inbound.cursor import Cursor
from cais.inbound.door import DoorName, Pointer, receive_all
from cais.model.vocabulary import Direction, Flow
from cais.rules.message import Ref
from cais.rules.operation import Operation
from cais.rules.ruleset import ConnectionRules
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf

log = logging.getLogger(__name__)

EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The beginning of a window that has none."""

SLICE: Final = timedelta(days=1)
"""A longer window of orders is read in slices: a cut-off of a year ago is no single list of a year."""

SHORTEST: Final = timedelta(minutes=1)
"""A window that is still too long for one list is not halved below this."""

REST: Final = timedelta(seconds=20)
"""How long a list that could not be read is left alone, at least (nominal)."""


@dataclass(frozen=True)
class PlatformList:
    """A list of a platform: its operation, how often it is read (nominal), and what it shows."""

    operation: Operation
    every: timedelta | None
    direction: Direction


@dataclass(frozen=True)
class Polled:
    """What one round brought: new rows, and the lists that could not be read with the reason."""

    rows: int = 0
    failed: tuple[str, ...] = ()


_LISTS: Final = (
    ("orders", Direction.ORDER),
    ("shipments", Direction.ORDER),
    ("products", Direction.CATALOGUE),
    ("prices", Direction.PRICE),
    ("stock", Direction.STOCK),
    ("listings", Direction.LISTING),
)


def lists(rules: ConnectionRules) -> Iterator[PlatformList]:
    """The lists that concern a connection by its flow."""
    for name, direction in _LISTS:
        operation = rules.platform.operations.get(f"list_{name}")
        if operation is not None and (rules.gives(direction) or rules.takes(direction)):
            yield PlatformList(operation, getattr(rules.platform.poll, name), direction)


class Poll:
    """The polls of all connections of one process."""

    def __init__(self, store: Store, shelf: RuleShelf, sender: Sender) -> None:
        self._store, self._shelf = store, shelf
        self._reader = ListReader(store, sender)
        self._resting: dict[tuple[str, str], datetime] = {}

    async def round(self, seller: str, connection: str) -> Polled:
        """Read each list of the connection that is due. A list that fails is left alone for a while."""
        try:
            rules = (await self._shelf.active(seller))[0].connection(connection)
        except NotFound:
            return Polled()
        rows, failed = 0, []
        for each in lists(rules):
            if not await self._is_due(rules, each):
                continue
            try:
                rows += await self._read(rules, each)
            except ActError as error:
                self._rest(rules, each, error)
                failed.append(f"{each.operation.name}: {error}")
        return Polled(rows, tuple(failed))

    async def _is_due(self, rules: ConnectionRules, each: PlatformList) -> bool:
        now = self._store.clock.now()
        if each.every is None or self._resting.get((rules.name, each.operation.name), now) > now:
            return False
        last = await self._store.read(cursor.read, rules.name, each.operation.name)
        return last is None or last.read_at + self._store.clock.real(each.every) <= now

    async def _read(self, rules: ConnectionRules, each: PlatformList) -> int:
        errand = Errand(rules, each, self._store.clock.now(), "poll")
        last = await self._store.read(cursor.read, rules.name, each.operation.name)
        rows = 0
        for window in slices(each, beginning(errand, last, self._store.clock), errand.began):
            moved = Cursor({"to": window.to.isoformat()}, errand.began)
            rows += await self._reader.read(errand, window, moved)
        return rows

    def _rest(self, rules: ConnectionRules, each: PlatformList, error: ActError) -> None:
        clock = self._store.clock
        after = max(clock.real(REST), error.after if isinstance(error, TryLater) else timedelta())
        self._resting[rules.name, each.operation.name] = clock.now() + after


@dataclass(frozen=True)
class Window:
    """What a list is asked for. Both moments are real."""

    start: datetime
    to: datetime

    def halves(self) -> tuple[Window, Window]:
        middle = self.start + (self.to - self.start) / 2
        return Window(self.start, middle), Window(middle, self.to)


@dataclass(frozen=True)
class Errand:
    """One reading of a list. `began` is the moment before it."""

    rules: ConnectionRules
    each: PlatformList
    began: datetime
    door: DoorName

    def context(self, window: Window) -> dict[str, Any]:
        """What the operation's request is made from."""
        return {"window": {"from": window.start, "to": window.to}, "run": {"now": self.began}}

    def pointers(self, refs: Sequence[Ref]) -> list[Pointer]:
        return [pointer(self.rules, ref, self.began, self.door) for ref in refs]


class ListReader:
    """Reads a list page by page into the inbox."""

    def __init__(self, store: Store, sender: Sender) -> None:
        self._store, self._sender = store, sender

    async def read(self, errand: Errand, window: Window, moved: Cursor | None = None) -> int:
        """Read a window; how many rows are new. `moved` is written with the last page's rows.

        Each page's rows are committed before the next is read. Raises what reading raises; the cursor then stays.
        """
        rules, operation = errand.rules, errand.each.operation
        rows, held, truncated = 0, list[Ref](), False
        async for page in self._sender.pages(rules, operation, errand.context(window), share="bulk"):
            rows += await self._keep(errand, held)
            crash_point("poll.page")
            held, truncated = list(page.refs), page.truncated
        if truncated and self._can_be_halved(errand, window):
            first, second = window.halves()
            rows += await self._keep(errand, held) + await self.read(errand, first)
            return rows + await self.read(errand, second, moved)
        if truncated:
            log.warning("%s: %s goes on behind its last page", rules.name, operation.name)
        return rows + await self._keep(errand, held, moved)

    def _can_be_halved(self, errand: Errand, window: Window) -> bool:
        """Whether the platform's list heeds the end of a window: it is asked otherwise for the first half."""
        if window.to - window.start <= SHORTEST:
            return False
        halves = (errand.context(each) for each in (window, window.halves()[0]))
        whole, first = (self._sender.render(errand.rules, errand.each.operation, context) for context in halves)
        return whole != first

    async def _keep(self, errand: Errand, refs: Sequence[Ref], moved: Cursor | None = None) -> int:
        return await self._store.write(_commit, errand, errand.pointers(refs), self._store.clock.now(), moved)


def pointer(rules: ConnectionRules, ref: Ref, began: datetime, door: DoorName) -> Pointer:
    """The row of a list's item: known by its version; without one each reading is news."""
    mark = ref.version if ref.version is not None else f"@{began.isoformat()}"
    event = f"list:{ref.kind}:{ref.id}:{mark}"
    return Pointer(rules.seller, rules.name, ref.kind, ref.id, event, door, ref.by, ref.version)


def beginning(errand: Errand, last: Cursor | None, clock: Clock) -> datetime:
    """Where a list is read from: from where the last reading began, with the overlap. One that was never read: orders
    of a channel from its cut-off, of a backoffice from now on (what it has of ours came after), all else from ever."""
    rules, overlap = errand.rules, clock.real(errand.rules.platform.poll.overlap)
    if last is not None:
        return datetime.fromisoformat(last.value["to"]) - overlap
    if errand.each.direction is not Direction.ORDER:
        return EVER
    since = rules.file.order.since if rules.flow is Flow.SALES_CHANNEL else None
    return errand.began - overlap if since is None else min(since, errand.began)


def slices(each: PlatformList, start: datetime, to: datetime) -> Iterator[Window]:
    """The windows from `start` to `to`, one after the other."""
    if each.direction is not Direction.ORDER:
        yield Window(start, to)
        return
    while to - start > SLICE:
        yield Window(start, start + SLICE)
        start += SLICE
    yield Window(start, to)


def _commit(conn: Connection, errand: Errand, pointers: Sequence[Pointer], now: datetime, moved: Cursor | None) -> int:
    rows = receive_all(conn, pointers, now)
    if moved is not None:
        cursor.write(conn, errand.rules.seller, errand.rules.name, errand.each.operation.name, moved)
    return rows
