"""Looking at what a channel offers all the while, not only when all is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from running import RunningHub

PAUSE_S = 0.1


@asynccontextmanager
async def looking(hub: RunningHub, sku: str) -> AsyncIterator[list[int]]:
    """Every number of units that Mercado Livre offered of a SKU during the block, in order, repetitions left out."""
    seen: list[int] = []
    task = asyncio.create_task(_look(hub, sku, seen))
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _look(hub: RunningHub, sku: str, seen: list[int]) -> None:
    while True:
        units = await hub.offered(sku)
        if seen[-1:] != [units]:
            seen.append(units)
        await asyncio.sleep(PAUSE_S)
