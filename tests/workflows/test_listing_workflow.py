"""ListingLifecycle on the real Temporal."""

from __future__ import annotations

import pytest
from probe import DONE, parked
from probe_hub import Hub, eventually, select
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from workflows.handoffs import START_TO_CLOSE

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="session")]


def sent(hub: Hub) -> list[str]:
    return [n for _, _, n in hub.targets.sent]


async def test_a_life(hub: Hub) -> None:
    handle = await select(hub)
    await eventually(lambda: sent(hub) == ["A", "B"])
    state = await hub.until(handle, lambda state: state["status"] == "active" and state["next"] == "nothing")
    await handle.signal("unselect", {"id": "s2", "rev": 2})
    await hub.until(handle, lambda state: state["status"] == "paused")
    await select(hub, 3)
    await hub.until(handle, lambda state: state["status"] == "active")
    await handle.signal("close", {})
    state = await handle.result()
    assert state["status"] == "closed"
    assert sent(hub) == ["A", "B", ":pause", ":resume", ":close"]
    newest = hub.book.newest((await handle.describe()).id)
    assert newest is not None
    assert (newest.status, newest.open) == ("closed", False)
    shown = (await handle.describe()).typed_search_attributes
    assert {pair.key.name: pair.value for pair in shown if pair.key.name.startswith("Cais")} == {
        "CaisSeller": "aurora",
        "CaisChannel": hub.channel,
        "CaisStatus": "closed",
        "CaisNext": "nothing",
        "CaisPlan": "d1",
        "CaisSku": ["A", "B"],
    }


async def test_after_its_end_it_begins_anew(hub: Hub) -> None:
    handle = await select(hub)
    await eventually(lambda: sent(hub) == ["A", "B"])
    await handle.execute_update("close_now", {})
    await handle.result()
    again = await select(hub, 2)
    await hub.until(again, lambda state: state["status"] == "active" and state["next"] == "nothing")
    assert sent(hub) == ["A", "B", ":close", "A~2", "B~2"]


async def test_a_refused_variant_parks_and_the_others_go_on(hub: Hub) -> None:
    hub.targets.on("listing", lambda order: parked("reject:EAN") if order.act.n == "A" else DONE)
    handle = await select(hub)
    state = await hub.until(handle, lambda state: state["problems"] == ["reject:EAN"] and state["status"] == "active")
    assert state["next"] == "retry"
    hub.targets.scripts.clear()
    assert await handle.execute_update("retry_now", {"n": "A"}) == {"answer": "accepted"}
    await hub.until(handle, lambda state: not state["problems"])


async def test_a_new_listing_takes_over_the_speed_of_the_hub(hub: Hub) -> None:
    hub.book.speed = 20.0
    handle = await select(hub)
    await eventually(lambda: sent(hub) == ["A", "B"])
    history = await handle.fetch_history()
    handed = [event.activity_task_scheduled_event_attributes for event in history.events]
    timeouts = {act.start_to_close_timeout.seconds for act in handed if act.activity_type.name == "hand_off"}
    assert timeouts == {START_TO_CLOSE.total_seconds() / 20}


async def test_bad_words_are_refused(hub: Hub) -> None:
    handle = await select(hub)
    await handle.signal("select", {"variants": 1})
    await handle.signal("dance")
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await handle.execute_update("resume_now", {})
    assert str(caught.value.cause) == "Refused: it is not paused by a person"
    subject = (await handle.describe()).id
    await eventually(lambda: sum(len(record.notes) for record in hub.book.records[subject]) >= 2)


async def test_a_bad_start_ends_as_failed(hub: Hub) -> None:
    handle = await hub.start({"seller": "aurora"}, id="listing:x", kind="ListingLifecycle")
    with pytest.raises(WorkflowFailureError) as caught:
        await handle.result()
    assert isinstance(caught.value.cause, ApplicationError)
    assert caught.value.cause.message.startswith("a listing starts with a JSON object: channel: is missing")


async def test_it_continues_as_new_with_all_that_was_said(hasty_hub: Hub) -> None:
    hub = hasty_hub
    handle = await select(hub)
    for rev in range(2, 60):
        await handle.signal("select", {"id": f"s{rev}", "rev": rev, "plan": "d1", "variants": ["A", "B", f"v{rev}"]})
    await hub.until(handle, lambda state: state.get("selection") == 59 and state["next"] == "nothing")
    assert sent(hub)[:1] == ["A"]
    assert len(sent(hub)) == len(set(sent(hub)))
    assert (await handle.describe()).run_id != handle.first_execution_run_id
