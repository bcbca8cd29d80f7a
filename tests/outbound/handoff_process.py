"""A process that carries out one handoff, and may be killed or stopped at a crash point of it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from multiprocessing.process import BaseProcess

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

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["handoff_process"])


async def finish(outbound: Outbound, order: HandoffOrder, tries: int = 60) -> HandoffResult:
    """Hand off as the server of Temporal would: again and again until there is a result."""
    for _ in range(tries):
        try:
            return await outbound.hand_off(order)
        except TryLater as later:
            await asyncio.sleep(min(later.after.total_seconds(), LONGEST_WAIT))
    raise AssertionError(f"no result after {tries} tries")


def start(store_url: str, speed: float, master_key: bytes, order: HandoffOrder, crash_at: str = "") -> BaseProcess:
    """A process that hands off until there is a result."""
    arguments = (store_url, speed, master_key, order.model_dump_json(), crash_at)
    process = _context.Process(target=_run, args=arguments, daemon=True)
    process.start()
    return process


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


def _run(store_url: str, speed: float, master_key: bytes, order: str, crash_at: str) -> None:
    if crash_at:
        os.environ[VARIABLE] = crash_at
    store = Store.open(store_url, clock=Clock(speed), master_key=master_key)
    asyncio.run(_hand_off(store, HandoffOrder.model_validate_json(order)))
    store.close()


async def _hand_off(store: Store, order: HandoffOrder) -> None:
    sender = Sender(store)
    await finish(Outbound(store, RuleShelf(store), sender), order)
    await sender.close()
