"""Virtual time: the start plus the real time passed times the speed, going on over a restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sandbox.state import State


class Clock:
    """The sandbox's clock. It also runs on while the process is down (a platform does not stop because we do),
    and never goes back: a wall clock set back stands still until it has caught up."""

    def __init__(self, state: State, speed: float | None = None, start: datetime | None = None) -> None:
        """`speed` virtual seconds pass per real second; None keeps the stored speed. `start` serves a new state."""
        self._state = state
        self._changed: list[Callable[[], None]] = []
        self._last = datetime.min.replace(tzinfo=UTC)
        stored = state.get("_sandbox", "clock", "anchor")
        if stored is None:
            self._anchor(start or datetime.now(UTC), speed or 1.0)
        else:
            self._restore(stored)
            if speed is not None and speed != self.speed:
                self.set_speed(speed)

    @property
    def speed(self) -> float:
        """Virtual seconds per real second."""
        return self._speed

    def now(self) -> datetime:
        """The virtual time, aware, UTC."""
        passed = max(0.0, time.time() - self._real)
        self._last = max(self._last, self._virtual + timedelta(seconds=passed * self._speed))
        return self._last

    def real_seconds(self, virtual_seconds: float) -> float:
        """How long a virtual duration lasts on the wall."""
        return virtual_seconds / self._speed

    def set_speed(self, speed: float) -> None:
        """Go on from now at another speed; raises ValueError unless it is above zero."""
        if not speed > 0:
            raise ValueError("the speed of the clock is above zero")
        self._anchor(self.now(), speed)

    def advance(self, seconds: float) -> None:
        """Jump forward by virtual seconds; raises ValueError for a negative number."""
        if seconds < 0:
            raise ValueError("the clock never goes back")
        self._anchor(self.now() + timedelta(seconds=seconds), self._speed)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback` whenever the clock is moved or gets another speed."""
        self._changed.append(callback)

    def _anchor(self, virtual: datetime, speed: float) -> None:
        self._virtual, self._real, self._speed, self._last = virtual, time.time(), speed, virtual
        anchor = {"virtual": virtual.isoformat(), "real": repr(self._real), "speed": repr(speed)}
        with self._state.transaction():
            self._state.put("_sandbox", "clock", "anchor", anchor)
        for callback in self._changed:
            callback()

    def _restore(self, stored: dict[str, str]) -> None:
        self._virtual = datetime.fromisoformat(stored["virtual"])
        self._real, self._speed = float(stored["real"]), float(stored["speed"])
        self._last = self._virtual
