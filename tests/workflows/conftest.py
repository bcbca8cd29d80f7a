"""Two Temporal servers of the session, one of which suggests continue-as-new early, and hubs of probes on them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio
from probe_hub import Hub, Site, running_hub, running_site
from temporalio.testing import WorkflowEnvironment

from cais.temporal.attributes import KEYS

HASTY = ("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=60")
"""Flags of a server that suggests continue-as-new after 60 history events."""


@asynccontextmanager
async def start_server(*flags: str) -> AsyncIterator[str]:
    """Address of a Temporal server with the hub's namespace and search attributes."""
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
async def site() -> AsyncIterator[Site]:
    """A Temporal server with a workflow worker."""
    async with start_server() as address, running_site(address) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hasty_site() -> AsyncIterator[Site]:
    """One whose server suggests continue-as-new early."""
    async with start_server(*HASTY) as address, running_site(address) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def hub(site: Site) -> AsyncIterator[Hub]:
    async with running_hub(site) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def hasty_hub(hasty_site: Site) -> AsyncIterator[Hub]:
    """On the server that suggests continue-as-new early."""
    async with running_hub(hasty_site) as running:
        yield running
