"""The one clock: real time, and nominal durations shortened by a declared speed.

Leases, settle times and deadlines are written in nominal durations (what they are in production); tests and
the demo run them `speed` times faster. Moments themselves are always real.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Clock:
    """`speed` 1 is production; 60 makes a nominal minute one real second."""

    speed: float = 1.0

    def now(self) -> datetime:
        """The real moment, aware, UTC."""
        return datetime.now(UTC)

    def real(self, nominal: timedelta) -> timedelta:
        """The real duration of a nominal one."""
        return nominal / self.speed

    def after(self, nominal: timedelta) -> datetime:
        """The real moment at which a nominal duration from now has passed."""
        return self.now() + self.real(nominal)

    def before(self, nominal: timedelta) -> datetime:
        """The real moment a nominal duration ago."""
        return self.now() - self.real(nominal)
