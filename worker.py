"""The supervisor of the hub's workers: workflows, pumps, and one activity worker per connection.

`python -m worker` runs until a signal ends it; what is in flight is drained, and what is cut off is found out by
the next process (docs/protocols).
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

from activities.claim import ClaimActivity
from activities.hand_off import HandOffActivity
from activities.pump import PumpActivity
from activities.record import RecordActivity
from cais.bulkhead import Bulkheads
from cais.config import Config
from cais.hub import Hub, open_hub
from cais.identity.recover import recover, start_pumps
from cais.inbound.subscribing import Subscriptions
from cais.model.queue import PUMPS, WORKFLOWS, of_connection
from workflows.listing import ListingLifecycle
from workflows.order import OrderLifecycle
from workflows.pump import Pump

GRACE = timedelta(seconds=8)
"""How long running activities may go on after the wish to end (real)."""

CACHED_WORKFLOWS = 6000
"""The hot set: some 70 KB each. A miss replays the history, three times the CPU of a step."""

PUMP_SLOTS = 200


def workflow_worker(hub: Hub) -> Worker:
    """Runs every workflow, and claim and record as local activities.

    Unsandboxed: a third of the memory and CPU; the tests run the same workflows sandboxed and replay histories.
    """
    claims = ClaimActivity(hub)
    return Worker(
        hub.client,
        task_queue=WORKFLOWS,
        workflows=[OrderLifecycle, ListingLifecycle, Pump],
        activities=[claims.claim, claims.claim_listing, RecordActivity(hub).record],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=CACHED_WORKFLOWS,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=GRACE,
    )


def pump_worker(hub: Hub) -> Worker:
    """Runs the pumps' long activities."""
    return Worker(
        hub.client,
        task_queue=PUMPS,
        activities=[PumpActivity(hub).pump],
        max_concurrent_activities=PUMP_SLOTS,
        graceful_shutdown_timeout=GRACE,
    )


def connection_worker(hub: Hub, connection: str, slots: int) -> Worker:
    """Runs the handoffs to one connection."""
    return Worker(
        hub.client,
        task_queue=of_connection(connection),
        activities=[HandOffActivity(hub).hand_off],
        max_concurrent_activities=slots,
        graceful_shutdown_timeout=GRACE,
    )


async def run(config: Config) -> None:
    """Recover what Temporal does not run, then work until a signal comes."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with open_hub(config) as hub, AsyncExitStack() as workers:
        await workers.enter_async_context(workflow_worker(hub))
        await workers.enter_async_context(pump_worker(hub))
        await recover(hub.store, hub.client)
        bulkheads = Bulkheads(
            hub.store,
            lambda name, slots: connection_worker(hub, name, slots),
            lambda: start_pumps(hub.store, hub.starter),
        )
        subscriptions = Subscriptions(hub.store, hub.shelf, hub.sender)
        await _until(ended, bulkheads.keep(), subscriptions.keep())


async def _until(ended: asyncio.Event, *lives: Coroutine[Any, Any, None]) -> None:
    """Run all until `ended`, or until one fails; its error goes on."""
    tasks = [asyncio.create_task(life) for life in lives]
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, waiting):
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(run(Config.read()))


if __name__ == "__main__":
    main()
