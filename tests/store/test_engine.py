"""Transactions on both databases: what is read and then written is never lost, also among processes."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing.context import ForkServerContext

import pytest
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from cais.clock import Clock
from cais.errors import Misconfigured
from cais.store import journal
from cais.store.engine import Store, beside
from cais.store.tables import ticket

PROCESSES, ROUNDS = 4, 100


def count(conn: Connection) -> int:
    return conn.execute(select(ticket.c.tat_us)).scalar_one()


def read_modify_write(conn: Connection) -> None:
    """The shape that loses writes where a transaction begins by reading alone."""
    value = conn.execute(select(ticket.c.tat_us).with_for_update()).scalar_one()
    conn.execute(update(ticket).values(tat_us=value + 1))


def add_row(conn: Connection) -> None:
    conn.execute(insert(ticket).values(connection="c", limit="l", seller="s", tat_us=0))


def work(url: str) -> None:
    store = Store.open(url, clock=Clock(), threads=2)
    for _ in range(ROUNDS):
        with store.begin() as conn:
            read_modify_write(conn)
    store.close()


def test_four_writing_processes_lose_nothing(store: Store, store_url: str, processes: ForkServerContext) -> None:
    with store.begin() as conn:
        add_row(conn)
    with ProcessPoolExecutor(PROCESSES, mp_context=processes) as pool:
        list(pool.map(work, [store_url] * PROCESSES))
    with store.connect() as conn:
        assert count(conn) == PROCESSES * ROUNDS


async def test_writes_on_the_pool_lose_nothing(store: Store) -> None:
    await store.write(add_row)
    await asyncio.gather(*(store.write(read_modify_write) for _ in range(200)))
    assert await store.read(count) == 200


async def test_an_exception_rolls_back(store: Store) -> None:
    def add_and_fail(conn: Connection) -> None:
        add_row(conn)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await store.write(add_and_fail)
    assert await store.read(lambda conn: conn.execute(select(ticket)).all()) == []


async def test_a_reading_transaction_cannot_write(store: Store) -> None:
    with pytest.raises(DBAPIError):
        await store.read(add_row)
    await store.write(add_row)  # and the connection that served it can, in a writing one


async def test_a_cancelled_caller_leaves_a_whole_transaction(store: Store) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def slow(conn: Connection) -> None:
        read_modify_write(conn)
        begun.set()
        assert goes_on.wait(5)

    await store.write(add_row)
    task = asyncio.ensure_future(store.write(slow))
    await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    goes_on.set()
    await store.write(read_modify_write)
    assert await store.read(count) == 2


def test_the_door_commits_to_the_disk(sqlite_url: str) -> None:
    store = Store.open(sqlite_url, clock=Clock())

    def synchronous(conn: Connection) -> int:
        return int(conn.execute(text("PRAGMA synchronous")).scalar_one())

    normal, full = 1, 2
    for _ in range(2):
        assert asyncio.run(store.write(synchronous)) == normal
        assert asyncio.run(store.write_durable(synchronous)) == full
    with store.connect() as conn:
        assert conn.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    store.close()


async def test_times_and_documents_come_back_as_they_were(store: Store) -> None:
    at = datetime(2026, 11, 1, 9, 30, 15, 123456, tzinfo=UTC)
    detail = {"amount": Decimal("10.90"), "none": None, "list": [], "sku": "007"}
    elsewhere = at.astimezone(tz=None)
    await store.write(journal.note, "aurora", "order:1", "hub", "observed", detail, elsewhere)
    (entry,) = await store.read(journal.story, "order:1")
    assert (entry.at, entry.detail) == (at, detail)
    assert entry.at.utcoffset() == timedelta(0)
    assert isinstance(entry.detail["amount"], Decimal)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/d"])
def test_other_databases_are_refused_without_the_password(url: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        Store.open(url, clock=Clock())
    assert "secret" not in str(refusal.value)


def test_the_archive_is_beside_the_book() -> None:
    assert beside("sqlite:////data/cais.db") == "sqlite:////data/cais-archive.db"
    assert beside("postgresql://u:p@h/cais") == "postgresql://u:p@h/cais"
