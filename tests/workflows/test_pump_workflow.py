"""Pump on the real Temporal: it goes on for ever, and says what it did and why it failed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from probe import Pumps
from probe_hub import Handle, Hub, eventually
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import CancelledError
from temporalio.worker import Worker

from cais.model.pump import PumpOrder
from cais.model.queue import PUMPS

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def pumps(hasty_hub: Hub) -> AsyncIterator[Pumps]:
    probe = Pumps()
    async with Worker(hasty_hub.client, task_queue=PUMPS, activities=[probe.pump]):
        yield probe


async def start(hub: Hub, **changes: object) -> Handle:
    order = PumpOrder.model_validate({"kind": "poll", "seller": "aurora", "connection": hub.channel, **changes})
    return await hub.start(order.model_dump(mode="json"), id=order.workflow_id, kind="Pump")


async def details(handle: Handle) -> str:
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(metadata.current_details)


async def test_round_after_round_from_run_to_run(hasty_hub: Hub, pumps: Pumps) -> None:
    handle = await start(hasty_hub)
    await eventually(lambda: pumps.rounds > 15)
    assert (await handle.describe()).run_id != handle.first_execution_run_id
    await handle.terminate()


async def test_the_details_say_what_it_did_last_and_why_it_failed(hasty_hub: Hub, pumps: Pumps) -> None:
    pumps.fails = 2
    handle = await start(hasty_hub)
    await eventually(lambda: pumps.rounds > 3)
    text = await details(handle)
    assert text.startswith("Last round ended 2026-11-24 12:00 UTC with 3 done. read page 2")
    assert text.endswith("UTC: the platform does not answer")
    await handle.cancel()
    with pytest.raises(WorkflowFailureError) as caught:
        await handle.result()
    assert isinstance(caught.value.cause, CancelledError)


async def test_a_bad_start_ends_as_failed(hasty_hub: Hub) -> None:
    handle = await hasty_hub.start({"kind": "dance", "seller": "aurora"}, id="pump:x", kind="Pump")
    with pytest.raises(WorkflowFailureError) as caught:
        await handle.result()
    assert "kind: Input should be 'poll', 'intake', 'drain' or 'wake'" in str(caught.value.cause)
