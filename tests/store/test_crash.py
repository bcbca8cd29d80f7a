"""The store's crash points (docs/protocols/store.md): a process dies at each, another opens what it left."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing.context import ForkServerContext
from typing import Any

import pytest
from sqlalchemy import Connection, func, inspect, select, text

from cais.clock import Clock
from cais.crash import KILLED
from cais.store import archive, journal
from cais.store.engine import Store
from cais.store.migrations import BOOK, migrate, upgrade
from cais.store.tables import data_key, document
from cais.store.tables import journal as journal_table

pytestmark = pytest.mark.faults

AT = datetime(2026, 11, 1, tzinfo=UTC)
ORDER: dict[str, Any] = {
    "seller": "aurora",
    "connection": "ml",
    "kind": "order",
    "object_id": "1",
    "subject": "order:1",
}


def opened(url: str) -> Store:
    return Store.open(url, clock=Clock(), master_key=bytes(range(32)), threads=2)


def note(conn: Connection) -> None:
    journal.note(conn, "aurora", "order:1", "hub", "observed", {}, AT)


def die(*_: object) -> None:
    os._exit(KILLED)


def dies_in_a_transaction(url: str) -> None:
    with opened(url).begin() as conn:
        note(conn)
        die()


def dies_after_a_commit(url: str) -> None:
    with opened(url).begin() as conn:
        note(conn)
    die()


def dies_after_a_door_answered(url: str) -> None:
    asyncio.run(opened(url).write_durable(note))
    die()


def dies_between_seal_and_archive(url: str) -> None:
    store = opened(url)
    store.archive.write = die  # type: ignore[method-assign,assignment]
    asyncio.run(archive.put(store, **ORDER, as_of=AT, document=b"Ana"))


def dies_after_archiving(url: str) -> None:
    asyncio.run(archive.put(opened(url), **ORDER, as_of=AT, document=b"Ana"))
    die()


def dies_in_a_migration(url: str) -> None:
    with opened(url).begin() as conn:
        upgrade(conn, BOOK)
        die()


Work = Callable[[str], None]
Killed = Callable[[Work, str], None]


@pytest.fixture
def killed(processes: ForkServerContext) -> Killed:
    """Run a function in a process of its own, which it does not survive."""

    def run(work: Work, url: str) -> None:
        process = processes.Process(target=work, args=(url,))
        process.start()
        process.join(30)
        assert process.exitcode == KILLED

    return run


def notes(store: Store) -> int:
    with store.connect() as conn:
        return conn.execute(select(func.count(journal_table.c.id))).scalar_one()


def test_in_a_transaction_nothing_of_it_is_left(killed: Killed, store: Store, store_url: str) -> None:
    killed(dies_in_a_transaction, store_url)
    assert notes(store) == 0
    with store.begin() as conn:
        note(conn)
    assert notes(store) == 1, "and nobody is kept from writing"


@pytest.mark.parametrize("work", [dies_after_a_commit, dies_after_a_door_answered])
def test_after_a_commit_all_of_it_is_there(
    killed: Killed, store: Store, store_url: str, work: Callable[[str], None]
) -> None:
    killed(work, store_url)
    assert notes(store) == 1


def test_between_sealing_and_archiving_the_key_serves_the_next(killed: Killed, store: Store, store_url: str) -> None:
    killed(dies_between_seal_and_archive, store_url)
    asyncio.run(archive.put(store, **ORDER, as_of=AT, document=b"Ana"))
    with store.connect() as conn:
        assert conn.execute(select(func.count(data_key.c.subject))).scalar_one() == 1
    assert asyncio.run(archive.newest(store, "ml", "order", "1")).document == b"Ana"


def test_after_archiving_the_next_round_archives_nothing_new(killed: Killed, store: Store, store_url: str) -> None:
    killed(dies_after_archiving, store_url)
    asyncio.run(archive.put(store, **ORDER, as_of=AT, document=b"Ana"))
    with store.archive.connect() as conn:
        assert conn.execute(select(func.count(document.c.id))).scalar_one() == 1


def test_in_a_migration_the_old_schema_stays(killed: Killed, empty_url: str) -> None:
    killed(dies_in_a_migration, empty_url)
    with closing(opened(empty_url)) as store, store.connect() as conn:
        assert inspect(conn).get_table_names() == []
    migrate(empty_url)
    with closing(opened(empty_url)) as store, store.connect() as conn:
        assert conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one() >= "0001"
