"""The parts of a hub, wired: what activities and commands stand on. One per process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from temporalio.client import Client

from cais.config import Config
from cais.http.client import Sender
from cais.inbound.intake import Intake
from cais.inbound.starter import TemporalStarter
from cais.outbound.drain import Drain
from cais.outbound.handoff import Outbound
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf
from cais.store.seal import MasterKey
from cais.temporal.connect import connect


@dataclass(frozen=True)
class Hub:
    """`intake` brings documents in, `outbound` writes to platforms; both by the rules on the `shelf`."""

    config: Config
    store: Store
    shelf: RuleShelf
    sender: Sender
    client: Client
    starter: TemporalStarter
    intake: Intake
    outbound: Outbound
    drain: Drain


@asynccontextmanager
async def open_hub(config: Config) -> AsyncIterator[Hub]:
    """A hub on its store and its Temporal; closed at the end of the block. Raises `Misconfigured`."""
    key = MasterKey.read(config.master_key)
    store = Store.open(config.store_url, archive_url=config.archive_url, clock=config.clock, master_key=key)
    try:
        client = await connect(config.temporal)
        shelf, sender, starter = RuleShelf(store), Sender(store), TemporalStarter(client)
        intake = Intake(store, shelf, sender, starter)
        outbound = Outbound(store, shelf, sender)
        drain = Drain(store, shelf, sender, starter)
        yield Hub(config, store, shelf, sender, client, starter, intake, outbound, drain)
        await sender.close()
    finally:
        store.close()
