"""A hub of probes on the real Temporal: sandboxed workflow worker, an activity worker for each of two connections."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from lifecycle_samples import observe, plan
from probe import Book, Targets
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from cais.model.claim import OrderStart
from cais.model.observation import Observation
from cais.model.queue import of_connection
from cais.temporal.connect import connect
from workflows.listing import ListingLifecycle
from workflows.order import OrderLifecycle
from workflows.pump import Pump

WORKFLOWS = (OrderLifecycle, ListingLifecycle, Pump)
# Values are data; what decides is imported anew inside the sandbox, where a look at the real clock is caught.
SANDBOX = SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules("cais.model"))
Handle = WorkflowHandle[Any, Any]
State = dict[str, Any]


class Hub:
    """One seller's hub; connections and queues have names of their own, so that tests do not meet."""

    def __init__(self, client: Client, mark: str | None = None) -> None:
        mark = mark or uuid.uuid4().hex[:8]
        self.client = client
        self.channel, self.backoffice, self.queue = f"ml-{mark}", f"loja-{mark}", f"cais-{mark}"
        self.book = Book(plan(self.channel, self.backoffice))
        self.targets = Targets(self.book)
        self._readings = 0

    def start_of(self, order: str = "1001") -> OrderStart:
        return OrderStart(seller="aurora", channel=self.channel, order=order)

    async def start(self, payload: object, *, id: str, kind: str = "OrderLifecycle", **options: Any) -> Handle:
        """A start as any client sends it."""
        return await self.client.start_workflow(kind, payload, id=id, task_queue=self.queue, **options)

    async def observe(
        self, *said: Observation, by: str | None = None, minutes: int = 0, id: str | None = None, order: str = "1001"
    ) -> Handle:
        """Signal-with-start, as intake does; by the channel unless said otherwise."""
        self._readings += 1
        message = observe(by or self.channel, *said, id=id or f"e{self._readings}", minutes=minutes)
        start = self.start_of(order)
        word = json.loads(message.body or "")
        payload = start.model_dump(mode="json", exclude_none=True)
        await self.start(payload, id=start.workflow_id, start_signal="observe", start_signal_args=[word])
        return self.client.get_workflow_handle(start.workflow_id)

    async def until(self, handle: Handle, holds: Callable[[State], bool]) -> State:
        """The state of a run as soon as `holds` says so of it."""
        state: State = {}
        for _ in range(200):
            state = await handle.query("state")
            if holds(state):
                return state
            await asyncio.sleep(0.03)
        raise AssertionError(f"it never came to that: {state}")

    def workflow_worker(self, **options: Any) -> Worker:
        local = [self.book.claim, self.book.claim_listing, self.book.record]
        runner = {"workflow_runner": SANDBOX, **options}
        return Worker(self.client, task_queue=self.queue, workflows=WORKFLOWS, activities=local, **runner)

    def connection_worker(self, connection: str) -> Worker:
        return Worker(self.client, task_queue=of_connection(connection), activities=[self.targets.hand_off])


async def eventually(holds: Callable[[], bool]) -> None:
    """Without asking the workflow: a query makes it answer with a task of its own."""
    for _ in range(300):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to that")


@asynccontextmanager
async def running_hub(address: str, **options: Any) -> AsyncIterator[Hub]:
    """A hub with its workers."""
    hub = Hub(await connect(address))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(hub.workflow_worker(**options))
        for connection in (hub.channel, hub.backoffice):
            await stack.enter_async_context(hub.connection_worker(connection))
        yield hub


def entries(state: State, target: str) -> dict[str, str]:
    """State of each act of a lane, by direction and n."""
    lane = state.get("lanes", {}).get(target, {"entries": []})
    return {f"{e['direction']} {_n(e)}": e.get("state", "queued") for e in lane["entries"]}


def _n(entry: State) -> str:
    return str(entry["item"]) if entry.get("version", 1) == 1 else f"{entry['item']}~{entry['version']}"
