"""Runs replay: committed histories under today's code, and whole lives without a cache, sandboxed and not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lives import LIVES
from probe_hub import SANDBOX, TYPES, running_hub, running_site
from probe_server import start_server
from temporalio.client import WorkflowExecutionStatus, WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowRunner

from cais.temporal.converter import DATA_CONVERTER

pytestmark = pytest.mark.temporal

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def history_of(path: Path) -> WorkflowHistory:
    """Under the id with which it was recorded: a run refuses to live under another."""
    read = WorkflowHistory.from_json(path.stem, path.read_text())
    return replace(read, workflow_id=read.events[0].workflow_execution_started_event_attributes.workflow_id)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
@pytest.mark.parametrize("runner", [SANDBOX, UnsandboxedWorkflowRunner()], ids=["sandboxed", "production"])
async def test_it_replays(path: Path, runner: WorkflowRunner) -> None:
    replayer = Replayer(workflows=TYPES, data_converter=DATA_CONVERTER, workflow_runner=runner)
    await replayer.replay_workflow(history_of(path))


async def test_lives_go_on_where_each_step_replays_the_whole_run() -> None:
    async with start_server() as address, running_site(address, UnsandboxedWorkflowRunner(), cached=0) as site:
        for live in LIVES.values():
            async with running_hub(site) as hub:
                handle = await live(hub)
                assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED


def test_there_are_histories() -> None:
    assert {path.stem for path in HISTORIES} >= {"plain-v1", "parked-v1", "cancelled-v1", "continued-v1", "listing-v1"}
