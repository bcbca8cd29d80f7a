"""The way into Temporal: signal-with-start of orders and listings, starts of what should run, retries of what woke."""

from __future__ import annotations

from typing import Any, Final, Protocol

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from cais.errors import NotFound
from cais.model.base import Value
from cais.model.claim import OrderStart, listing_workflow
from cais.model.command import Retry
from cais.model.observation import Observed
from cais.model.pump import PumpOrder
from cais.model.queue import WORKFLOWS
from cais.model.selection import ListingObserved, ListingStart, Selected, Unselected

ORDER: Final = "OrderLifecycle"
LISTING: Final = "ListingLifecycle"
PUMP: Final = "Pump"


class Starter(Protocol):
    """What intake needs of Temporal. Each call returns when the server has the message for good."""

    async def observe(self, start: OrderStart, observed: Observed) -> None:
        """Tell an order; it is started if it does not run."""

    async def select(self, start: ListingStart, word: Selected | Unselected) -> None:
        """Tell a listing whether it is wanted; it is started if it does not run."""

    async def observe_listing(self, start: ListingStart, observed: ListingObserved) -> None:
        """Tell a listing how its channel shows it; it is started if it does not run."""


class TemporalStarter:
    """A `Starter` on a Temporal client of the hub's namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def observe(self, start: OrderStart, observed: Observed) -> None:
        await self._tell(ORDER, start.workflow_id, start, "observe", observed)

    async def select(self, start: ListingStart, word: Selected | Unselected) -> None:
        name = "select" if isinstance(word, Selected) else "unselect"
        await self._tell(LISTING, _listing_id(start), start, name, word)

    async def observe_listing(self, start: ListingStart, observed: ListingObserved) -> None:
        await self._tell(LISTING, _listing_id(start), start, "observe_listing", observed)

    async def retry(self, workflow_id: str, lane: str) -> None:
        """Have a running workflow try its parked handoffs to `lane` again. Raises `NotFound` if it does not run."""
        try:
            await self._client.get_workflow_handle(workflow_id).signal("retry", _plain(Retry(target=lane)))
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NotFound(f"{workflow_id} does not run") from None
            raise

    async def run_order(self, start: OrderStart) -> bool:
        """Start an order that should run; False if it does."""
        return await self._run(ORDER, start.workflow_id, start)

    async def run_listing(self, start: ListingStart) -> bool:
        """Start a listing that should run; False if it does."""
        return await self._run(LISTING, _listing_id(start), start)

    async def run_pump(self, order: PumpOrder) -> bool:
        """Start a pump; False if it runs."""
        return await self._run(PUMP, order.workflow_id, order)

    async def _tell(self, kind: str, workflow_id: str, start: Value, signal: str, word: Value) -> None:
        await self._client.start_workflow(
            kind,
            _plain(start),
            id=workflow_id,
            task_queue=WORKFLOWS,
            start_signal=signal,
            start_signal_args=[_plain(word)],
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )

    async def _run(self, kind: str, workflow_id: str, start: Value) -> bool:
        try:
            await self._client.start_workflow(
                kind,
                _plain(start),
                id=workflow_id,
                task_queue=WORKFLOWS,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            )
        except WorkflowAlreadyStartedError:
            return False
        return True


def _listing_id(start: ListingStart) -> str:
    return listing_workflow(start.seller, start.channel, start.listing)


def _plain(value: Value) -> dict[str, Any]:
    """As any client in any language would send it."""
    return value.model_dump(mode="json", exclude_none=True)
