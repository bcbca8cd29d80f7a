"""Whatever is killed, stopped or deleted, each order comes to its end, is exported once, and the stock is right."""

from __future__ import annotations

import asyncio
import random

import pytest
from laws import delivered_once, stock_is_right
from running import HUB_SPEED, RunningHub

from workflows.handoffs import SHORTEST, START_TO_CLOSE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal, pytest.mark.faults]
ROUNDS = 3
START_TO_CLOSE_S = max(START_TO_CLOSE.total_seconds() / HUB_SPEED, SHORTEST.total_seconds())


async def test_a_worker_that_dies_again_and_again(battered: RunningHub) -> None:
    chance = random.Random(20261124)
    before = await battered.mark()
    lines = (("0007-BR-P", 1), ("0007-BR-M", 2), ("0007-BR-G", 1))
    sales = [await battered.buy(line, reference=f"killed {line[0]}", freight="9.90") for line in lines]
    ways = [asyncio.create_task(battered.fulfil(sale, seconds=90)) for sale in sales]
    for _ in range(ROUNDS):
        await asyncio.sleep(chance.uniform(0.1, 1.0))
        await battered.restart("worker")
        await asyncio.sleep(chance.uniform(1.5, 4.0))
    await asyncio.gather(*ways)
    for sale in sales:
        await battered.reaches(sale, "delivered", seconds=40)
    await delivered_once(battered, *sales)
    assert await battered.effects("place_order", before) == len(sales)
    assert await battered.effects("create_invoice", before) == len(sales)
    await stock_is_right(battered)


async def test_a_worker_that_stood_still_sends_nothing_late(battered: RunningHub) -> None:
    """It stops after it has committed to send, for longer than its lease and its activity may last."""
    before = await battered.mark()
    await battered.restart("worker", CAIS_CRASH_AT="handoff.sending_committed:stop")
    sale = await battered.buy(("0012-VM-P", 1), reference="stood still")
    await battered.stands_still("worker")
    await asyncio.sleep(START_TO_CLOSE_S + 1)
    assert await battered.calls("place_order", since=before) == []
    battered.cont("worker")
    await battered.fulfil(sale, seconds=40)
    await battered.reaches(sale, "delivered")
    await delivered_once(battered, sale)
    placed = await battered.calls("place_order", since=before)
    assert [call["effect"] for call in placed] == [True]
    await stock_is_right(battered)


async def test_temporal_is_killed_and_comes_back(battered: RunningHub) -> None:
    sale = await battered.buy(("0012-VM-M", 1), reference="Temporal killed")
    await battered.in_window(sale)
    battered.kill("temporal")
    late = await battered.buy(("0007-PT-M", 1), reference="bought while Temporal is away")
    await asyncio.sleep(1)
    await battered.restart("temporal")
    await asyncio.gather(*(battered.fulfil(each, seconds=40) for each in (sale, late)))
    for each in (sale, late):
        await battered.reaches(each, "delivered", seconds=40)
    await delivered_once(battered, sale, late)
    await stock_is_right(battered)


@pytest.mark.parametrize("by", ["cais recover", "a start of the worker"])
async def test_a_lost_temporal_database_is_recovered(battered: RunningHub, by: str) -> None:
    sku = {"cais recover": "0031-PT-38", "a start of the worker": "0031-PT-40"}[by]
    exported = await battered.buy((sku, 1), reference=f"{by}: exported")
    unpaid = await battered.buy((sku, 1), reference=f"{by}: unpaid", payment="pending", method="bolbradesco")
    await battered.in_window(exported)
    await battered.reaches(unpaid, "placed")
    await battered.delete_temporal_database()
    if by == "cais recover":
        assert sum((await battered.cais_json("recover")).values()) > 0
    else:
        await battered.restart("worker")
    await battered.wait_for(lambda: _all_run(battered), "all that lives runs")
    await battered.day.ml("pay", order=unpaid.orders[0])
    await asyncio.gather(*(battered.fulfil(each, seconds=40) for each in (exported, unpaid)))
    for each in (exported, unpaid):
        await battered.reaches(each, "delivered", seconds=40)
    await delivered_once(battered, exported, unpaid)
    await stock_is_right(battered)


async def test_the_platforms_are_killed_and_come_back(battered: RunningHub) -> None:
    sale = await battered.buy(("PERF-10-50", 2), reference="sandbox killed")
    await battered.restart("sandbox")
    await battered.fulfil(sale, seconds=40)
    await battered.reaches(sale, "delivered")
    await delivered_once(battered, sale)
    await stock_is_right(battered)


async def _all_run(hub: RunningHub) -> bool:
    """By Temporal's own count, which lags a little: listings and pumps; orders are looked at one by one."""
    running = "ExecutionStatus='Running' AND WorkflowType"
    counts = [await hub.temporal("workflow", "count", "--query", f"{running}='{kind}'") for kind in _LIVING]
    return all(f"Total: {count}" in counted for count, counted in zip(_LIVING.values(), counts, strict=True))


_LIVING = {"ListingLifecycle": 6, "Pump": 6}
"""The demo seller's listings; its pumps: poll and intake of two connections, a drain, a wake."""
