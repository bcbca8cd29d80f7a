"""Fixtures of the tests of sending: the probe platform, the secrets of its connections, a sender."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from probe_platform import Probe
from sqlalchemy import insert
from token_account import FIRST, Account

from cais.clock import Clock
from cais.http.client import Sender
from cais.store.engine import Store
from cais.store.tables import connection


@pytest.fixture
def clock() -> Clock:
    """A nominal minute is ten seconds: the timeouts of these calls are two seconds and a half."""
    return Clock(speed=6)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"KEY": "s3cr3t-k3y", "CLIENT_SECRET": "c", "REFRESH_TOKEN": FIRST}.items():
        monkeypatch.setenv(f"PROBE_{name}", value)


@pytest_asyncio.fixture
async def probe() -> AsyncIterator[Probe]:
    one = Probe()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
def account(probe: Probe) -> Account:
    """The probe, answering as an account with single-use refresh tokens."""
    probe.handler = Account()
    return probe.handler


@pytest_asyncio.fixture
async def sender(store: Store) -> AsyncIterator[Sender]:
    with store.begin() as conn:
        row = {"name": "loja", "seller": "aurora", "platform": "probe", "flow": "backoffice", "hook_secret": "x"}
        conn.execute(insert(connection).values(**row))
    one = Sender(store)
    yield one
    await one.close()
