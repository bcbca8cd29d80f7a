"""Fixtures of the handoff tests: the probe platform, active rules, an order in the book, an outbound side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from handoff_probe import HandoffProbe
from handoff_rules import CREATES, rule_files
from handoff_world import World, activate

from cais.clock import Clock
from cais.http.client import Sender
from cais.outbound.handoff import Outbound
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf

SPEED = 40.0


@pytest.fixture
def clock() -> Clock:
    """Requests have a quarter of a second, leases half a second."""
    return Clock(speed=SPEED)


@pytest.fixture
def probe() -> Iterator[HandoffProbe]:
    one = HandoffProbe()
    one.start()
    yield one
    one.stop()


@pytest_asyncio.fixture
async def world(store: Store, probe: HandoffProbe, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """All strategies are there, or the one that the test is about."""
    case = getattr(request.node, "callspec", None)
    digest = activate(store, rule_files(probe.url, only=case.params.get("strategy", "") if case else ""))
    sender = Sender(store)
    yield World(store, probe, Outbound(store, RuleShelf(store), sender), digest, iter(range(1000, 9999)))
    await sender.close()


@pytest.fixture(params=list(CREATES))
def strategy(request: pytest.FixtureRequest) -> str:
    """Each dedup strategy; the name of the connection that uses it."""
    return str(request.param)
