"""One activity worker per connection, started, replaced and drained as the store lists connections and circuits.

While a circuit is open nobody polls that connection's queue: an outage costs nothing and writes nothing on orders.
When a probe is due the queue is polled with one slot, so that one handoff tries for all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, exists, or_, select

from cais.store.engine import Store
from cais.store.tables import connection as table
from cais.store.tables import order_book

SLOTS: Final = 20
"""Handoffs of one connection at a time in one process."""

PAUSE_S: Final = 0.5
"""Between two looks at the store (real seconds)."""

log = logging.getLogger(__name__)


class RunningWorker(Protocol):
    """What is needed of a Temporal worker."""

    async def run(self) -> None: ...

    async def shutdown(self) -> None: ...


Hire = Callable[[str, int], RunningWorker]
"""Makes the worker of a connection's queue with so many slots."""


class Bulkheads:
    """Keeps exactly the workers that the store asks for."""

    def __init__(self, store: Store, hire: Hire, on_change: Callable[[], Awaitable[Any]]) -> None:
        self._store, self._hire, self._on_change = store, hire, on_change
        self._running: dict[str, tuple[int, RunningWorker, asyncio.Task[None]]] = {}

    async def keep(self) -> None:
        """Follow the store until cancelled; then drain all."""
        try:
            while True:
                await self._follow(await self._store.read(slots, self._store.clock.now()))
                await asyncio.sleep(PAUSE_S)
        finally:
            await self._follow({})

    async def _follow(self, asked: dict[str, int]) -> None:
        leaving = [name for name, (count, _, task) in self._running.items() if asked.get(name) != count or task.done()]
        await asyncio.gather(*(self._dismiss(name) for name in leaving))
        arriving = [name for name in asked if name not in self._running]
        for name in arriving:
            worker = self._hire(name, asked[name])
            self._running[name] = (asked[name], worker, asyncio.create_task(worker.run()))
        if arriving:
            await self._on_change()

    async def _dismiss(self, name: str) -> None:
        _, worker, task = self._running.pop(name)
        if not task.done():
            await worker.shutdown()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(result, Exception):
            log.warning("the worker of %s ended: %s", name, type(result).__name__)


def slots(conn: Connection, now: datetime) -> dict[str, int]:
    """Connection → slots: all while the circuit is closed, one when a probe is due, not named otherwise.

    One that is no longer listed is served while its seller has open orders: they have acts to end there.
    """
    unended = exists().where(order_book.c.seller == table.c.seller, order_book.c.open.is_(True))
    served = select(table.c.name, table.c.circuit, table.c.probe_at).where(or_(table.c.listed == 1, unended))
    rows = conn.execute(served)
    asked = {
        row.name: SLOTS if row.circuit == "closed" else int(row.probe_at is None or row.probe_at <= now) for row in rows
    }
    return {name: count for name, count in asked.items() if count}
