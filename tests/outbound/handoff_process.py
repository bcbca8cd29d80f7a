"""Processes that do the hub's work, and may be killed or stopped at a crash point of it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Coroutine
from multiprocessing.process import BaseProcess
from typing import Any

from cais.clock import Clock
from cais.crash import VARIABLE
from cais.errors import TryLater
from cais.http.client import Sender
from cais.model.handoff import HandoffOrder, HandoffResult
from cais.outbound.handoff import Outbound
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf

LONGEST_WAIT = 0.4
"""Seconds. A test does not wait as long as a platform may ask for."""

Work = Callable[..., Coroutine[Any, Any, None]]

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["cais.outbound.handoff"])


async def finish(outbound: Outbound, order: HandoffOrder, tries: int = 60) -> HandoffResult:
    """Hand off as the server of Temporal would: again and again until there is a result."""
    for _ in range(tries):
        try:
            return await outbound.hand_off(order)
        except TryLater as later:
            await asyncio.sleep(min(later.after.total_seconds(), LONGEST_WAIT))
    raise AssertionError(f"no result after {tries} tries")


def start(work: Work, store_url: str, speed: float, master_key: bytes, *args: str, crash_at: str = "") -> BaseProcess:
    """A process that does `work(store, *args)`; `work` is at the top of a module."""
    process = _context.Process(target=_run, args=(work, store_url, speed, master_key, args, crash_at), daemon=True)
    process.start()
    return process


async def hand_off(store: Store, order: str) -> None:
    """Work: carry out one handoff (its JSON) until there is a result."""
    sender = Sender(store)
    await finish(Outbound(store, RuleShelf(store), sender), HandoffOrder.model_validate_json(order))
    await sender.close()


def stopped(process: BaseProcess, seconds: float = 10) -> bool:
    """Whether the process stands still at its crash point, or comes to it within `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with open(f"/proc/{process.pid}/stat") as stat:
            if stat.read().rpartition(") ")[2].startswith("T"):
                return True
        time.sleep(0.01)
    return False


def go_on(process: BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGCONT)


def _run(work: Work, store_url: str, speed: float, master_key: bytes, args: tuple[str, ...], crash_at: str) -> None:
    if crash_at:
        os.environ[VARIABLE] = crash_at
    store = Store.open(store_url, clock=Clock(speed), master_key=master_key)
    asyncio.run(work(store, *args))
    store.close()
