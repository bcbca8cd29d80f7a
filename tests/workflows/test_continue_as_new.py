"""Continue-as-new: nothing that was said, begun or promised is lost from one run to the next."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from lifecycle_samples import cancelled, paid, placed, plan
from probe import DONE, later
from probe_hub import Handle, Hub, entries, eventually

from cais.model.handoff import HandoffOrder
from cais.temporal.attributes import KEYS

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="session")]


async def run_of(handle: Handle) -> str | None:
    return (await handle.describe()).run_id


async def next_run(hub: Hub, handle: Handle) -> None:
    """Say things until the server has suggested continue-as-new and the run has followed."""
    before = await run_of(handle)
    for number in range(200):
        await handle.signal("pay", {"id": f"fill-{number}", "payment": "x", "amount": "1.00", "status": "pending"})
        if await run_of(handle) != before:
            return
    raise AssertionError("it never continued as new")


async def test_a_flood_of_signals_loses_none(hasty_hub: Hub) -> None:
    hub = hasty_hub
    handle = await hub.observe(placed("300.00"))

    async def send(sender: int) -> None:
        for number in range(30):
            word = {"id": f"{sender}-{number}", "payment": f"{sender}-{number}", "amount": "1.00"}
            await handle.signal("pay", word)

    await asyncio.gather(*map(send, range(10)))
    state = await hub.until(handle, lambda state: len(state.get("payments", {})) == 300)
    assert state["status"] == "paid"
    first, last = handle.first_execution_run_id, await run_of(handle)
    assert first != last
    await eventually(lambda: len(hub.targets.sent) == 2)
    assert Counter(direction for _, direction, _ in hub.targets.sent) == {"order": 1, "payment": 1}


async def test_a_handoff_that_runs_is_not_waited_for_and_not_doubled(hasty_hub: Hub) -> None:
    hub = hasty_hub
    gate = hub.targets.hold("order")
    handle = await hub.observe(placed(), paid())
    await eventually(lambda: hub.targets.calls["order"] == 1)
    await next_run(hub, handle)
    await eventually(lambda: hub.targets.calls["order"] >= 2)
    gate.set()
    await hub.until(handle, lambda state: entries(state, hub.backoffice).get("payment 1") == "done")
    assert [direction for _, direction, _ in hub.targets.sent] == ["order", "payment"]


async def test_a_handoff_in_back_off_goes_on(hasty_hub: Hub) -> None:
    hub = hasty_hub
    broken = True

    def order(_: HandoffOrder) -> object:
        if broken:
            raise later(60)
        return DONE

    hub.targets.on("order", order)
    handle = await hub.observe(placed(), paid())
    await eventually(lambda: hub.targets.calls["order"] == 1)
    broken = False
    await next_run(hub, handle)
    await hub.until(handle, lambda state: entries(state, hub.backoffice).get("payment 1") == "done")


async def test_an_update_is_the_same_on_both_sides(hasty_hub: Hub) -> None:
    hub = hasty_hub
    handle = await hub.observe(placed())
    await hub.until(handle, lambda state: state["status"] == "placed")
    word = {"lines": [{"line": "1", "quantity": 1}]}
    assert await handle.execute_update("cancel_now", word, id="u1") == {"answer": "accepted"}
    await next_run(hub, handle)
    assert await handle.execute_update("cancel_now", word, id="u1") == {"answer": "repeated"}
    state = await handle.query("state")
    assert len(state["cancellations"]) == 1


async def test_a_deadline_is_kept(hasty_hub: Hub) -> None:
    hub = hasty_hub
    hub.book.plan = plan(hub.channel, hub.backoffice, deadline_notice=0)
    handle = await hub.observe(placed(ship_by=datetime.now(UTC) + timedelta(seconds=3)))
    await next_run(hub, handle)
    await hub.until(handle, lambda state: state["problems"] == ["deadline:ship_by:passed"])


async def test_what_it_shows_goes_on(hasty_hub: Hub) -> None:
    hub = hasty_hub
    handle = await hub.observe(placed())
    await hub.until(handle, lambda state: state["status"] == "placed")
    before = (await handle.describe()).typed_search_attributes
    await next_run(hub, handle)
    after = (await handle.describe()).typed_search_attributes
    assert all(before.get(key) == after.get(key) for key in KEYS.values())
    events = (await handle.fetch_history()).events
    assert not any(event.HasField("upsert_workflow_search_attributes_event_attributes") for event in events)


async def test_what_was_told_before_the_document_is_kept(hasty_hub: Hub) -> None:
    hub = hasty_hub
    hub.book.has_document = False
    start = hub.start_of()
    handle = await hub.start(start.model_dump(mode="json"), id=start.workflow_id)
    await handle.signal("request_cancel", {"id": "r"})
    await next_run(hub, handle)
    hub.book.has_document = True
    await hub.observe(placed(), paid())
    state = await hub.until(handle, lambda state: state["status"] == "paid")
    assert len(state["payments"]) == 2


async def test_a_cancellation_after_it_meets_the_old_run_s_handoff(hasty_hub: Hub) -> None:
    """The activity of the run before is still sending; the new run asks the row, and cancels what went out."""
    hub = hasty_hub
    gate = hub.targets.hold("order")
    handle = await hub.observe(placed(), paid())
    await eventually(lambda: hub.targets.calls["order"] == 1)
    await next_run(hub, handle)
    await hub.observe(cancelled())
    await eventually(lambda: hub.targets.calls["annul order"] >= 1)
    gate.set()
    result = await handle.result()
    assert result["status"] == "cancelled"
    assert [direction for _, direction, _ in hub.targets.sent] == ["order", "cancel_by_buyer"]
