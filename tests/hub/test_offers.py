"""What changes at the store reaches the channel, and an order lowers what is offered before anybody counts it."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from looking import looking
from running import BUFFER, VTEX_IDS, RunningHub

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


async def test_a_changed_price_is_asked_at_once(hub: RunningHub) -> None:
    sku = "PERF-10-100"
    await hub.day.vtex("set_price", sku=VTEX_IDS[sku], base="219.50")

    async def asked() -> bool:
        return Decimal(str((await hub.item(sku))["price"])) == Decimal("219.50")

    await hub.wait_for(asked, "the new price is asked")


async def test_a_new_count_is_offered_less_the_buffer(hub: RunningHub) -> None:
    sku = "PERF-10-100"
    await hub.day.vtex("set_stock", sku=VTEX_IDS[sku], warehouse="1_1", quantity=31)
    await hub.offers(sku, 31 - BUFFER)
    await hub.day.vtex("set_stock", sku=VTEX_IDS[sku], warehouse="1_1", quantity=1)
    await hub.offers(sku, 0)


async def test_an_order_that_nobody_counts_yet_is_subtracted(hub: RunningHub) -> None:
    """The boleto is not paid, so the store has not heard of the order; its count still lowers what is offered."""
    sku = "BAT-01-NUDE"
    sale = await hub.buy((sku, 5), reference="uncounted", payment="pending", method="bolbradesco")
    await hub.wait_for(lambda: _unseen(hub, sku, 5), "the hub has reserved them")
    await hub.day.vtex("set_stock", sku=VTEX_IDS[sku], warehouse="1_1", quantity=40)
    await hub.offers(sku, 40 - 5 - BUFFER)
    async with looking(hub, sku) as seen:
        await hub.day.ml("pay", order=sale.orders[0])
        await hub.in_window(sale)
        await hub.wait_for(lambda: _unseen(hub, sku, 0), "the store has counted the order")
        await hub.offers(sku, 40 - 5 - BUFFER)
    assert max(seen) <= 40 - 5 - BUFFER, "never more than is there"
    assert await hub.counted(sku) == 40 - 5


async def test_the_last_units_are_sold_once(hub: RunningHub) -> None:
    """Buyers take all that is offered while the store hears of it one by one."""
    sku = "BAT-01-RUBI"
    await hub.day.vtex("set_stock", sku=VTEX_IDS[sku], warehouse="1_1", quantity=4 + BUFFER)
    await hub.offers(sku, 4)
    sales = await asyncio.gather(*(hub.buy((sku, 1), reference=f"last {number}") for number in range(4)))
    for sale in sales:
        await hub.in_window(sale)
    await hub.offers(sku, 0)
    assert await hub.counted(sku) == BUFFER, "the buffer was never sold"
    assert (await hub.item(sku))["status"] == "paused"


async def _unseen(hub: RunningHub, sku: str, units: int) -> bool:
    return hub.unseen(sku) == units
