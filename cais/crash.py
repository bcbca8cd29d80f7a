"""Named points at which a kill test lets this process die or stand still; elsewhere they do nothing."""

from __future__ import annotations

import os
import signal
from typing import Final

VARIABLE: Final = "CAIS_CRASH_AT"
"""`<point>`: the process dies there as if killed. `<point>:stop`: it stands still, once, until it is continued."""

KILLED: Final = 137


def crash_point(name: str) -> None:
    """Die or stand still here if the environment says so."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    if wanted == name:
        os._exit(KILLED)
    if wanted == f"{name}:stop":
        del os.environ[VARIABLE]
        os.kill(os.getpid(), signal.SIGSTOP)
