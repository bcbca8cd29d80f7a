"""Pump: one run that keeps a long heartbeating activity going for ever, so that it can be seen that it lives.

The activity pumps for up to an hour and says what it did. When it fails it is tried again by the server; when that
does not help, the details say why, and the next round begins.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pydantic import ValidationError
from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError

from cais.lifecycle.message import faults
from cais.model.pump import PumpOrder, PumpReport
from cais.model.queue import PUMPS
from workflows import book
from workflows.inbox import NOTHING, json_of

ROUND: Final = timedelta(minutes=65)
"""Real: how long an activity may take that means to take an hour."""
HEARTBEAT: Final = timedelta(seconds=30)
"""Nominal: an activity that is silent for so long is dead, and is started elsewhere."""
SHORTEST: Final = timedelta(seconds=3)
TRIES: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=60), maximum_attempts=8
)
"""About two minutes; then the run shows what went wrong and goes on."""


@workflow.defn(name="Pump")
class Pump:
    @workflow.init
    def __init__(self, order: RawValue = NOTHING) -> None:
        self._order, self._refusal = _read(order)
        self._failed = ""

    @workflow.run
    async def run(self, order: RawValue = NOTHING) -> None:
        """Round after round; ends only by being cancelled or terminated."""
        if self._order is None:
            raise book.refused(self._refusal)
        self._show("It has just begun.")
        while not workflow.info().is_continue_as_new_suggested():
            self._show(await self._round(self._order))
        workflow.continue_as_new(self._order.model_dump(mode="json"))

    async def _round(self, order: PumpOrder) -> str:
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
            self._failed = f"{workflow.now():%Y-%m-%d %H:%M} UTC: {getattr(error.cause, 'message', error)}"
            return "**It fails**, and goes on trying."
        return f"Last round ended {report.at:%Y-%m-%d %H:%M} UTC with {report.done} done. {report.last}"

    def _show(self, line: str) -> None:
        failed = f"\n\nIt failed last at {self._failed}" if self._failed else ""
        workflow.set_current_details(f"{line}{failed}")


def _read(order: RawValue) -> tuple[PumpOrder | None, str]:
    try:
        return PumpOrder.model_validate_json(json_of([order]) or ""), ""
    except ValidationError as error:
        return None, f"a pump starts with a JSON object: {faults(error)}"
