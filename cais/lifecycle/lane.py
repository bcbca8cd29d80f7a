"""A lane: the acts for one target, one running at a time. Pure.

What is due decides what is in the lane. An act that is due and not there joins the end; one that is no longer due
is withdrawn: forgotten when it never ran, else its row is asked for its fate (`annul`). A new version of an act
that did not succeed yet takes its place; of one that did, or is running, it comes after it.

Order matters: an act that waits, waits in front of all that came after it. Three things pass it: the acts that it
waits for itself (`requires`), cancellations, and questions about the fate of withdrawn acts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cais.model.base import Code, Name, Value
from cais.model.handoff import HandoffResult, ordinal
from cais.model.plan import Target
from cais.model.vocabulary import Direction

CANCELLATIONS: Final = frozenset({Direction.CANCEL_BY_BUYER, Direction.CANCEL_BY_SELLER})
PER_PACKAGE: Final = frozenset({Direction.INVOICE, Direction.SHIPPING_INFO, Direction.DISPATCH, Direction.DELIVERY})


@dataclass(frozen=True)
class Due:
    """Something that has to be told. `mark` differs when the content does."""

    direction: Direction
    item: str
    source: str
    mark: str = ""
    to: str | None = None
    """Only this target, whatever it takes; otherwise each that takes the direction and is not the source."""

    def concerns(self, target: Target) -> bool:
        if self.to is not None:
            return self.to == target.connection
        return self.direction in target.takes and self.source != target.connection


class EntryState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PARKED = "parked"
    DONE = "done"
    SKIPPED = "skipped"
    ANNULLED = "annulled"


SETTLED: Final = frozenset({EntryState.DONE, EntryState.SKIPPED, EntryState.ANNULLED})
RETRYABLE: Final = frozenset({EntryState.PARKED, EntryState.RUNNING})
"""What runs may be about to park for what was just mended."""
SKIPPABLE: Final = frozenset({EntryState.PARKED, EntryState.QUEUED})
REACHED: Final = frozenset({EntryState.DONE, EntryState.SKIPPED})
OBSERVED: Final = "observe"
"""Cause of what `mode: observe` keeps from being sent. An order's lane goes on, to show all that it would tell; a
listing waits for the mode to be `live`."""
_SETTLED_FLAGS: Final[dict[str, object]] = {
    "annul": False,
    "again": False,
    "lacks": None,
    "cause": None,
    "message": None,
}


class Entry(Value):
    """One act in a lane."""

    direction: Direction
    item: Code
    version: int = 1
    mark: str = ""
    state: EntryState = EntryState.QUEUED
    tried: bool = False
    """Its activity was started at least once, so that the store may hold a row of it."""
    annul: bool = False
    """No longer due: ask the row for its fate, send nothing."""
    again: bool = False
    """Woken while it ran: should it park, it is tried once more."""
    lacks: Direction | None = None
    """The target itself asks for this first."""
    cause: str | None = None
    message: str | None = None
    remote_id: str | None = None

    @property
    def n(self) -> str:
        return ordinal(self.item, self.version)

    @property
    def settled(self) -> bool:
        return self.state in SETTLED

    @property
    def cancels(self) -> bool:
        return self.direction in CANCELLATIONS


class Lane(Value):
    target: Name
    entries: tuple[Entry, ...] = ()

    @property
    def running(self) -> Entry | None:
        """The act whose activity should be under way."""
        return next((entry for entry in self.entries if entry.state is EntryState.RUNNING), None)

    @property
    def parked(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.state is EntryState.PARKED)

    @property
    def open(self) -> tuple[Entry, ...]:
        """What is not settled yet."""
        return tuple(entry for entry in self.entries if not entry.settled)

    def newest(self, direction: Direction, item: str) -> Entry | None:
        """The newest version of an act, whatever its state."""
        return next((e for e in reversed(self.entries) if (e.direction, e.item) == (direction, item)), None)

    def has_reached(self, direction: Direction, item: str | None = None) -> bool:
        """Whether the target was told (or a person said that it was): of that item, or of any."""
        return any(
            entry.direction is direction and item in (None, entry.item) and entry.state in REACHED
            for entry in self.entries
        )

    def concerns(self, direction: Direction) -> bool:
        """Whether the target knows something of this direction, or may know: not all attempts are decided."""
        return any(
            entry.direction is direction
            and (entry.tried or entry.state in REACHED)
            and entry.state is not EntryState.ANNULLED
            for entry in self.entries
        )

    def follow(self, due: Iterable[Due]) -> Lane:
        """The lane after what is due has changed."""
        wanted = {(each.direction, each.item): each for each in due}
        lane = Lane(target=self.target, entries=tuple(self._kept(wanted)))
        for each in wanted.values():
            lane = lane._with(each)
        return lane

    def advance(self, target: Target, held: frozenset[Direction] = frozenset(), *, in_order: bool = True) -> Lane:
        """Start the act whose turn it is, if any. `held` directions do not start; without `in_order` acts do not
        wait for each other."""
        entry = None if self.running else _turn(self, target, held, in_order=in_order)
        if entry is None:
            return self
        return self._replace(entry, state=EntryState.RUNNING, tried=True, cause=None, message=None)

    def settle(self, target: Target, direction: Direction, n: str, result: HandoffResult) -> Lane:
        """The lane after the running act's activity has answered; an answer to another act changes nothing."""
        entry = self.running
        if entry is None or (entry.direction, entry.n) != (direction, n):
            return self
        if result.state == "done":
            told = self._replace(entry, state=EntryState.DONE, remote_id=result.remote_id, **_SETTLED_FLAGS)
            return told._without_replaced()
        if result.state == "annulled":
            return self._replace(entry, state=EntryState.ANNULLED, **_SETTLED_FLAGS)
        if result.cause == OBSERVED and entry.direction is not Direction.LISTING:
            return self._replace(entry, state=EntryState.SKIPPED, **{**_SETTLED_FLAGS, "cause": OBSERVED})
        if lacking := _lacking(self, target, entry, result.cause):
            return self._replace(entry, state=EntryState.QUEUED, again=False, lacks=lacking)
        if entry.again:
            return self._replace(entry, state=EntryState.QUEUED, again=False)
        return self._replace(entry, state=EntryState.PARKED, cause=result.cause, message=result.message)

    def retry(self, fits: Callable[[Entry], bool]) -> Lane:
        """Queue again what is parked and fits; what runs and fits is tried once more should it park."""
        lane = self._each(lambda e: e.state is EntryState.RUNNING and fits(e), again=True)
        return lane._each(
            lambda e: e.state is EntryState.PARKED and fits(e), state=EntryState.QUEUED, cause=None, message=None
        )

    def skip(self, fits: Callable[[Entry], bool]) -> Lane:
        """Give up what is parked, or has not started, and fits."""
        return self._each(lambda e: e.state in SKIPPABLE and fits(e), state=EntryState.SKIPPED, **_SETTLED_FLAGS)

    def _kept(self, wanted: dict[tuple[Direction, str], Due]) -> Iterator[Entry]:
        for entry in self.entries:
            if entry.settled or (entry.direction, entry.item) in wanted:
                yield entry
            elif entry.tried:
                again = entry.state if entry.state is EntryState.RUNNING else EntryState.QUEUED
                yield entry.model_copy(update={"annul": True, "state": again})

    def _with(self, due: Due) -> Lane:
        known = self.newest(due.direction, due.item)
        if known is None:
            return self._joined(Entry(direction=due.direction, item=due.item, mark=due.mark))
        if known.mark == due.mark and known.state is not EntryState.ANNULLED:
            return self
        if known.state in (EntryState.QUEUED, EntryState.PARKED) and not known.annul:
            return self._replace(known, mark=due.mark, state=EntryState.QUEUED, cause=None, message=None)
        return self._joined(Entry(direction=due.direction, item=due.item, version=known.version + 1, mark=due.mark))

    def _joined(self, new: Entry) -> Lane:
        return Lane(target=self.target, entries=(*self.entries, new))

    def _without_replaced(self) -> Lane:
        """Without the settled versions that a newer settled one has replaced."""
        newest = {(e.direction, e.item): e.version for e in self.entries if e.settled}
        kept = (e for e in self.entries if not e.settled or e.version == newest[e.direction, e.item])
        return Lane(target=self.target, entries=tuple(kept))

    def _replace(self, entry: Entry, **changes: object) -> Lane:
        return self._each(lambda e: e is entry, **changes)

    def _each(self, fits: Callable[[Entry], bool], **changes: object) -> Lane:
        if not any(fits(e) for e in self.entries):
            return self
        changed = tuple(e.model_copy(update=changes) if fits(e) else e for e in self.entries)
        return Lane(target=self.target, entries=changed)


