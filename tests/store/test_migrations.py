"""The revisions lead to the tables of the code, once, whoever starts first."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing.context import ForkServerContext

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from cais.clock import Clock
from cais.errors import Misconfigured
from cais.store.engine import Store
from cais.store.migrations import ARCHIVE, BOOK, Line, migrate


def differences(conn: Connection, line: Line) -> list[object]:
    ours = line.metadata.tables

    def is_ours(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
        return kind != "table" or name in ours  # PostgreSQL keeps both lines in one database

    options = {"version_table": line.version_table, "include_object": is_ours, "compare_type": True}
    return list(compare_metadata(MigrationContext.configure(conn, opts=options), line.metadata))


def test_the_revisions_lead_to_the_tables(empty_url: str) -> None:
    migrate(empty_url)
    with closing(Store.open(empty_url, clock=Clock())) as store:
        for database, line in ((store.book, BOOK), (store.archive, ARCHIVE)):
            with database.connect() as conn:
                assert differences(conn, line) == []
                assert set(line.metadata.tables) <= set(inspect(conn).get_table_names())


def test_a_second_migration_keeps_what_is_there(empty_url: str, master_key: bytes) -> None:
    migrate(empty_url)
    with closing(Store.open(empty_url, clock=Clock(), master_key=master_key)) as store:
        with store.begin() as conn:
            sealed = store.keys.seal(conn, "order:1", "aurora", b"Ana")
        migrate(empty_url)
        with store.connect() as conn:
            assert store.keys.unseal(conn, "order:1", sealed) == b"Ana"


def test_processes_that_start_together_migrate_once(empty_url: str, processes: ForkServerContext) -> None:
    with ProcessPoolExecutor(3, mp_context=processes) as pool:
        list(pool.map(migrate, [empty_url] * 3))


def test_a_newer_store_is_refused(empty_url: str) -> None:
    migrate(empty_url)
    with closing(Store.open(empty_url, clock=Clock())) as store, store.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Misconfigured, match="does not fit this release"):
        migrate(empty_url)
