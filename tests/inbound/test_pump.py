"""The pump activity: it goes on round after round, says what it does, and ends when it is asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from inbound_kit import pointer
from temporalio.testing import ActivityEnvironment
from toy_platform import Toy

from activities.pump import PumpActivity
from cais.clock import Clock
from cais.errors import Misconfigured, Throttled
from cais.http.client import Sender
from cais.inbound.door import receive
from cais.inbound.intake import Intake
from cais.model.pump import PumpOrder, PumpReport
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf


@dataclass(frozen=True)
class Parts:
    """What the pump needs of a hub."""

    store: Store
    shelf: RuleShelf
    sender: Sender
    intake: Any
    drain: Any = None
    starter: Any = None


class Rounds:
    """A drain whose rounds do what they are told, then nothing."""

    def __init__(self, *said: int | Exception) -> None:
        self.said, self.count = list(said), 0

    async def round(self, seller: str, connection: str) -> int:
        self.count += 1
        say = self.said.pop(0) if self.said else 0
        if isinstance(say, Exception):
            raise say
        return say


@dataclass
class Pumping:
    """A pump at work in the test's loop."""

    environment: ActivityEnvironment
    task: asyncio.Task[PumpReport]
    beats: list[PumpReport]

    async def until(self, reached: Callable[[], bool]) -> None:
        for _ in range(500):
            if reached():
                return
            await asyncio.sleep(0.02)
        raise AssertionError("it never came to that")

    async def end(self) -> PumpReport:
        self.environment.worker_shutdown()
        return await self.task


def pump(parts: Any, kind: str) -> Pumping:
    environment, beats = ActivityEnvironment(), list[PumpReport]()
    environment.on_heartbeat = lambda *details: beats.append(details[0])
    order = PumpOrder(kind=kind, seller="aurora", connection="market", speed=60)  # type: ignore[arg-type]
    task = asyncio.ensure_future(environment.run(PumpActivity(parts).pump, order))
    return Pumping(environment, task, beats)


async def test_what_arrives_while_it_pumps_is_taken_in_and_said(
    ruled: Store, shelf: RuleShelf, sender: Sender, intake: Intake, toy: Toy
) -> None:
    toy.put_order()
    pumping = pump(Parts(ruled, shelf, sender, intake), "intake")
    await pumping.until(lambda: bool(pumping.beats))
    with ruled.begin() as conn:
        receive(conn, pointer(), ruled.clock.now())
    await pumping.until(lambda: toy.read("/orders/2000") == 1)
    report = await pumping.end()
    assert (report.done, report.last) == (1, "took in 1 done")


async def test_a_poll_pump_reads_and_sweeps(ruled: Store, shelf: RuleShelf, sender: Sender, toy: Toy) -> None:
    toy.put_order()
    pumping = pump(Parts(ruled, shelf, sender, None), "poll")
    await pumping.until(lambda: any("read 1 rows by polls" in beat.last for beat in pumping.beats))
    assert (await pumping.end()).done >= 1


async def test_a_failing_round_is_said_and_tried_again(ruled: Store, shelf: RuleShelf, sender: Sender) -> None:
    drain = Rounds(Misconfigured("secret app_key is not set"), ValueError("ana@example.com"), 3)
    pumping = pump(Parts(ruled, shelf, sender, None, drain), "drain")
    await pumping.until(lambda: drain.count > 3)
    report = await pumping.end()
    assert (report.done, report.last) == (3, "sent 3 values")
    said = [beat.last for beat in pumping.beats]
    assert all("ana@example.com" not in words for words in said)


async def test_a_round_that_has_to_wait_says_so_and_is_no_failure(
    ruled: Store, shelf: RuleShelf, sender: Sender
) -> None:
    drain = Rounds(Throttled("the limit is used up", ruled.clock.real(ruled.clock.now() - ruled.clock.now())))
    pumping = pump(Parts(ruled, shelf, sender, None, drain), "drain")
    await pumping.until(lambda: drain.count > 1)
    assert (await pumping.end()).last == "sent 0 values"


async def test_it_ends_by_itself_after_an_hour(
    store_url: str, master_key: bytes, shelf: RuleShelf, sender: Sender
) -> None:
    fast = Store.open(store_url, clock=Clock(speed=36_000), master_key=master_key)
    report = await asyncio.wait_for(pump(Parts(fast, shelf, sender, None, Rounds()), "drain").task, 5)
    fast.close()
    assert report.done == 0


async def test_a_cancelled_pump_is_cancelled(ruled: Store, shelf: RuleShelf, sender: Sender) -> None:
    pumping = pump(Parts(ruled, shelf, sender, None, Rounds()), "drain")
    await pumping.until(lambda: bool(pumping.beats))
    pumping.environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pumping.task
