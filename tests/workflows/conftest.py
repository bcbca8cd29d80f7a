"""Two Temporal servers of the session, one of which suggests continue-as-new early, and hubs of probes on them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio
from probe_hub import Hub, running_hub
from temporalio.testing import WorkflowEnvironment

from cais.temporal.attributes import KEYS

SUGGESTED_AT = 60
"""History events at which the hasty server suggests continue-as-new."""


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


@pytest_asyncio.fixture
async def hub(server: str) -> AsyncIterator[Hub]:
    async with running_hub(server) as running:
        yield running


@pytest_asyncio.fixture
async def hasty_hub(hasty_server: str) -> AsyncIterator[Hub]:
    """On the server that suggests continue-as-new early."""
    async with running_hub(hasty_server) as running:
        yield running
