"""Two Temporal servers of the session, one of which suggests continue-as-new early, and hubs of probes on them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from probe_hub import Hub, Site, running_hub, running_site
from probe_server import HASTY, start_server


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
