"""Pump: one run that keeps a long heartbeating activity going for ever, so that it can be seen that it lives.

The activity pumps for up to an hour and says what it did. When it fails it is tried again by the server; when that
does not help, the details say why, and the next round begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from pydantic import ValidationError
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

from cais.lifecycle.message import faults
from cais.model.base import Value
from cais.model.pump import PumpOrder, PumpReport
from cais.model.queue import PUMPS
from workflows import book
from workflows.inbox import json_of, one_raw_value

ROUND: Final = timedelta(minutes=65)
"""Real: how long an activity may take that means to take an hour."""
HEARTBEAT: Final = timedelta(seconds=30)
"""Nominal: an activity that is silent for so long is dead, and is started elsewhere."""
SHORTEST: Final = timedelta(seconds=3)
TRIES: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=60), maximum_attempts=8
)
"""About two minutes; then the run shows what went wrong and goes on."""


class Carry(Value):
    """What a run hands on to the next: its order, and what the details said."""

    order: PumpOrder
    last: str = "It has just begun."
    failed: str = ""


class CarriedOn(Value):
    """The start payload at continue-as-new."""

    carry: Carry


@workflow.defn(name="Pump")
class Pump:
    @workflow.init
    @one_raw_value
    def __init__(self, *order: object) -> None:
        self._carry, self._refusal = _read(order)

    @workflow.run
    @one_raw_value
    async def run(self, *order: object) -> None:
        """Round after round; ends only by being cancelled or terminated."""
        if self._carry is None:
            raise book.refused(self._refusal)
        while not workflow.info().is_continue_as_new_suggested():
            workflow.set_current_details(_details(self._carry))
            self._carry = await _round(self._carry)
        workflow.continue_as_new(CarriedOn(carry=self._carry).model_dump(mode="json"))


async def _round(carry: Carry) -> Carry:
    order = carry.order
    try:
        report: PumpReport = await workflow.execute_activity(
            "pump",
            order,
            result_type=PumpReport,
            task_queue=PUMPS,
            start_to_close_timeout=ROUND,
            heartbeat_timeout=max(HEARTBEAT / order.speed, SHORTEST),
            retry_policy=TRIES,
            summary=order.workflow_id,
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        why = f"{workflow.now():%Y-%m-%d %H:%M} UTC: {getattr(error.cause, 'message', error)}"
        return carry.model_copy(update={"last": "**It fails**, and goes on trying.", "failed": why})
    last = f"Last round ended {report.at:%Y-%m-%d %H:%M} UTC with {report.done} done. {report.last}"
    return carry.model_copy(update={"last": last})


def _details(carry: Carry) -> str:
    return f"{carry.last}\n\nIt failed last at {carry.failed}" if carry.failed else carry.last


def _read(order: Sequence[object]) -> tuple[Carry | None, str]:
    """What the run begins with, or why it can't. A carry is taken only from the run before."""
    text = json_of(order) or ""
    if workflow.info().continued_run_id is not None:
        return CarriedOn.model_validate_json(text).carry, ""
    try:
        return Carry(order=PumpOrder.model_validate_json(text)), ""
    except ValidationError as error:
        return None, f"a pump starts with a JSON object: {faults(error)}"
