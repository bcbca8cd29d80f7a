"""Platforms that fail after they have done it, throttle, or are away: nothing doubled, nothing lost, one problem."""

from __future__ import annotations

import asyncio
import time

import pytest
from laws import exported_once, stock_is_right
from running import RunningHub

from sandbox.director import Sale
from sandbox.vtex.demo import PRODUCTS

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal, pytest.mark.faults]
AURORA = 2000001


async def test_nothing_is_listed_twice_when_answers_are_lost(battered: RunningHub) -> None:
    """The fixture's import met a 500 and a timeout after the item was made, and a 429."""
    calls = await battered.calls("create_item")
    assert {call["fault"] for call in calls} >= {"status_500_after", "timeout_after", "throttle_429"}
    wanted = [sku.ref for product in PRODUCTS if product.brand == AURORA and product.active for sku in product.skus]
    for sku in wanted:
        assert len(await battered.items(sku)) == 1, sku
    assert sum(call["effect"] for call in calls) == len(wanted)
    await stock_is_right(battered)


@pytest.mark.parametrize("kind", ["status_500_after", "timeout_after", "throttle_429"])
async def test_an_export_whose_answer_is_lost_is_found(battered: RunningHub, kind: str) -> None:
    before = await battered.mark()
    await battered.fault(platform="vtex", operation="place_order", kind=kind, times=1, seconds=3)
    sale = await battered.buy(("0012-AZ-P", 1), reference=f"place {kind}")
    await battered.in_window(sale)
    await exported_once(battered, sale)
    assert await battered.effects("place_order", before) == 1


async def test_an_outage_is_one_problem_and_ends_by_itself(battered: RunningHub) -> None:
    sku = "0012-AZ-M"
    await battered.fault(platform="vtex", kind="status_500_before", operation="*")
    sales = [await battered.buy((sku, 1), reference=f"outage {number}") for number in range(3)]
    await battered.wait_for(lambda: _circuit(battered, "open"), "the circuit of the store is open")
    await _nothing_happens(battered, sales)
    problems = [group for group in await battered.cais_json("problems") if group["cause"].startswith("connection:")]
    assert [(group["cause"], group["cases"]) for group in problems] == [("connection:loja", 1)]
    await battered.heal()
    await battered.wait_for(lambda: _circuit(battered, "closed"), "a probe closes the circuit")
    await asyncio.gather(*(battered.in_window(sale) for sale in sales))
    await exported_once(battered, *sales)
    await stock_is_right(battered)


async def _nothing_happens(hub: RunningHub, sales: list[Sale]) -> None:
    """Neither calls, but for a probe, nor events in the orders' histories."""
    await asyncio.sleep(1)
    before, since = [await _events(hub, sale) for sale in sales], await hub.mark()
    began = time.monotonic()
    await asyncio.sleep(2)
    assert [await _events(hub, sale) for sale in sales] == before
    calls = await hub.control(f"calls?platform=vtex&since={since}")
    # A probe each 30 nominal seconds; what it tries may take more than one request.
    assert len(calls) <= 3 * (1 + (time.monotonic() - began) * 20 / 30), calls


async def _events(hub: RunningHub, sale: Sale) -> int:
    return (await hub.handle(sale).describe()).history_length


async def _circuit(hub: RunningHub, state: str) -> bool:
    listed = {row["name"]: row["circuit"] for row in await hub.cais_json("connection", "list")}
    return bool(listed["loja"] == state)
