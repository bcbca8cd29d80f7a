"""Fixtures of the tests of sending."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from probe_platform import Probe


@pytest_asyncio.fixture
async def probe() -> AsyncIterator[Probe]:
    one = Probe()
    await one.start()
    yield one
    await one.stop()
