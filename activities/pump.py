"""The pump: round after round for up to an hour, with heartbeats that say what was done last or why it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio import activity

from cais.errors import CaisError, TryLater
from cais.hub import Hub
from cais.inbound.poll import Poll
from cais.inbound.sweep import Sweep
from cais.inbound.waker import HubWaker
from cais.model.pump import PumpKind, PumpOrder, PumpReport
from cais.outbound.wake import wake_round

HOUR: Final = timedelta(hours=1)
"""Nominal length of one activity; then the workflow starts the next."""

IDLE: Final[Mapping[PumpKind, timedelta]] = {
    "intake": timedelta(milliseconds=250),
    "drain": timedelta(milliseconds=250),
    "wake": timedelta(milliseconds=500),
    "poll": timedelta(seconds=1),
}
"""Real pause after a round that found nothing to do."""

BEAT: Final = timedelta(seconds=1)
"""Real time between heartbeats, also while a long round is under way."""

LONGEST_PAUSE: Final = timedelta(seconds=30)
"""After failing rounds (nominal)."""


@dataclass(frozen=True)
class Worked:
    """What a round did: how many things, and in plain words. `trouble`: some of it could not be done."""

    count: int
    words: str
    trouble: bool = False


Rounds = Callable[[PumpOrder], Awaitable[Worked]]


class PumpActivity:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._poll = Poll(hub.store, hub.shelf, hub.sender)
        self._sweep = Sweep(hub.store, hub.shelf, hub.sender)
        self._waker = HubWaker(hub.store, hub.starter)
        self._rounds: Mapping[PumpKind, Rounds] = {
            "poll": self._polled,
            "intake": self._taken_in,
            "drain": self._drained,
            "wake": self._woken,
        }

    @activity.defn
    async def pump(self, order: PumpOrder) -> PumpReport:
        """Pump until the hour is over, the worker ends, or it is cancelled; the last round is brought to its end."""
        pumping = _Pumping(self._rounds[order.kind], order, self._hub.store.clock.speed)
        return await pumping.run()

    async def _taken_in(self, order: PumpOrder) -> Worked:
        done = await self._hub.intake.round(order.seller, order.connection or "")
        ends = ", ".join(f"{count} {end}" for end, count in sorted(done.ends.items()))
        return Worked(done.taken, f"took in {ends or 'nothing'}")

    async def _polled(self, order: PumpOrder) -> Worked:
        name = order.connection or ""
        polled, swept = await self._poll.round(order.seller, name), await self._sweep.round(order.seller, name)
        failed = "".join(f"; {reason}" for reason in polled.failed)
        words = f"read {polled.rows} rows by polls, {swept.rows} by a sweep{failed}"
        return Worked(polled.rows + swept.rows, words, trouble=bool(failed))

    async def _drained(self, order: PumpOrder) -> Worked:
        count = await self._hub.drain.round(order.seller, order.connection or "")
        return Worked(count, f"sent {count} values")

    async def _woken(self, order: PumpOrder) -> Worked:
        count = await wake_round(self._hub.store, self._waker, order.seller)
        return Worked(count, f"woke {count} lanes")


class _Pumping:
    """One activity's loop."""

    def __init__(self, rounds: Rounds, order: PumpOrder, speed: float) -> None:
        self._round, self._order, self._speed = rounds, order, speed
        self._now = asyncio.get_running_loop().time
        self._done, self._failures, self._last, self._calm = 0, 0, "has just begun", False

    async def run(self) -> PumpReport:
        beating = asyncio.create_task(self._beat())
        try:
            ends = self._now() + HOUR.total_seconds() / self._speed
            while self._now() < ends and not activity.is_worker_shutdown():
                await self._rest(await self._one())
        finally:
            beating.cancel()
        return self._report()

    async def _one(self) -> timedelta:
        """One round; how long to rest after it. A round that fails is tried again, ever more slowly."""
        try:
            worked = await self._round(self._order)
        except TryLater as later:
            self._last, self._calm = f"waits: {later}", False
            return min(later.after, LONGEST_PAUSE / self._speed)
        except Exception as error:
            self._failures += 1
            self._last, self._calm = f"fails: {_words(error)}", False
            return min(timedelta(seconds=2 ** min(self._failures, 5)), LONGEST_PAUSE) / self._speed
        self._failures = 0
        self._done += worked.count
        # What it did last stays to be seen while there is nothing to do; a trouble that is over does not.
        if worked.count or worked.trouble or not self._calm:
            self._last, self._calm = worked.words, not worked.trouble
        return timedelta() if worked.count else IDLE[self._order.kind]

    async def _rest(self, pause: timedelta) -> None:
        """Sleep, but no longer than the worker lives."""
        with suppress(TimeoutError):
            await asyncio.wait_for(activity.wait_for_worker_shutdown(), pause.total_seconds())

    async def _beat(self) -> None:
        while True:
            activity.heartbeat(self._report())
            await asyncio.sleep(BEAT.total_seconds())

    def _report(self) -> PumpReport:
        return PumpReport(at=datetime.now(UTC), done=self._done, last=self._last)


def _words(error: Exception) -> str:
    """What may be shown of an error: the hub's own say it, others only their name."""
    return str(error) if isinstance(error, CaisError) else type(error).__name__
