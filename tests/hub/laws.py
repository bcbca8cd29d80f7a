"""What holds once all is quiet, whatever was killed or broken before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from running import BUFFER, VTEX_IDS, RunningHub

from sandbox.director import Sale

KIT = "KIT-001"


async def exported_once(hub: RunningHub, *sales: Sale) -> None:
    """Each order is at VTEX once, with its lines, and nothing of it waits."""
    for sale in sales:
        (order,) = await hub.exported(sale)
        assert [(item["refId"], item["quantity"]) for item in order["items"]] == list(sale.lines), sale.reference
        await hub.wait_for(partial(_all_done, hub, sale), f"all of {sale.reference} is told")
        assert (await hub.story(sale)).parked == (), sale.reference


async def _all_done(hub: RunningHub, sale: Sale) -> bool:
    return {each.state for each in (await hub.story(sale)).handoffs} == {"done"}


async def delivered_once(hub: RunningHub, *sales: Sale) -> None:
    """Each order went the whole way once, in order."""
    await exported_once(hub, *sales)
    for sale in sales:
        (order,) = await hub.exported(sale)
        assert order["status"] == "invoiced", sale.reference
        assert len(order["packageAttachment"]["packages"]) == 1, sale.reference
        statuses = [line.detail["status"] for line in (await hub.story(sale)).lines if line.what == "status"]
        assert statuses == [word for word in ("placed", "paid", "invoiced", "shipped", "delivered") if word in statuses]
        assert statuses[-1] == "delivered", sale.reference
        assert (await hub.handle(sale).result())["status"] == "delivered"


async def stock_is_right(hub: RunningHub) -> None:
    """Every SKU is offered as the formula says, and the store has counted every order."""
    wrong: list[tuple[str, int, int, int]] = []

    async def right() -> bool:
        wrong[:] = [each async for each in _wrong(hub)]
        return not wrong

    try:
        await hub.wait_for(right, "the stock on offer is right")
    except AssertionError as error:
        raise AssertionError(f"(sku, offered, counted, unseen) {wrong}: {error}") from None


async def _wrong(hub: RunningHub) -> AsyncIterator[tuple[str, int, int, int]]:
    for sku in VTEX_IDS:
        if sku != KIT and await hub.items(sku):
            offered, counted, unseen = await hub.offered(sku), await hub.counted(sku), hub.unseen(sku)
            if offered != max(0, counted - unseen - BUFFER):
                yield sku, offered, counted, unseen
