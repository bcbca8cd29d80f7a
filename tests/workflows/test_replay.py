"""Committed histories replay under today's code, sandboxed and not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from probe_hub import SANDBOX, TYPES
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowRunner

from cais.temporal.converter import DATA_CONVERTER

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


def test_there_are_histories() -> None:
    assert {path.stem for path in HISTORIES} >= {"plain-v1", "parked-v1", "cancelled-v1", "continued-v1", "listing-v1"}
