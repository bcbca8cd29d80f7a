"""The one timer of a run: it rings at an absolute moment, and is set anew only when that moment changes."""

from __future__ import annotations

import asyncio
import math
from datetime import datetime, timedelta

from temporalio import workflow


class Alarm:
    def __init__(self) -> None:
        self._at: datetime | None = None
        self._timer: asyncio.Task[None] | None = None

    @property
    def rings(self) -> bool:
        """It has rung and was not set anew."""
        return self._timer is not None and self._timer.done()

    def set(self, at: datetime | None) -> None:
        """Ring at `at`, to the second above; None: not at all."""
        if at == self._at and not self.rings:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._at = at
        self._timer = None if at is None else asyncio.create_task(_wait(at))


async def _wait(at: datetime) -> None:
    # Whole seconds: a timer that fires a millisecond early would ring twice.
    seconds = math.ceil((at - workflow.now()).total_seconds())
    await workflow.sleep(timedelta(seconds=max(seconds, 1)))
