"""The activities under way that hand off acts: at most one for each lane.

The lanes say which act should be running; this starts and cancels activities until that is so. An activity lost
between two runs is started again: the handoff's row makes that safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from cais.lifecycle.lane import Entry, Lane
from cais.model.handoff import HandoffOrder, HandoffResult
from cais.model.queue import of_connection

START_TO_CLOSE: Final = timedelta(seconds=120)
"""Nominal; longer than the lease, which is longer than the call's deadline."""
SHORTEST: Final = timedelta(seconds=5)
"""However fast the clock."""
RETRY: Final = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=60))
"""For ever: what can't succeed comes back as parked, the rest is healed by time."""


@dataclass(frozen=True)
class Running:
    """An activity under way. `rev` is the revision whose record it carries; 0: none."""

    entry: Entry
    rev: int
    activity: workflow.ActivityHandle[HandoffResult]

    def is_for(self, entry: Entry | None) -> bool:
        """Whether it does what the lane's running act asks for."""
        mine, wanted = self.entry, entry
        return wanted is not None and (mine.direction, mine.n, mine.annul) == (
            wanted.direction,
            wanted.n,
            wanted.annul,
        )


@dataclass(frozen=True)
class Answered:
    """A target's answer. `rev`: the book has what arose up to it."""

    target: str
    entry: Entry
    rev: int
    result: HandoffResult


class Handoffs:
    def __init__(self) -> None:
        self._running: dict[str, Running] = {}

    @property
    def answered(self) -> bool:
        return any(running.activity.done() for running in self._running.values())

    @property
    def carried(self) -> int:
        """The newest revision that an activity under way takes to the book."""
        return max((running.rev for running in self._running.values()), default=0)

    def take(self) -> list[Answered]:
        """The answers that came, each once."""
        done = {name: running for name, running in self._running.items() if running.activity.done()}
        for name in done:
            del self._running[name]
        return [_answered(name, running) for name, running in done.items()]

    def follow(self, lanes: Iterable[Lane], order_for: Callable[[Lane, Entry], HandoffOrder], speed: float) -> None:
        """Cancel what the lanes no longer ask for, start what they do."""
        for lane in lanes:
            running = self._running.get(lane.target)
            if running is not None and not running.is_for(lane.running):
                _drop(running.activity)
                del self._running[lane.target]
            if lane.running is not None and lane.target not in self._running:
                self._running[lane.target] = _start(lane.running, order_for(lane, lane.running), speed)


def _start(entry: Entry, order: HandoffOrder, speed: float) -> Running:
    verb = "fate of " if order.annul else ""
    activity = workflow.start_activity(
        "hand_off",
        order,
        result_type=HandoffResult,
        task_queue=of_connection(order.act.target),
        start_to_close_timeout=max(START_TO_CLOSE / speed, SHORTEST),
        retry_policy=RETRY,
        summary=f"{verb}{order.act.direction} {order.act.n} → {order.act.target}"[:200],
    )
    return Running(entry, order.record.rev if order.record else 0, activity)


def _drop(activity: workflow.ActivityHandle[HandoffResult]) -> None:
    """Cancel it, whatever it still answers: the next activity asks the row."""
    activity.cancel()
    activity.add_done_callback(lambda done: done.cancelled() or done.exception())


def _answered(target: str, running: Running) -> Answered:
    try:
        return Answered(target, running.entry, running.rev, running.activity.result())
    except ActivityError as error:
        cause = error.cause
        kind = cause.type if isinstance(cause, ApplicationError) and cause.type else type(cause).__name__
        parked = HandoffResult(state="parked", cause=f"fatal:{kind}", message=getattr(cause, "message", None))
        return Answered(target, running.entry, 0, parked)
