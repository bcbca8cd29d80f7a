"""Hubs under test: `hub` is shared by tests that hurt nothing, `battered` by those that kill and break."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from running import RunningHub


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningHub]:
    """A hub whose products are imported and listed; each test takes SKUs and references of its own."""
    async with RunningHub(tmp_path_factory.mktemp("hub")) as running:
        await running.listed()
        yield running
