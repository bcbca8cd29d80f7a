"""Processes killed and stopped at each crash point of a handoff: another one finishes, exactly once."""

from __future__ import annotations

import asyncio
import os
import signal
from multiprocessing.process import BaseProcess

import pytest
from handoff_process import go_on, hand_off, start, stopped
from handoff_rules import CHANNEL
from handoff_world import World
from sqlalchemy import select

from cais.clock import Clock
from cais.crash import KILLED
from cais.model.handoff import HandoffOrder, Record
from cais.outbound.row import HandoffState
from cais.store.tables import order_book

pytestmark = pytest.mark.faults

NOTHING_SENT = ("handoff.read", "handoff.looked", "handoff.rendered", "handoff.begun")
DECIDED = ("handoff.done", "handoff.done_committed")
IN_DOUBT = ("handoff.sending_committed", "handoff.sent")
ALL = [("search", point) for point in (*NOTHING_SENT, *DECIDED)] + [
    (strategy, point) for strategy in ("native", "search", "compare", "once") for point in IN_DOUBT
]
ON_POSTGRES = [("search", point) for point in ("handoff.begun", *IN_DOUBT, "handoff.done_committed")]


@pytest.fixture
def clock() -> Clock:
    """A lease is a third of a second."""
    return Clock(speed=60)


def cases() -> list[object]:
    sqlite = [pytest.param("sqlite", *case, id="-".join(("sqlite", *case))) for case in ALL]
    mark = pytest.mark.postgres
    return sqlite + [pytest.param("postgres", *c, id="-".join(("postgres", *c)), marks=mark) for c in ON_POSTGRES]


@pytest.fixture
def store_url(request: pytest.FixtureRequest) -> str:
    """SQLite, unless the case says otherwise."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))


def run(world: World, store_url: str, master_key: bytes, order: HandoffOrder, crash_at: str = "") -> BaseProcess:
    speed, said = world.store.clock.speed, order.model_dump_json()
    return start(hand_off, store_url, speed, master_key, said, crash_at=crash_at)


def with_record(world: World, order: HandoffOrder) -> HandoffOrder:
    state = {"run": "r", "rev": 1, "status": "paid", "next": "target", "snapshot": {}}
    return order.model_copy(update={"record": Record(subject=order.act.subject, **state)})


@pytest.mark.parametrize(("store_url", "strategy", "point"), cases(), indirect=["store_url"])
async def test_a_process_killed_at_a_crash_point_leaves_an_order_that_is_made_once(
    world: World, store_url: str, master_key: bytes, strategy: str, point: str
) -> None:
    order = with_record(world, world.order(strategy))
    process = run(world, store_url, master_key, order, point)
    await asyncio.to_thread(process.join, 20)
    assert process.exitcode == KILLED
    committed = world.row(order).state
    with world.store.connect() as conn:
        recorded = conn.execute(select(order_book.c.rev).where(order_book.c.id == order.act.subject)).scalar_one()
    assert (recorded == 1) == (committed is not HandoffState.OPEN), "the state goes with `sending`, or with neither"
    result = await world.finish(order)
    if strategy == "once" and point == "handoff.sending_committed":
        assert (result.state, result.cause, world.made(order)) == ("parked", "doubt:create_order", 0)
        assert world.parked() == ["doubt:create_order"]
    else:
        assert (result.state, world.made(order)) == ("done", 1)
    assert result == await world.finish(order)


@pytest.mark.parametrize("strategy", ["native", "search", "compare", "once"])
async def test_a_process_killed_while_the_platform_carries_it_out(
    world: World, store_url: str, master_key: bytes, strategy: str
) -> None:
    order = world.order(strategy)
    killed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def kill(line: str) -> None:
        if not line.startswith("GET") and not killed.is_set():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            loop.call_soon_threadsafe(killed.set)

    world.probe.on_request = kill
    process = run(world, store_url, master_key, order)
    await asyncio.wait_for(killed.wait(), 20)
    result = await world.finish(order)
    assert (result.state, world.made(order)) == ("done", 1)


@pytest.mark.parametrize(("strategy", "point"), [(s, p) for s in ("search", "once") for p in IN_DOUBT])
async def test_a_process_that_stood_still_past_its_lease_sends_nothing_more(
    world: World, store_url: str, master_key: bytes, strategy: str, point: str
) -> None:
    order = world.order(strategy)
    process = run(world, store_url, master_key, order, f"{point}:stop")
    try:
        assert await asyncio.to_thread(stopped, process)
        result = await world.finish(order)
        sent = len(world.probe.sent("POST"))
        go_on(process)
        await asyncio.to_thread(process.join, 20)
        assert process.exitcode == 0
    finally:
        process.kill()
    in_doubt = strategy == "once" and point == "handoff.sending_committed"
    assert result.state == ("parked" if in_doubt else "done")
    assert (world.made(order), len(world.probe.sent("POST"))) == (0 if in_doubt else 1, sent)


async def test_processes_that_hand_off_the_same_order_at_once_make_it_once(
    world: World, store_url: str, master_key: bytes, strategy: str
) -> None:
    order = world.order(strategy)
    world.probe.slow = 0.05
    processes = [run(world, store_url, master_key, order) for _ in range(3)]
    result = await world.finish(order)
    for process in processes:
        await asyncio.to_thread(process.join, 20)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert (result.state, world.made(order)) == ("done", 1)


@pytest.mark.parametrize("annul_first", [True, False])
async def test_a_cancellation_races_an_export(
    world: World, store_url: str, master_key: bytes, annul_first: bool
) -> None:
    """Whoever wins, the answer is true: made and done, or annulled and never made."""
    order = world.order("search")
    process = run(world, store_url, master_key, order)
    if not annul_first:
        await asyncio.sleep(0.3)
    result = await world.finish(order.model_copy(update={"annul": True}))
    await asyncio.to_thread(process.join, 20)
    assert world.made(order) == {"done": 1, "annulled": 0}[result.state]


async def test_what_parks_while_it_is_killed_parks_again(world: World, store_url: str, master_key: bytes) -> None:
    order = world.order(CHANNEL)  # a channel has no find for this: its platform has no such order
    process = run(world, store_url, master_key, order, "parked.registering")
    world.probe.fail("POST /keyed", effect=False, status=404, times=9)
    await asyncio.to_thread(process.join, 20)
    assert process.exitcode == KILLED
    assert world.parked() == []
    result = await world.finish(order)
    assert (result.state, world.parked()) == ("parked", ["not_found:404"])
