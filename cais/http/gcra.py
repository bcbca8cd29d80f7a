"""The arithmetic of a limit: the generic cell rate algorithm on whole microseconds. Pure.

A bucket holds one number, the theoretical arrival time (`tat`): the moment at which it is full again. Each call moves
it on by one interval, and may begin once it is no more than `burst` intervals ahead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

Share = Literal["order", "bulk"]

BULK_TENTHS: Final = 7
"""Bulk work may use seven tenths of a budget; the rest is kept for the order path."""

BURST_TENTHS: Final = 1
"""Of a limit that is stated as a window alone, a tenth may be used at once."""

JITTER: Final = timedelta(milliseconds=50)
"""Platforms count arrivals: by so much (real) two calls may come closer together than they were sent."""


@dataclass(frozen=True)
class Rate:
    """A limit: `burst` calls at once after quiet, then one each `interval`; `window` is the one it is stated for.

    `interval` and `window` are real microseconds.
    """

    interval: int
    burst: int
    window: int

    @classmethod
    def of(cls, calls: int, per: timedelta, burst: int | None, speed: float) -> Rate:
        """The rate that never exceeds what the platform allows; `per` is nominal.

        With `burst` the platform has a bucket: so many at once, refilled at `calls` per `per`. Without, it counts
        `calls` in any window of `per`: a tenth may come at once, and the steady rate is lowered by as much.
        """
        window = _us(per / speed)
        if burst is not None:
            return cls(-(-window // calls), burst, window)
        at_once = max(1, calls * BURST_TENTHS // 10)
        return cls(-(-(window + _us(JITTER)) // (calls - at_once + 1)), at_once, window)

    @property
    def for_bulk(self) -> Rate:
        """The part of it that bulk work may use while the order path needs the rest."""
        return Rate(-(-self.interval * 10 // BULK_TENTHS), max(1, self.burst * BULK_TENTHS // 10), self.window)


UNLIMITED: Final = Rate(0, 1, 0)
"""Of an operation under no limit: it is only ever blocked by the platform's word."""


@dataclass(frozen=True)
class Bucket:
    """State of one connection × limit; moments in real epoch microseconds."""

    tat: int = 0
    bulk_tat: int = 0
    order_used: int = 0
    """When the order path last asked for a ticket."""
    blocked: int = 0
    """Nothing goes before: the platform said so."""

    def ready(self, rate: Rate, share: Share, now: int, count: int = 1) -> int:
        """The earliest moment from `now` at which `count` calls may begin."""
        at = max(now, self.blocked, _room(self.tat, rate, count))
        if share == "bulk" and not self.lent(rate, now):
            at = max(at, _room(self.bulk_tat, rate.for_bulk, count))
        return at

    def spend(self, rate: Rate, share: Share, at: int, count: int = 1, hold: int = 0) -> Bucket:
        """The bucket after `count` tickets that are used between `at` and `hold` later."""
        if rate.interval == 0:
            return self
        tat = max(self.tat, at + hold) + count * rate.interval
        if share == "order":
            return replace(self, tat=tat, order_used=max(self.order_used, at))
        bulk = rate.for_bulk
        # What was lent makes no debt: bulk work goes on with an empty share, not with one to pay off.
        bulk_tat = min(max(self.bulk_tat, at) + count * bulk.interval, at + bulk.burst * bulk.interval)
        return replace(self, tat=tat, bulk_tat=bulk_tat)

    def asked_by_order(self, now: int) -> Bucket:
        """After an order's call that found no room: from now on nothing is lent."""
        return replace(self, order_used=max(self.order_used, now))

    def corrected(self, rate: Rate, now: int, remaining: int) -> Bucket:
        """The platform counts `remaining` calls left: never go on believing in more."""
        return replace(self, tat=max(self.tat, now + (rate.burst - remaining) * rate.interval))

    def until(self, moment: int) -> Bucket:
        """Nothing goes before `moment`."""
        return replace(self, blocked=max(self.blocked, moment))

    def lent(self, rate: Rate, now: int) -> bool:
        """Whether the order path has been idle for a window, so that bulk work may use all."""
        return now - self.order_used > rate.window

    def left(self, rate: Rate, now: int) -> int:
        """Calls that could go at once."""
        if rate.interval == 0:
            return rate.burst
        return max(0, min(rate.burst, rate.burst - -(-(self.tat - now) // rate.interval)))


def _us(duration: timedelta) -> int:
    return round(duration / timedelta(microseconds=1))


def _room(tat: int, rate: Rate, count: int) -> int:
    # More tickets than the bucket holds are given when it is full.
    return tat - (rate.burst - min(count, rate.burst)) * rate.interval
