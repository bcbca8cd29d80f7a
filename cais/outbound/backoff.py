"""Back-off: how long until an act is tried again. The server of Temporal waits, nobody counts attempts."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from cais.clock import Clock

RETRY_CAP: Final = timedelta(seconds=60)
UNKNOWN_CAP: Final = timedelta(minutes=5)

_FIRST: Final = timedelta(seconds=1)
_DOUBLINGS: Final = 20


def backoff(clock: Clock, attempt: int, cap: timedelta, floor: timedelta = timedelta()) -> timedelta:
    """A real duration: nominally 1 s doubled with each attempt, between `floor` and `cap`, less up to a half by chance.

    The chance keeps a thousand acts that failed together from coming back together.
    """
    whole = min(cap, _FIRST * 2 ** min(attempt, _DOUBLINGS))
    return clock.real(max(floor, whole * random.uniform(0.5, 1)))
