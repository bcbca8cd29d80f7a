"""Rate limits, metered per account on the real clock (a test may choose the virtual one, or none)."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Protocol

from sandbox.clock import Clock


@dataclass(frozen=True)
class Verdict:
    """What a limit says to a call: whether it may pass, and the numbers that the vendor's headers report."""

    name: str
    passed: bool
    limit: int
    remaining: int
    reset_s: int
    retry_after_s: int


class Meter(Protocol):
    """The count of one limit for one account."""

    def take(self, now: float) -> Verdict:
        """Take one call at `now` (seconds); a call that does not pass takes nothing."""


@dataclass(frozen=True)
class Window:
    """At most `amount` calls in any `seconds` (sliding: stricter than a vendor's fixed minute).

    `operations` is a glob over operation names, such as `pricing_*`.
    """

    name: str
    operations: str
    amount: int
    seconds: float = 60.0

    def meter(self) -> Meter:
        """A fresh count."""
        return _WindowMeter(self)


@dataclass(frozen=True)
class Credits:
    """`rate` calls a second, and a store of `burst` further ones that refills at that rate."""

    name: str
    operations: str
    rate: float
    burst: int

    def meter(self) -> Meter:
        """A fresh, full store."""
        return _CreditsMeter(self, level=self.burst + self.rate)


Limit = Window | Credits


@dataclass
class _WindowMeter:
    limit: Window
    times: deque[float] = field(default_factory=deque)

    def take(self, now: float) -> Verdict:
        while self.times and self.times[0] <= now - self.limit.seconds:
            self.times.popleft()
        passed = len(self.times) < self.limit.amount
        if passed:
            self.times.append(now)
        free_at = self.times[0] + self.limit.seconds if self.times else now + self.limit.seconds
        reset = max(1, math.ceil(free_at - now))
        left = self.limit.amount - len(self.times)
        return Verdict(self.limit.name, passed, self.limit.amount, left, reset, 0 if passed else reset)


@dataclass
class _CreditsMeter:
    limit: Credits
    level: float
    at: float = -math.inf

    def take(self, now: float) -> Verdict:
        full = self.limit.burst + self.limit.rate
        self.level = min(full, self.level + max(0.0, now - self.at) * self.limit.rate)
        self.at = now
        passed = self.level >= 1
        if passed:
            self.level -= 1
        wait = math.ceil((1 - self.level) / self.limit.rate) if not passed else 0
        reset = math.ceil((full - self.level) / self.limit.rate)
        left = int(min(self.level, self.limit.burst))
        return Verdict(self.limit.name, passed, int(full), left, reset, wait)


class Limits:
    """The meters of all platforms. They are not durable: a restarted platform starts with full budgets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._registered: dict[str, tuple[Limit, ...]] = {}
        self._limits: dict[str, list[Limit]] = {}
        self._meters: dict[tuple[str, str, str], Meter] = {}
        self.mode = "real"

    def register(self, platform: str, limits: tuple[Limit, ...]) -> None:
        """Name the limits of a platform."""
        self._registered[platform] = limits
        self._limits[platform] = list(limits)

    def restore(self) -> None:
        """Take back every change of amount and mode; counts begin anew."""
        self._limits = {platform: list(limits) for platform, limits in self._registered.items()}
        self.choose("real")

    def choose(self, mode: str) -> None:
        """`real`, `virtual` or `off`; raises ValueError for another word. Counts begin anew."""
        if mode not in ("real", "virtual", "off"):
            raise ValueError(f"the limits run on 'real' or 'virtual' time or are 'off', not {mode!r}")
        self.mode = mode
        self._meters.clear()

    def change(self, platform: str, name: str, amount: int) -> None:
        """Set another amount (a window's), or burst (of credits); raises LookupError for an unknown limit."""
        at = [limit.name for limit in self._limits.get(platform, [])].index(name)
        old = self._limits[platform][at]
        new = replace(old, amount=amount) if isinstance(old, Window) else replace(old, burst=amount)
        self._limits[platform][at] = new
        self._meters.clear()

    def take(self, platform: str, operation: str, account: str) -> Verdict | None:
        """Count a call; the verdict of the limit that stops it, else of the tightest, else None."""
        if self.mode == "off":
            return None
        now = time.monotonic() if self.mode == "real" else self._clock.now().timestamp()
        verdicts = [
            self._meter(platform, account, limit).take(now)
            for limit in self._limits.get(platform, [])
            if fnmatchcase(operation, limit.operations)
        ]
        return min(verdicts, key=lambda one: (one.passed, one.remaining), default=None)

    def _meter(self, platform: str, account: str, limit: Limit) -> Meter:
        key = (platform, account, limit.name)
        if key not in self._meters:
            self._meters[key] = limit.meter()
        return self._meters[key]
