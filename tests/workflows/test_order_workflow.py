"""OrderLifecycle on the real Temporal: starts, messages, handoffs, ends."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lifecycle_samples import cancelled, delivered, dispatched, invoiced, paid, placed, plan
from probe import DONE, later, parked
from probe_hub import Hub, entries, eventually
from temporalio.api.common.v1 import Payload
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from cais.model.handoff import HandoffOrder
from cais.model.observation import Returned
from cais.model.queue import WORKFLOWS

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="session")]

NOT_JSON = RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b'{"cpf": "123'))
BYTES = RawValue(Payload(metadata={"encoding": b"binary/plain"}, data=b"\x00"))


# Starts.


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"seller": "aurora", "channel": "ml"}, "an order starts with a JSON object: order: is missing"),
        ({"seller": "aurora", "channel": "ml", "order": "1", "cpf": "123"}, "cpf: is not a field of it"),
        ({"carry": {"cpf": "123"}}, "carry: is not a field of it"),
        ("123", "an order starts with a JSON object: Input should be an object"),
        (NOT_JSON, "an order starts with a JSON object: Invalid JSON: EOF while parsing a string at line 1 column 12"),
        (BYTES, "an order starts with a JSON object: Invalid JSON"),
        ({"seller": "aurora", "channel": "ml", "order": "2"}, "the id of this order's workflow is order:aurora:ml:2"),
    ],
)
async def test_a_bad_start_ends_as_failed_with_the_reason(hub: Hub, payload: Any, reason: str) -> None:
    handle = await hub.start(payload, id=hub.start_of().workflow_id)
    with pytest.raises(WorkflowFailureError) as caught:
        await handle.result()
    assert isinstance(caught.value.cause, ApplicationError)
    assert reason in caught.value.cause.message
    history = await handle.fetch_history()
    failed = history.events[-1].workflow_execution_failed_event_attributes
    assert failed.failure.stack_trace == ""
    assert "123" not in str(failed)


@pytest.mark.parametrize("inputs", [[], [{"seller": "aurora"}, {"order": "1"}]], ids=["none", "two"])
async def test_a_start_with_other_than_one_input_ends_as_failed(hub: Hub, inputs: list[Any]) -> None:
    subject = hub.start_of().workflow_id
    handle = await hub.client.start_workflow("OrderLifecycle", args=inputs, id=subject, task_queue=WORKFLOWS)
    with pytest.raises(WorkflowFailureError):
        await handle.result()


async def test_another_order_of_the_same_id_ends_as_failed(hub: Hub) -> None:
    hub.book.conflict = ("total", "lines")
    handle = await hub.observe(placed())
    with pytest.raises(WorkflowFailureError) as caught:
        await handle.result()
    assert str(caught.value.cause) == "Conflict: another order has this id: it differs in total, lines"


async def test_started_with_its_identity_alone_it_waits_for_its_document(hub: Hub) -> None:
    hub.book.has_document = False
    start = hub.start_of()
    handle = await hub.start(start.model_dump(mode="json"), id=start.workflow_id)
    await handle.signal("invoice", {"number": "77"})
    assert (await hub.until(handle, lambda state: bool(hub.book.claims)))["next"] == "document"
    queued = await handle.execute_update("pay_now", {"amount": "1.00", "status": "pending"})
    assert queued == {"answer": "queued"}
    hub.book.has_document = True
    await hub.observe(placed())
    state = await hub.until(handle, lambda state: state["status"] == "invoiced")
    assert state["payments"]["1"]["said"]["status"] == "pending"


async def test_started_again_when_it_is_over_it_answers_with_the_first_run(hub: Hub) -> None:
    hub.book.speed = 600.0
    handle = await hub.observe(placed(), cancelled())
    await handle.result()
    start = hub.start_of()
    again = await hub.start(start.model_dump(mode="json"), id=start.workflow_id)
    assert await again.result() == {
        "status": "cancelled",
        "run": handle.first_execution_run_id or hub.book.claims[0].run,
    }


# Messages.


async def test_bad_signals_are_refused_and_noted_and_the_order_goes_on(hub: Hub) -> None:
    handle = await hub.observe(placed())
    await handle.signal("pay", NOT_JSON)
    await handle.signal("pay", BYTES)
    await handle.signal("pay")
    await handle.signal("pay", args=[{"amount": "1.00"}, {"amount": "2.00"}])
    await handle.signal("dance", {"cpf": "123"})
    await handle.signal("observe", {"cpf": "123"})
    await hub.observe(paid())
    await hub.until(handle, lambda state: state["status"] == "paid")
    await eventually(lambda: len(hub.targets.sent) == 2)
    records = hub.book.records[hub.start_of().workflow_id]
    notes = [note for record in records for note in record.notes]
    assert [note.detail["name"] for note in notes] == ["pay", "pay", "pay", "pay", "dance", "observe"]
    assert "123" not in str([note.detail for note in notes])


async def test_updates_answer(hub: Hub) -> None:
    handle = await hub.observe(placed())
    await hub.until(handle, lambda state: state["status"] == "placed")
    before = (await handle.describe()).history_length
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await handle.execute_update("invoice_now", {"number": "77", "source": hub.channel})
    assert isinstance(caught.value.cause, ApplicationError)
    assert caught.value.cause.message.startswith("invoice of this order is given by")
    assert caught.value.cause.failure is not None
    assert caught.value.cause.failure.stack_trace == ""
    assert (await handle.describe()).history_length == before
    pay = {"amount": "100.00"}
    assert await handle.execute_update("pay_now", pay, id="u1") == {"answer": "accepted"}
    assert await handle.execute_update("pay_now", {"amount": "1.00", "id": "u1"}, id="u2") == {"answer": "repeated"}
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update("pay_now", args=[pay, pay])
    await hub.until(handle, lambda state: state["status"] == "paid")


async def test_names_and_summaries_of_all_commands_are_shown(hub: Hub) -> None:
    handle = await hub.observe(placed())
    await hub.until(handle, lambda state: state["status"] == "placed")
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    signals = {each.name: each.description for each in metadata.definition.signal_definitions}
    assert signals["decide_cancel"] == "The answer to a request to cancel."
    assert {"observe", "adopt_plan", "void_invoice"} <= set(signals)
    assert "cancel_now" in {each.name for each in metadata.definition.update_definitions}
    assert metadata.current_details.startswith("**Order 1001 of")


# Handoffs.


async def test_what_time_heals_is_tried_again_and_what_it_does_not_parks(hub: Hub) -> None:
    tries = iter([later(), later()])

    def order(_: HandoffOrder) -> Any:
        if error := next(tries, None):
            raise error
        return parked("setting:carrier:correios")

    hub.targets.on("order", order)
    handle = await hub.observe(placed(), paid())
    state = await hub.until(handle, lambda state: state["problems"] == ["setting:carrier:correios"])
    assert (state["next"], hub.targets.calls["order"]) == ("setting", 3)
    hub.targets.scripts.clear()
    await handle.signal("retry", {"target": hub.backoffice})
    await hub.until(handle, lambda state: not state["problems"])
    await eventually(lambda: len(hub.targets.sent) == 2)


async def test_an_activity_that_breaks_parks_its_lane(hub: Hub) -> None:
    def broken(_: HandoffOrder) -> Any:
        raise ApplicationError("it is not set up", type="Misconfigured", non_retryable=True)

    hub.targets.on("order", broken)
    handle = await hub.observe(placed(), paid())
    state = await hub.until(handle, lambda state: bool(state["problems"]))
    assert state["problems"] == ["fatal:Misconfigured"]


async def test_lanes_do_not_wait_for_each_other(hub: Hub) -> None:
    gate = hub.targets.hold("order")
    handle = await hub.observe(placed(), paid())
    await hub.observe(invoiced(), by=hub.backoffice)
    await hub.until(handle, lambda state: entries(state, hub.channel) == {"invoice 1": "done"})
    gate.set()
    await hub.until(handle, lambda state: entries(state, hub.backoffice)["payment 1"] == "done")


async def test_a_cancellation_overtakes(hub: Hub) -> None:
    hub.targets.on("payment", lambda _: parked("reject:PAY"))
    handle = await hub.observe(placed(), paid())
    await hub.until(handle, lambda state: bool(state["problems"]))
    await hub.observe(cancelled())
    await handle.result()
    sent = [direction for _, direction, _ in hub.targets.sent]
    assert sent == ["order", "cancel_by_buyer"]
    assert hub.targets.calls["annul payment"] == 1


async def test_a_cancellation_while_the_export_is_unknown_asks_the_row(hub: Hub) -> None:
    """The first attempt took effect and was not heard of; the activity is in back-off when the cancellation comes."""

    def unheard(order: HandoffOrder) -> Any:
        act = order.act
        hub.targets.rows[act.subject, act.target, act.direction, act.n] = DONE
        hub.targets.sent.append((act.target, act.direction, act.n))
        raise later(60)

    hub.targets.on("order", unheard)
    handle = await hub.observe(placed(), paid())
    await eventually(lambda: hub.targets.calls["order"] == 1)
    await hub.observe(cancelled())
    await handle.result()
    assert [direction for _, direction, _ in hub.targets.sent] == ["order", "cancel_by_buyer"]
    assert hub.targets.calls["annul order"] == 1


async def test_an_export_that_never_was_needs_no_cancellation(hub: Hub) -> None:
    def nowhere(_: HandoffOrder) -> Any:
        raise later(60)

    hub.targets.on("order", nowhere)
    handle = await hub.observe(placed(), paid())
    await eventually(lambda: hub.targets.calls["order"] == 1)
    await hub.observe(cancelled())
    result = await handle.result()
    assert (result["status"], hub.targets.sent) == ("cancelled", [])


async def test_in_observe_mode_the_handoffs_say_so(hub: Hub) -> None:
    hub.book.plan = plan(hub.channel, hub.backoffice, mode="observe")
    modes: list[str] = []
    hub.targets.on("order", lambda order: modes.append(order.mode) or DONE)
    await hub.observe(placed(), paid())
    await eventually(lambda: modes == ["observe"])


async def test_another_plan_is_adopted(hub: Hub) -> None:
    hub.targets.on("order", lambda _: parked("fatal:GONE"))
    handle = await hub.observe(placed(), paid())
    await hub.until(handle, lambda state: bool(state["problems"]))
    other = "novo-" + hub.backoffice.rpartition("-")[2]
    hub.book.plan = plan(hub.channel, other, digest="d2")
    async with hub.connection_worker(other):
        hub.targets.scripts.clear()
        assert await handle.execute_update("adopt_plan_now", {}) == {"answer": "accepted"}
        state = await hub.until(handle, lambda state: entries(state, other).get("payment 1") == "done")
        assert entries(state, hub.backoffice) == {"order 1": "annulled"}


async def test_an_order_outlives_a_plan_that_is_refused(hub: Hub) -> None:
    hub.book.refuses = "the rules know no such channel"
    handle = await hub.observe(placed())
    await handle.signal("adopt_plan", {})
    await hub.observe(paid())
    await hub.until(handle, lambda state: state["status"] == "paid")
    async with asyncio.timeout(10):
        while "the rules know no such channel" not in reasons(hub):
            await asyncio.sleep(0.05)


def reasons(hub: Hub) -> list[str]:
    """Why something was refused, as the book was told."""
    notes = [note for record in hub.book.records[hub.start_of().workflow_id] for note in record.notes]
    return [note.detail.get("reason", "").partition(": ")[2] for note in notes]


# The book, the clock, the end.


async def test_the_book_has_each_change(hub: Hub) -> None:
    handle = await hub.observe(placed())
    subject = hub.start_of().workflow_id
    await eventually(lambda: len(hub.book.records[subject]) == 1)
    await handle.signal("pay", {"amount": "100.00", "id": "p"})
    await eventually(lambda: len(hub.targets.sent) == 2)
    newest = hub.book.newest(subject)
    assert newest is not None
    assert (newest.status, newest.next, newest.open) == ("paid", "invoice", True)
    assert [(fact.direction, fact.source) for fact in newest.told] == [("payment", "hub")]
    assert [record.rev for record in hub.book.records[subject]] == [2, 4]


async def test_search_attributes_show_the_state(hub: Hub) -> None:
    ship_by = datetime(2099, 11, 26, 12, tzinfo=UTC)
    hub.book.plan = plan(hub.channel, hub.backoffice, tags=("loja-fisica",))
    hub.targets.on("order", lambda _: parked("mapping:order.write"))
    handle = await hub.observe(placed(ship_by=ship_by), paid())
    await hub.until(handle, lambda state: bool(state["problems"]))
    shown = (await handle.describe()).typed_search_attributes
    assert {pair.key.name: pair.value for pair in shown if pair.key.name.startswith("Cais")} == {
        "CaisSeller": "aurora",
        "CaisChannel": hub.channel,
        "CaisOrder": "1001",
        "CaisStatus": "paid",
        "CaisNext": "mapping",
        "CaisPlan": "d1",
        "CaisTag1": "loja-fisica",
        "CaisBackoffice": [hub.backoffice],
        "CaisSku": ["A", "B"],
        "CaisProblem": ["mapping:order.write"],
        "CaisPlacedAt": datetime(2026, 11, 24, 12, tzinfo=UTC),
        "CaisShipBy": ship_by,
        "CaisTotalCents": 10000,
    }


async def test_a_deadline_marks_the_order_when_it_passes(hub: Hub) -> None:
    hub.book.plan = plan(hub.channel, hub.backoffice, deadline_notice=0)
    handle = await hub.observe(placed(ship_by=datetime.now(UTC) + timedelta(seconds=1)))
    await hub.until(handle, lambda state: state["problems"] == ["deadline:ship_by:passed"])


async def test_it_lingers_after_a_message_that_led_to_no_handoff(hub: Hub) -> None:
    hub.book.speed = 30.0  # lingers two seconds
    handle = await hub.observe(placed(), cancelled())
    await hub.until(handle, lambda state: state["status"] == "cancelled")
    await asyncio.sleep(0.5)
    await hub.observe(cancelled(), minutes=1)
    assert len(hub.book.claims) == 1
    assert (await handle.result())["closed"]
    assert len(hub.book.claims) == 1
    newest = hub.book.newest(hub.start_of().workflow_id)
    assert newest is not None
    assert not newest.open


async def test_a_late_event_resumes_from_the_snapshot(hub: Hub) -> None:
    hub.book.speed = 600.0
    handle = await hub.observe(placed(), paid())
    await hub.observe(invoiced(), by=hub.backoffice)
    await hub.observe(dispatched(), by=hub.backoffice)
    await eventually(lambda: len(hub.targets.sent) == 4)
    await hub.observe(delivered(), by=hub.backoffice)
    first = await handle.result()
    again = await hub.observe(Returned(stage="received"), minutes=90 * 24 * 60)
    second = await again.result()
    assert second["status"] == "returned"
    assert second["rev"] > first["rev"]
    assert second["milestones"]["delivered"] == first["milestones"]["delivered"]
    assert [claim.news for claim in hub.book.claims] == [True, True]
    assert len(hub.targets.sent) == 5
    newest = hub.book.newest(hub.start_of().workflow_id)
    assert newest is not None
    assert (newest.status, newest.open) == ("returned", False)
