"""Notifications that are lost, doubled, late and out of order: nothing is lost, nothing doubled, nothing goes back."""

from __future__ import annotations

import pytest
from running import WINDOW_S, RunningHub

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]

_FORWARD = ["placed", "paid", "invoiced", "shipped", "delivered"]


async def test_a_lost_notification_is_found_by_the_poll(hub: RunningHub) -> None:
    await hub.fault(platform="ml", kind="lose", operation="*")
    try:
        sale = await hub.buy(("0012-VM-P", 1), reference="lost")
        exported = await hub.in_window(sale)
    finally:
        await hub.heal()
    assert exported["marketplaceOrderId"] == f"ml-{sale.purchase}"
    told = await hub.control("notifications?platform=ml")
    assert {one["state"] for one in told if str(sale.purchase) in str(one["body"])} == {"lost"}


async def test_what_the_store_told_in_vain_is_found_by_the_sweep(hub: RunningHub) -> None:
    await hub.fault(platform="vtex", kind="lose", operation="*")
    with hub.edited("mappings/platforms/vtex/platform.yaml", "sweep: 6h", "sweep: 30s"):
        await hub.activate()
        try:
            sale = await hub.buy(("0012-AZ-M", 1), reference="told in vain")
            order = await hub.in_window(sale)
            await hub.advance(WINDOW_S)
            await hub.day.vtex("invoice", order=order["orderId"])
            await hub.reaches(sale, "invoiced")
        finally:
            await hub.heal()
    await hub.activate()


async def test_doubled_late_and_reordered_notifications_change_nothing_twice(hub: RunningHub) -> None:
    before = await hub.mark()
    for kind in ("duplicate", "delay", "reorder"):
        await hub.fault(platform="*", kind=kind, operation="*", probability=0.6, seconds=40, seed=3)
    try:
        sale = await hub.buy(("0012-VM-M", 1), reference="doubled", freight="10.00")
        await hub.fulfil(sale)
        await hub.reaches(sale, "delivered")
    finally:
        await hub.heal()
    story = await hub.story(sale)
    reached = [line.detail["status"] for line in story.lines if line.what == "status"]
    assert reached == sorted(reached, key=_FORWARD.index), "nothing goes backward"
    assert len(reached) == len(set(reached))
    assert {each.attempt for each in story.handoffs} == {1}
    for operation in ("place_order", "authorise_order", "create_invoice"):
        assert await hub.effects(operation, before) == 1, operation
    assert len(await hub.exported(sale)) == 1
