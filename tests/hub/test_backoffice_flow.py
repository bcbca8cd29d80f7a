"""The backoffice flow, whole: VTEX manages, Mercado Livre sells, and each order goes all the way once."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest
from looking import looking
from running import BUFFER, RunningHub

from cais.identity.story import Story
from sandbox.director import Sale
from sandbox.vtex.demo import PRODUCTS

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]
AURORA, SKU = 2000001, "0012-AZ-P"


async def test_the_catalogue_is_offered_with_its_prices_and_counts(hub: RunningHub) -> None:
    items = (await hub.day.documents("ml", "item")).values()
    offered = {one["value_name"]: item for item in items for one in item["attributes"] if one["id"] == "SELLER_SKU"}
    wanted = [sku for product in PRODUCTS if product.brand == AURORA and product.active for sku in product.skus]
    assert sorted(offered) == sorted(sku.ref for sku in wanted)
    for sku in wanted:
        assert Decimal(str(offered[sku.ref]["price"])) == Decimal(sku.price), sku.ref
        if not sku.parts:
            assert await hub.offered(sku.ref) == max(0, await hub.counted(sku.ref) - BUFFER), sku.ref
    created = await hub.calls("create_item")
    assert len([call for call in created if call["effect"]]) == len(wanted)


async def test_an_order_goes_the_whole_way(hub: RunningHub) -> None:
    counted = await hub.counted(SKU)
    before = await hub.mark()
    sale = await hub.buy((SKU, 2), reference="whole way", freight="19.90")
    async with looking(hub, SKU) as seen:
        exported = await hub.in_window(sale)
        assert "It waits for the invoice (NF-e), from loja." in await hub.details(sale)
        await hub.fulfil(sale)
        await hub.reaches(sale, "delivered")
        assert (await hub.handle(sale).result())["status"] == "delivered"
    assert await hub.effects("place_order", before) == await hub.effects("create_invoice", before) == 1
    assert exported["value"] == 2 * 24990 + 1990
    assert max(seen) <= counted - 2 - BUFFER, "never more than is there"
    await _is_whole_at_vtex(hub, sale)
    _is_whole_in_the_book(await hub.story(sale))
    assert await hub.counted(SKU) == counted - 2
    assert hub.unseen(SKU) == 0
    await hub.offers(SKU, counted - 2 - BUFFER)
    await _is_found_in_temporal(hub, sale)


async def _is_whole_at_vtex(hub: RunningHub, sale: Sale) -> None:
    (order,) = await hub.exported(sale)
    assert order["status"] == "invoiced"
    assert order["workflowIsInError"] is False
    (package,) = order["packageAttachment"]["packages"]
    shipment = await hub.day.shipment(sale)
    assert shipment is not None
    assert shipment["status"] == "delivered"
    invoice = await hub.day.document("ml", "invoice", shipment["id"])
    assert invoice is not None
    assert invoice["fiscal_key"] == package["invoiceKey"]
    assert invoice["_"]["sha256"] == hashlib.sha256(package["embeddedInvoice"].encode()).hexdigest(), "byte for byte"
    assert package["trackingNumber"] == shipment["tracking_number"]
    assert package["courierStatus"]["finished"] is True


def _is_whole_in_the_book(story: Story) -> None:
    assert story.order.open is False
    assert {(h.target, h.direction): (h.state, h.attempt) for h in story.handoffs} == {
        ("loja", "order"): ("done", 1),
        ("loja", "payment"): ("done", 1),
        ("loja", "shipping_info"): ("done", 1),
        ("loja", "dispatch"): ("done", 1),
        ("loja", "delivery"): ("done", 1),
        ("ml", "invoice"): ("done", 1),
    }
    reached = [line.detail["status"] for line in story.lines if line.what == "status"]
    assert reached == ["paid", "invoiced", "shipped", "delivered"]
    assert story.parked == ()


async def _is_found_in_temporal(hub: RunningHub, sale: Sale) -> None:
    query = f"CaisStatus='delivered' AND CaisOrder='{sale.purchase}' AND CaisSku='{SKU}' AND CaisTotalCents=51970"
    assert hub.id_of(sale) in await hub.temporal("workflow", "list", "--query", query)
