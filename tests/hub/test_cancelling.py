"""Cancellations from every side, by every door: cancelled at both platforms, and the units for sale again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import httpx
import pytest
from running import BUFFER, RunningHub

from sandbox.director import Sale

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


async def test_the_buyer_regrets_before_there_is_an_export(hub: RunningHub) -> None:
    sku = "0007-BR-P"
    counted = await hub.counted(sku)
    sale = await hub.buy((sku, 3), reference="regret unpaid", payment="pending", method="bolbradesco")
    await hub.wait_for(lambda: _unseen(hub, sku, 3), "the hub has reserved them")
    await hub.day.ml("buyer_cancel", order=sale.orders[0])
    await hub.reaches(sale, "cancelled")
    assert await hub.exported(sale) == []
    assert (await hub.story(sale)).handoffs == ()
    await _are_for_sale(hub, sku, counted)


async def test_the_buyer_regrets_after_the_export(hub: RunningHub) -> None:
    sku = "0007-BR-M"
    counted = await hub.counted(sku)
    sale = await hub.buy((sku, 2), reference="regret exported")
    await hub.in_window(sale)
    await hub.day.ml("buyer_cancel", order=sale.orders[0])
    await hub.reaches(sale, "cancelled")
    await _is_cancelled_everywhere(hub, sale)
    await _are_for_sale(hub, sku, counted)


async def test_the_units_are_counted_again_though_the_store_does_not_tell(hub: RunningHub) -> None:
    """VTEX tells of a changed count once, and never again."""
    sku = "0012-AZ-M"
    counted = await hub.counted(sku)
    await hub.fault(platform="vtex", kind="lose", operation="affiliate")
    try:
        sale = await hub.buy((sku, 2), reference="untold")
        await hub.in_window(sale)
        await hub.offers(sku, counted - 2 - BUFFER)
        await hub.day.ml("buyer_cancel", order=sale.orders[0])
        await _is_cancelled_everywhere(hub, sale)
        await _are_for_sale(hub, sku, counted)
    finally:
        await hub.heal()


async def test_the_seller_cancels_at_vtex(hub: RunningHub) -> None:
    sku = "0031-PT-38"
    counted = await hub.counted(sku)
    sale = await hub.buy((sku, 1), reference="seller cancels")
    order = await hub.in_window(sale)
    await hub.day.vtex("seller_cancel", order=order["orderId"], reason="Cliente pediu outro modelo")
    await hub.reaches(sale, "cancelled")
    await _is_cancelled_everywhere(hub, sale)
    detail = await hub.day.document("ml", "order", sale.orders[0])
    assert detail is not None
    assert detail["cancel_detail"]["requested_by"] == "seller"
    await _are_for_sale(hub, sku, counted)


async def _by_temporal(hub: RunningHub, sale: Sale) -> None:
    command = ("workflow", "signal", "-w", hub.id_of(sale), "--name", "cancel")
    await hub.temporal(*command, "--input", json.dumps({"reason": "fraud"}))


async def _by_cais(hub: RunningHub, sale: Sale) -> None:
    await hub.cais("order", "cancel", str(sale.purchase), "--reason", "fraud")


async def _by_http(hub: RunningHub, sale: Sale) -> None:
    url = f"http://127.0.0.1:{hub.ports.temporal.http}/api/v1/namespaces/cais/workflows/{hub.id_of(sale)}/signal/cancel"
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(url, json={"input": [{"reason": "fraud"}]})
        assert answer.status_code == 200, answer.text


async def test_a_person_cancels_by_any_door(hub: RunningHub) -> None:
    doors: dict[str, Callable[[RunningHub, Sale], Awaitable[None]]] = {
        "0031-PT-40": _by_temporal,
        "0031-PT-42": _by_cais,
        "0007-BR-G": _by_http,
    }
    counted = {sku: await hub.counted(sku) for sku in doors}

    async def cancel(sku: str, door: Callable[[RunningHub, Sale], Awaitable[None]]) -> None:
        sale = await hub.buy((sku, 1), reference=f"cancelled {door.__name__}")
        await hub.in_window(sale)
        await door(hub, sale)
        await hub.reaches(sale, "cancelled")
        await _is_cancelled_everywhere(hub, sale)
        await _are_for_sale(hub, sku, counted[sku])

    await asyncio.gather(*(cancel(sku, door) for sku, door in doors.items()))


async def test_nothing_is_left_of_what_was_cancelled_as_out_of_stock(hub: RunningHub) -> None:
    sku = "0007-PT-M"
    sale = await hub.buy((sku, 1), reference="out of stock")
    await hub.in_window(sale)
    await hub.cais("order", "cancel", hub.id_of(sale), "--reason", "out_of_stock")
    await hub.reaches(sale, "cancelled")
    await _is_cancelled_everywhere(hub, sale)
    await hub.offers(sku, 0)
    await hub.day.vtex("set_stock", sku=2008, warehouse="1_1", quantity=9)
    await hub.offers(sku, 9 - BUFFER)


async def _is_cancelled_everywhere(hub: RunningHub, sale: Sale) -> None:
    async def look() -> bool:
        (exported,) = await hub.exported(sale)
        sold = await hub.day.document("ml", "order", sale.orders[0]) or {}
        return (exported["status"], sold["status"]) == ("canceled", "cancelled")

    await hub.wait_for(look, f"{sale.reference} is cancelled at both platforms")
    story = await hub.story(sale)
    assert story.parked == ()
    assert len((await hub.order(sale))["cancellations"]) == 1, "its own echo is no second cancellation"


async def _are_for_sale(hub: RunningHub, sku: str, counted: int) -> None:
    await hub.offers(sku, counted - BUFFER)
    assert await hub.counted(sku) == counted
    assert hub.unseen(sku) == 0


async def _unseen(hub: RunningHub, sku: str, units: int) -> bool:
    return hub.unseen(sku) == units
