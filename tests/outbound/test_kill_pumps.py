"""Pumps killed at each crash point: what was marked is signalled, what was wanted is on the channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import pytest_asyncio
from drain_world import Heard, Shelf
from handoff_probe import HandoffProbe
from handoff_process import start
from handoff_rules import CHANNEL, SELLER, rule_files
from handoff_world import World, activate
from order_samples import an_order
from sqlalchemy import select

from cais.clock import Clock
from cais.crash import KILLED
from cais.http.client import Sender
from cais.model.order import Delivery
from cais.model.vocabulary import WantedGroup
from cais.outbound import settings, wake
from cais.outbound.drain import Drain
from cais.outbound.wake import wake_round
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf
from cais.store.tables import parked, wanted

pytestmark = pytest.mark.faults


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


class Written:
    """A waker that writes down whom it woke, for other processes to read."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    async def retry(self, subject: str, lane: str) -> None:
        with self.path.open("a") as file:
            file.write(f"{subject} {lane}\n")

    def woken(self) -> list[str]:
        return self.path.read_text().splitlines() if self.path.exists() else []


async def drain(store: Store) -> None:
    """Work: one round of the channel."""
    sender = Sender(store)
    await Drain(store, RuleShelf(store), sender, Heard()).round(SELLER, CHANNEL)
    await sender.close()


async def wake_up(store: Store, path: str) -> None:
    """Work: one round of waking."""
    await wake_round(store, Written(path), SELLER)


async def give(store: Store) -> None:
    """Work: give the setting that is waited for."""
    await store.write(settings.give, SELLER, "*", "carrier", "correios", "C-7", "Rita", store.clock.now())


async def edit(store: Store, url: str) -> None:
    """Work: activate rules whose `order.write` differs."""
    await asyncio.to_thread(activate, store, rule_files(url, mappings={"order.write": EDITED}))


EDITED = "rules: 1\nmapping: order.write\nsource: order\nfields: {key: {from: run.stamp}, name: {const: x}}"


async def killed(process: BaseProcess) -> None:
    await asyncio.to_thread(process.join, 20)
    assert process.exitcode == KILLED


@pytest_asyncio.fixture
async def shelf(store: Store, probe: HandoffProbe) -> AsyncIterator[Shelf]:
    activate(store, rule_files(probe.url, only="native"))
    sender, heard = Sender(store), Heard()
    yield Shelf(store, probe, Drain(store, RuleShelf(store), sender, heard), heard)
    await sender.close()


@pytest.mark.parametrize("point", ["drain.leased", "drain.sent", "drain.settling", "drain.settled"])
async def test_a_drain_killed_at_a_crash_point_leaves_nothing_untold(
    shelf: Shelf, store_url: str, master_key: bytes, clock: Clock, point: str
) -> None:
    shelf.sells("PEN", "INK")
    await killed(start(drain, store_url, clock.speed, master_key, crash_at=point))
    shelf.counted("PEN", 3)
    for _ in range(40):
        await shelf.drained()
        with shelf.store.connect() as conn:
            behind = conn.execute(select(wanted).where(wanted.c.acked_rev < wanted.c.wanted_rev)).all()
        if not behind:
            break
        await asyncio.sleep(0.05)
    assert behind == []
    assert (shelf.shown("PEN")["units"], shelf.shown("INK")["units"]) == (3, 5)
    assert shelf.row("PEN", WantedGroup.STOCK).value["units"] == 3


async def waiting(world: World) -> str:
    """An order that waits for a carrier's code."""
    order = world.order("native", world.placed(an_order("1", delivery=Delivery(service="correios"))))
    await world.finish(order)
    assert world.parked() == ["setting:carrier:correios"]
    return order.act.subject


@pytest.mark.parametrize("point", ["wake.taken", "wake.signalled"])
async def test_a_wake_pump_killed_at_a_crash_point_leaves_nobody_asleep(
    world: World, store_url: str, master_key: bytes, tmp_path: Path, clock: Clock, point: str
) -> None:
    subject, heard = await waiting(world), Written(str(tmp_path / "heard"))
    await give(world.store)
    await killed(start(wake_up, store_url, clock.speed, master_key, str(heard.path), crash_at=point))
    assert await wake_round(world.store, heard, SELLER) == 0, "the other's lease lives"
    await asyncio.sleep(clock.real(wake.LEASE).total_seconds())
    assert await wake_round(world.store, heard, SELLER) == 1
    assert heard.woken() == [f"{subject} native"] * (2 if point == "wake.signalled" else 1)
    assert await wake_round(world.store, heard, SELLER) == 0


@pytest.mark.parametrize("point", ["setting.given", "parked.marked"])
async def test_a_mending_that_is_killed_has_not_happened(
    world: World, store_url: str, master_key: bytes, clock: Clock, point: str
) -> None:
    await waiting(world)
    if point == "setting.given":
        process = start(give, store_url, clock.speed, master_key, crash_at=point)
    else:
        process = start(edit, store_url, clock.speed, master_key, world.probe.url, crash_at=point)
    await killed(process)
    with world.store.connect() as conn:
        assert settings.read(conn, SELLER, "native") == {}
        assert conn.execute(select(parked.c.woken)).scalars().all() == [0]
    await give(world.store)
    with world.store.connect() as conn:
        assert conn.execute(select(parked.c.woken)).scalars().all() == [1]
