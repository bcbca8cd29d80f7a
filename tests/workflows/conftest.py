"""A hub of probes on the real Temporal: workflow worker (sandboxed), activity workers for two connections."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from cais.model.claim import OrderStart, order_workflow
from cais.model.observation import Observation
from cais.model.pump import PumpOrder
from cais.model.queue import PUMPS, of_connection
from cais.temporal.attributes import KEYS
from cais.temporal.connect import connect
from tests.lifecycle import samples
from tests.workflows.probe import Book, Pumps, Targets
from workflows.listing import ListingLifecycle
from workflows.order import OrderLifecycle
from workflows.pump import Pump

SUGGESTED_AT = 60
"""History events at which the second server suggests continue-as-new."""


@asynccontextmanager
async def _server(*flags: str) -> AsyncIterator[str]:
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    async with await WorkflowEnvironment.start_local(
        namespace="cais",
        search_attributes=list(KEYS.values()),
        dev_server_existing_path=shutil.which("temporal", path=places),
        dev_server_extra_args=["--sqlite-pragma", "journal_mode=wal", *flags],
        dev_server_log_level="error",
    ) as env:
        yield env.client.service_client.config.target_host


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[str]:
    """Address of a Temporal server."""
    async with _server() as address:
        yield address


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hasty_server() -> AsyncIterator[str]:
    """Address of a Temporal server that suggests continue-as-new early."""
    flag = f"limit.historyCount.suggestContinueAsNew={SUGGESTED_AT}"
    async with _server("--dynamic-config-value", flag) as address:
        yield address


class Hub:
    """One seller's orders: names of their own in each test, so that queues are not shared."""

    def __init__(self, client: Client) -> None:
        mark = uuid.uuid4().hex[:8]
        self.client = client
        self.channel, self.backoffice, self.queue = f"ml{mark}", f"loja{mark}", f"cais-{mark}"
        self.book = Book(samples.plan(self.channel, self.backoffice))
        self.targets = Targets(self.book)
        self.pumps = Pumps()
        self.readings = 0

    def id_of(self, order: str = "1001") -> str:
        return order_workflow("aurora", self.channel, order)

    async def observe(self, *said: Observation, source: str | None = None, minutes: int = 0, id: str | None = None,
                      order: str = "1001") -> WorkflowHandle[Any, Any]:  # fmt: skip
        """Signal-with-start, as intake does."""
        self.readings += 1
        message = samples.observe(source or self.channel, *said, id=id or f"e{self.readings}", minutes=minutes)
        start = OrderStart(seller="aurora", channel=self.channel, order=order)
        await self.client.start_workflow(
            "OrderLifecycle",
            start.model_dump(mode="json", exclude_none=True),
            id=start.workflow_id,
            task_queue=self.queue,
            start_signal="observe",
            start_signal_args=[_json(message.body)],
        )
        return self.client.get_workflow_handle(start.workflow_id)

    async def state(self, handle: WorkflowHandle[Any, Any]) -> dict[str, Any]:
        found: dict[str, Any] = await handle.query("state")
        return found

    async def until(self, handle: WorkflowHandle[Any, Any], holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The state as soon as `holds` says so."""
        for _ in range(200):
            state = await self.state(handle)
            if holds(state):
                return state
            await asyncio.sleep(0.05)
        raise AssertionError(f"it never came to that: {state}")

    def workflow_worker(self, client: Client | None = None, **options: Any) -> Worker:
        return Worker(
            client or self.client,
            task_queue=self.queue,
            workflows=[OrderLifecycle, ListingLifecycle, Pump],
            activities=[self.book.claim, self.book.claim_listing, self.book.record],
            **options,
        )

    def activity_workers(self) -> list[Worker]:
        def worker(queue: str, activity: Callable[..., Awaitable[Any]]) -> Worker:
            return Worker(self.client, task_queue=queue, activities=[activity])

        connections = [worker(of_connection(name), self.targets.hand_off) for name in (self.channel, self.backoffice)]
        return connections


@asynccontextmanager
async def running_hub(address: str) -> AsyncIterator[Hub]:
    """A hub with its workers."""
    hub = Hub(await connect(address))
    async with AsyncExitStack() as stack:
        for worker in (hub.workflow_worker(), *hub.activity_workers()):
            await stack.enter_async_context(worker)
        yield hub


@pytest_asyncio.fixture
async def hub(server: str) -> AsyncIterator[Hub]:
    async with running_hub(server) as running:
        yield running


@pytest_asyncio.fixture
async def hasty_hub(hasty_server: str) -> AsyncIterator[Hub]:
    """On the server that suggests continue-as-new early."""
    async with running_hub(hasty_server) as running:
        yield running


def _json(body: str | None) -> Any:
    import json

    return json.loads(body or "null")
