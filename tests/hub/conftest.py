"""Hubs under test: `hub` is shared by tests that hurt nothing, `battered` by those that kill and break."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql
from running import RunningHub
from sqlalchemy import make_url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningHub]:
    """A hub whose products are imported and listed; each test takes SKUs and references of its own."""
    async with RunningHub(tmp_path_factory.mktemp("hub")) as running:
        await running.listed()
        yield running


FAULTS_AT_FIRST = (
    {"platform": "ml", "operation": "create_item", "kind": "status_500_after", "nth": [2]},
    {"platform": "ml", "operation": "create_item", "kind": "timeout_after", "nth": [5], "seconds": 2},
    {"platform": "ml", "operation": "create_item", "kind": "throttle_429", "nth": [8, 9], "seconds": 10},
    {"platform": "vtex", "operation": "catalog_sku_context", "kind": "status_500_before", "nth": [3, 7]},
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _battered(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningHub]:
    async with RunningHub(tmp_path_factory.mktemp("battered"), faults=FAULTS_AT_FIRST) as running:
        await running.listed()
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def battered(_battered: RunningHub) -> AsyncIterator[RunningHub]:
    """A hub to kill and break, whose import met faults already; whole again at the end of each test."""
    yield _battered
    await _battered.heal()
    await _battered.mend()


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> str:
    """URL of a fresh database without tables; it goes with the server."""
    name = f"cais_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = make_url(postgres_server).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)
