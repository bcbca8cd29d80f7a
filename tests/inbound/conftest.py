"""Fixtures of the inbound side: the toy platform, its rules in force, an intake that notes what it tells."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from inbound_kit import NotingStarter, put_in_force
from toy_platform import Toy
from toy_rules import rule_files

from cais.clock import Clock
from cais.http.client import Sender
from cais.inbound.intake import Intake
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf


@pytest.fixture
def clock() -> Clock:
    """A nominal minute is three seconds: a busy machine does not run into the platform's timeout."""
    return Clock(speed=20)


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    """SQLite; what differs on PostgreSQL (leases, claims, conflicts) is tested on both where it stands."""
    return sqlite_url


@pytest.fixture
def toy() -> Iterator[Toy]:
    platform = Toy()
    platform.start()
    yield platform
    platform.stop()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """What workflows were told, a line each."""
    return tmp_path / "told.jsonl"


@pytest.fixture
def ruled(store: Store, toy: Toy) -> Store:
    """A store with the toy rules in force."""
    put_in_force(store, rule_files(toy.url))
    return store


@pytest.fixture
def shelf(ruled: Store) -> RuleShelf:
    return RuleShelf(ruled)


@pytest_asyncio.fixture
async def sender(ruled: Store) -> AsyncIterator[Sender]:
    opened = Sender(ruled)
    yield opened
    await opened.close()


@pytest.fixture
def intake(ruled: Store, shelf: RuleShelf, sender: Sender, notes: Path) -> Intake:
    return Intake(ruled, shelf, sender, NotingStarter(notes))
