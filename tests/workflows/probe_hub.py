"""A hub of probes on the real Temporal: sandboxed workflow worker, an activity worker for each of two connections."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from lifecycle_samples import observe, plan
from probe import Book, Books, Targets
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from cais.model.claim import OrderStart
from cais.model.observation import Observation
from cais.model.queue import WORKFLOWS, of_connection
from cais.model.selection import ListingStart, Selected
from cais.temporal.connect import connect
from workflows.listing import ListingLifecycle
from workflows.order import OrderLifecycle
from workflows.pump import Pump

TYPES = (OrderLifecycle, ListingLifecycle, Pump)
# Values are data; what decides is imported anew inside the sandbox, where a look at the real clock is caught.
SANDBOX = SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules("cais.model"))
Handle = WorkflowHandle[Any, Any]
State = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """A Temporal server, with a workflow worker that serves all hubs of the session."""

    client: Client
    books: Books


@asynccontextmanager
async def running_site(address: str, runner: WorkflowRunner = SANDBOX, cached: int = 1000) -> AsyncIterator[Site]:
    """The site of a server, with its workflow worker; with `cached` 0 each of its steps replays the whole run."""
    client, books = await connect(address), Books()
    local = [books.claim, books.claim_listing, books.record]
    async with Worker(
        client,
        task_queue=WORKFLOWS,
        workflows=TYPES,
        activities=local,
        workflow_runner=runner,
        max_cached_workflows=cached,
    ):
        yield Site(client, books)


class Hub:
    """One seller's hub; connections and queues have names of their own, so that tests do not meet."""

    def __init__(self, site: Site, mark: str) -> None:
        self.client = site.client
        self.channel, self.backoffice = f"ml-{mark}", f"loja-{mark}"
        self.book = Book(plan(self.channel, self.backoffice))
        site.books.by_channel[self.channel] = self.book
        self.targets = Targets(self.book)
        self._readings = 0

    def start_of(self, order: str = "1001") -> OrderStart:
        return OrderStart(seller="aurora", channel=self.channel, order=order)

    async def start(self, payload: object, *, id: str, kind: str = "OrderLifecycle", **options: Any) -> Handle:
        """A start as any client sends it."""
        return await self.client.start_workflow(kind, payload, id=id, task_queue=WORKFLOWS, **options)

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

    def connection_worker(self, connection: str) -> Worker:
        return Worker(self.client, task_queue=of_connection(connection), activities=[self.targets.hand_off])


async def select(hub: Hub, rev: int = 1, *variants: str) -> Handle:
    """Signal-with-start of a listing, as intake does; variants A and B unless said otherwise."""
    start = ListingStart(seller="aurora", channel=hub.channel, listing="camisa")
    said = Selected(id=f"s{rev}", rev=rev, plan="d1", variants=variants or ("A", "B"))
    word = said.model_dump(mode="json")
    options: dict[str, Any] = {"start_signal": "select", "start_signal_args": [word]}
    await hub.start(start.model_dump(mode="json"), id=start.workflow_id, kind="ListingLifecycle", **options)
    return hub.client.get_workflow_handle(start.workflow_id)


async def eventually(holds: Callable[[], bool]) -> None:
    """Without asking the workflow: a query makes it answer with a task of its own."""
    for _ in range(300):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to that")


@asynccontextmanager
async def running_hub(site: Site, mark: str | None = None) -> AsyncIterator[Hub]:
    """A hub with the workers of its connections."""
    hub = Hub(site, mark or uuid.uuid4().hex[:8])
    async with hub.connection_worker(hub.channel), hub.connection_worker(hub.backoffice):
        yield hub


def entries(state: State, target: str) -> dict[str, str]:
    """State of each act of a lane, by direction and n."""
    lane = state.get("lanes", {}).get(target, {"entries": []})
    return {f"{e['direction']} {_n(e)}": e.get("state", "queued") for e in lane["entries"]}


def _n(entry: State) -> str:
    return str(entry["item"]) if entry.get("version", 1) == 1 else f"{entry['item']}~{entry['version']}"