def missing(lane: Lane, target: Target, entry: Entry) -> tuple[Direction, ...]:
    """What the target must be told before this act. What it does not take, it is not told: that is never missing."""
    asked = [*target.requires.get(entry.direction, ()), *([entry.lacks] if entry.lacks else [])]
    if entry.direction is not Direction.ORDER:
        asked.insert(0, Direction.ORDER)
    return tuple(d for d in dict.fromkeys(asked) if d in target.takes and not _told(lane, d, entry))


def _told(lane: Lane, direction: Direction, entry: Entry) -> bool:
    """Of the same package, where both go by package."""
    same = direction in PER_PACKAGE and entry.direction in PER_PACKAGE
    return lane.has_reached(direction, entry.item if same else None)


def _turn(lane: Lane, target: Target, held: frozenset[Direction], *, in_order: bool) -> Entry | None:
    queued = [entry for entry in lane.entries if entry.state is EntryState.QUEUED]
    for entry in queued:
        if entry.annul:
            return entry
    for entry in queued:
        if entry.cancels and not missing(lane, target, entry):
            return entry
    return _in_order(lane, target, held) if in_order else next(iter(queued), None)


def _in_order(lane: Lane, target: Target, held: frozenset[Direction]) -> Entry | None:
    passing: set[Direction] | None = None
    for entry in lane.entries:
        if entry.settled or entry.cancels:
            continue
        if entry.state is EntryState.PARKED or entry.direction in held:
            return None
        if passing is not None and entry.direction not in passing:
            continue
        lacking = missing(lane, target, entry)
        if not lacking:
            return entry
        passing = (passing or set()) | _leading_to(target, lacking)
    return None


def _leading_to(target: Target, wanted: Iterable[Direction]) -> set[Direction]:
    """The directions wanted, and those that they require in turn."""
    found: set[Direction] = set()
    ahead = list(wanted)
    while ahead:
        direction = ahead.pop()
        if direction not in found:
            found.add(direction)
            ahead += target.requires.get(direction, ())
    return found


def _lacking(lane: Lane, target: Target, entry: Entry, cause: str | None) -> Direction | None:
    """The direction that the target asks for first, if telling it is still to come."""
    prefix, _, word = (cause or "").partition(":")
    if prefix != "requires" or word not in target.takes:
        return None
    direction = Direction(word)
    return None if _told(lane, direction, entry) else direction
