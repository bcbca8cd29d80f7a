"""Dedup: how a request whose answer was lost is cleared up, by the strategy that the operation declares.

| strategy | before the first request | fate unknown | not found after `tries` look-ups |
|---|---|---|---|
| `native_key` | nothing | look up, if there is a `find` | the same request again: the platform refuses a second |
| `find_before_create` | look up | look up | the same request again |
| `compare_and_set` | look up: what it is compared with | look up | a new request against what was read |
| `at_most_once_then_reconcile` | nothing | look up, if there is a `find` | in doubt: a person says what is there |
| none: not a creating act | nothing | nothing | the same request again: twice is once |

Each look-up waits `settle` since the last request can have taken effect, or since the look-up before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from cais.clock import Clock
from cais.model.vocabulary import DedupStrategy
from cais.outbound.row import IN_DOUBT, HandoffState, Row
from cais.rules.operation import Dedup

DOUBT: Final = "doubt"
"""The cause, and the kind of setting, of an act that may or may not have taken effect and is never sent again."""


class Step(Enum):
    """What has to be done next with a row that is free."""

    LOOK = auto()
    RENDER = auto()
    """Send a request rendered now."""
    REPEAT = auto()
    """Send the pinned request again."""
    DOUBT = auto()
    """Never send again; a person says what is there."""


@dataclass(frozen=True)
class Next:
    """The step, and from when on it may be taken (None: at once)."""

    step: Step
    at: datetime | None = None


def next_step(row: Row, dedup: Dedup | None, clock: Clock, *, looked: bool) -> Next:
    """What to do with a row that nobody holds. `looked`: this activity has looked it up already, in vain."""
    doubtful = row.state in IN_DOUBT
    if dedup is not None and dedup.find is not None and _look_is_due(row, dedup, doubtful, looked):
        return Next(Step.LOOK, _settled(row, dedup, clock) if doubtful else None)
    return Next(_after_looking(row, dedup, doubtful))


def is_doubt(row: Row) -> bool:
    """Parked because nobody knows whether it took effect."""
    return row.state is HandoffState.PARKED and (row.cause or "").partition(":")[0] == DOUBT


def _look_is_due(row: Row, dedup: Dedup, doubtful: bool, looked: bool) -> bool:
    if doubtful and row.looks < dedup.tries:
        return True
    if looked:
        return False
    if dedup.strategy is DedupStrategy.COMPARE_AND_SET:
        return True
    return not doubtful and (dedup.strategy is DedupStrategy.FIND_BEFORE_CREATE or is_doubt(row))


def _after_looking(row: Row, dedup: Dedup | None, doubtful: bool) -> Step:
    strategy = None if dedup is None else dedup.strategy
    if strategy is DedupStrategy.AT_MOST_ONCE_THEN_RECONCILE and (doubtful or is_doubt(row)):
        return Step.DOUBT
    if not doubtful or strategy is DedupStrategy.COMPARE_AND_SET:
        return Step.RENDER
    return Step.REPEAT


def _settled(row: Row, dedup: Dedup, clock: Clock) -> datetime | None:
    since = row.in_doubt_since
    return None if since is None else since + clock.real(dedup.settle)
