"""What is wrong is said in plain words, stops nothing else, and is mended by what it names."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial

import httpx
import pytest
from by_hand import list_by_hand
from running import BUFFER, RunningHub
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowFailureError
from temporalio.common import RawValue

from cais.activation import Watch
from cais.store.hooks import hook_addresses
from sandbox.director import Sale

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


async def test_the_gateway_refuses_in_plain_words(hub: RunningHub) -> None:
    address = next(each.base for each in await hook_addresses(hub.store) if each.connection == "ml")
    knock = address.rpartition("/")[0]
    bad = {
        f"http://127.0.0.1:{hub.ports.gateway}/hooks/nobody/secret/notifications": (404, "no such connection"),
        f"{knock}/wrong/notifications": (401, "the secret is wrong"),
        f"{address}/notifications": (400, "the body is not JSON"),
    }
    async with httpx.AsyncClient(trust_env=False) as http:
        for url, (status, words) in bad.items():
            answer = await http.post(url, content=b"{not json", headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.text) == (status, words)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (Payload(metadata={"encoding": b"binary/plain"}, data=b"\x00\xff"), "an order starts with a JSON object"),
        (Payload(metadata={"encoding": b"json/plain"}, data=b"{broken"), "an order starts with a JSON object"),
        (Payload(metadata={"encoding": b"json/plain"}, data=b'{"seller": "aurora"}'), "channel"),
        (
            Payload(metadata={"encoding": b"json/plain"}, data=b'{"seller":"nobody","channel":"ml","order":"7"}'),
            "the id of this order's workflow is order:nobody:ml:7",
        ),
    ],
    ids=["binary", "broken", "incomplete", "other-order"],
)
async def test_a_bad_start_ends_with_its_reason(hub: RunningHub, payload: Payload, words: str) -> None:
    name = f"order:aurora:ml:bad-{time.monotonic_ns()}"
    start = hub.client.start_workflow(
        "OrderLifecycle", RawValue(payload), id=name, task_queue="cais", execution_timeout=timedelta(seconds=20)
    )
    with pytest.raises(WorkflowFailureError) as failed:
        await (await start).result()
    assert words in str(failed.value.cause)
    assert "Traceback" not in str(failed.value.cause)


async def test_a_start_by_its_identity_alone_finds_its_document(hub: RunningHub) -> None:
    """As an ERP does it, before any notification has come."""
    await hub.fault(platform="ml", kind="lose", operation="*")
    try:
        sale = await hub.buy(("PERF-10-50", 1), reference="started by an ERP")
        identity = f'{{"seller":"aurora","channel":"ml","order":"{sale.purchase}"}}'
        begin = ("workflow", "start", "--type", "OrderLifecycle", "--task-queue", "cais", "-w", hub.id_of(sale))
        await hub.temporal(*begin, "--input", identity)
        await hub.in_window(sale)
    finally:
        await hub.heal()


async def test_an_unknown_sku_parks_its_order_until_it_is_known(hub: RunningHub) -> None:
    sales = {}
    for sku in ("HAND-1", "HAND-2"):
        item = await list_by_hand(hub, sku)
        bought = await hub.day.ml("buy", lines=[{"item": item, "quantity": 1}], reference=sku, buyer=2212631002)
        sales[sku] = Sale(sku, bought["purchase"], tuple(bought["orders"]), ((sku, 1),))
    for sku, sale in sales.items():
        await hub.wait_for(partial(_waits, hub, sale, f"setting:sku:{sku}"), f"{sku} is parked")
    shown = {group["cause"]: group for group in await hub.cais_json("problems")}
    assert shown["setting:sku:HAND-1"]["subjects"] == [hub.id_of(sales["HAND-1"])]
    assert Decimal(shown["setting:sku:HAND-1"]["held_up"]) == 25
    assert "a setting that somebody has to give" in await hub.details(sales["HAND-1"])
    found = await hub.temporal("workflow", "list", "--query", "CaisProblem='setting:sku:HAND-1' AND CaisNext='setting'")
    assert hub.id_of(sales["HAND-1"]) in found
    before = (await hub.story(sales["HAND-2"])).handoffs
    said = await hub.cais("setting", "set", "sku", "HAND-1", "2016", "--connection", "loja")
    assert "it wakes 1" in said
    exported = await hub.in_window(sales["HAND-1"])
    assert [item["id"] for item in exported["items"]] == ["2016"]
    assert (await hub.story(sales["HAND-1"])).parked == ()
    assert (await hub.story(sales["HAND-2"])).handoffs == before, "nobody else is touched"


async def test_a_broken_edit_changes_nothing_and_is_said(hub: RunningHub) -> None:
    async with _watching(hub) as said:
        with hub.edited("sellers/aurora.yaml", "buffer: 2", "bufer: 5"):
            await hub.wait_for(lambda: _said(said, "rules NOT activated"), "the mistake is said")
        assert "sellers/aurora.yaml:" in said[0]
        assert "bufer" in said[0]
        await hub.wait_for(lambda: _said(said, "nothing in them changed"), "what was put back is as it was")


async def test_a_saved_edit_takes_effect_and_wakes_what_waits_for_it(hub: RunningHub) -> None:
    mapping = "mappings/platforms/vtex/order.write.yaml"
    async with _watching(hub) as said:
        with hub.edited(mapping, "{from: run.stamp}", '{value: "{{ order.lines[7].sku }}", as: string}'):
            await hub.wait_for(lambda: _said(said, "changed: loja/order.write"), "the edit is active")
            sale = await hub.buy(("0031-PT-38", 1), reference="mapped badly")
            await hub.wait_for(lambda: _waits(hub, sale, "mapping:loja/order.write"), "the order is parked")
        exported = await hub.in_window(sale)
    assert exported["marketplaceOrderId"] == f"ml-{sale.purchase}"


async def test_a_new_buffer_is_offered_at_once(hub: RunningHub) -> None:
    sku = "0031-PT-42"
    counted = await hub.counted(sku)
    async with _watching(hub) as said:
        with hub.edited("sellers/aurora.yaml", "buffer: 2", "buffer: 5"):
            await hub.offers(sku, counted - 5)
        await hub.offers(sku, counted - BUFFER)
    assert len(said) == 2


@asynccontextmanager
async def _watching(hub: RunningHub) -> AsyncIterator[list[str]]:
    """The watcher of `cais up`; what it says."""
    said: list[str] = []
    watch = asyncio.create_task(Watch(hub.store, hub.root).follow(said.append))
    await asyncio.sleep(0.5)  # it says nothing of when it begins to watch
    yield said
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)


async def _said(said: list[str], words: str) -> bool:
    return any(words in line for line in said)


async def _waits(hub: RunningHub, sale: Sale, cause: str) -> bool:
    return await hub.status(sale) is not None and [each.cause for each in (await hub.story(sale)).parked] == [cause]
