"""Processes killed at each crash point of the intake: another takes over, nothing is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from inbound_kit import pointer, told
from sqlalchemy import func, select, text, update
from toy_platform import Toy

from cais.crash import KILLED, VARIABLE
from cais.http.client import Sender
from cais.inbound import cursor
from cais.inbound.door import receive
from cais.inbound.intake import Intake
from cais.inbound.poll import Poll
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf
from cais.store.tables import inbox, journal, order_book

pytestmark = pytest.mark.faults
HERE = Path(__file__).parent
POINTS = ["intake.leased", "intake.archived", "intake.booked", "intake.signalled"]


async def run_process(url: str, notes: Path, what: str, crash_at: str | None = None) -> int:
    """Run a process to its end; its exit code."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE.parent)])}
    if crash_at:
        environment[VARIABLE] = crash_at
    command = (sys.executable, str(HERE / "intake_process.py"), url, str(notes), what)
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    return await process.wait()


def arrive(store: Store, count: int = 1) -> None:
    with store.begin() as conn:
        for number in range(count):
            receive(conn, pointer(str(2000 + number), f"e{number}"), store.clock.now())


def let_leases_pass(store: Store) -> None:
    with store.begin() as conn:
        conn.execute(update(inbox).values(lease_until=store.clock.now()))


def counted(store: Store, table: str) -> int:
    with store.connect() as conn:
        return int(conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_intake_loses_and_doubles_nothing(
    ruled: Store, store_url: str, toy: Toy, notes: Path, intake: Intake, point: str
) -> None:
    toy.put_order(updated_at="2026-11-20T12:00:00Z")
    arrive(ruled)
    assert await run_process(store_url, notes, "intake", point) == KILLED
    let_leases_pass(ruled)
    assert (await intake.round("aurora", "market")).ends == {"done": 1}
    signals = [line["word"] for line in told(notes)]
    assert len({word["id"] for word in signals}) == 1  # a workflow drops what it has seen
    assert len(signals) == (2 if point == "intake.signalled" else 1)
    with ruled.connect() as conn:
        assert conn.execute(select(inbox.c.state)).scalars().all() == ["done"]
        assert conn.execute(select(func.count()).select_from(order_book)).scalar_one() == 1
        assert conn.execute(select(func.count()).select_from(journal)).scalar_one() == 1
    with ruled.archive.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM document")).scalar_one() == 1


async def test_a_killed_poll_keeps_its_cursor_and_each_row_once(
    ruled: Store, store_url: str, toy: Toy, notes: Path, shelf: RuleShelf, sender: Sender
) -> None:
    for number in range(5):
        toy.put_order(str(number))
    assert await run_process(store_url, notes, "poll", "poll.page") == KILLED
    with ruled.connect() as conn:
        assert cursor.read(conn, "market", "list_orders") is None
    await Poll(ruled, shelf, sender).round("aurora", "market")
    assert counted(ruled, "inbox") == 5
    with ruled.connect() as conn:
        assert cursor.read(conn, "market", "list_orders") is not None


async def test_two_processes_side_by_side_tell_each_order_once(
    ruled: Store, store_url: str, toy: Toy, notes: Path, intake: Intake
) -> None:
    for number in range(60):
        toy.put_order(str(2000 + number))
    arrive(ruled, 60)
    other = asyncio.create_task(run_process(store_url, notes, "intake"))
    while not (told(notes) or other.done()):
        await asyncio.sleep(0.02)
    while (await intake.round("aurora", "market")).taken:
        pass
    assert await other == 0
    starts = [line["start"]["order"] for line in told(notes)]
    assert sorted(starts) == [str(2000 + number) for number in range(60)]
    assert counted(ruled, "order_book") == 60
