"""The one module that opens the store: two databases (book and archive), their transactions, their thread pools."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from cais.clock import Clock
from cais.errors import Misconfigured
from cais.store.seal import KeyRing

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT_MS: Final = 30_000
"""How long a SQLite transaction waits for another process's: a write is under 5 ms, so a full queue fits."""

_WRITES: Final = "cais_writes"
_DURABLE: Final = "cais_durable"


class Database:
    """One database: reading and writing transactions, by hand or on a bounded thread pool.

    SQLite lets one transaction write at a time, so a process queues its writes in one thread, in order, rather
    than have its threads poll the file's lock against each other.
    """

    def __init__(self, url: URL, threads: int) -> None:
        self.engine = _open(url, threads)
        self._reading = self.engine.execution_options(postgresql_readonly=True)
        self._writing = self.engine.execution_options(**{_WRITES: True})
        self._durable = self.engine.execution_options(**{_WRITES: True, _DURABLE: True})
        writers = 1 if self.sqlite else threads
        self._readers = ThreadPoolExecutor(threads, thread_name_prefix="store-read")
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="store-write")

    @property
    def sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def connect(self) -> AbstractContextManager[Connection]:
        """A reading transaction: one snapshot on SQLite, READ COMMITTED on PostgreSQL; a write in it fails."""
        return self._reading.begin()

    def begin(self, *, durable: bool = False) -> AbstractContextManager[Connection]:
        """A writing transaction, committed at the end of the block, rolled back by an exception.

        `durable`: once committed it survives a power cut (PostgreSQL: always so).
        """
        return (self._durable if durable else self._writing).begin()

    async def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(conn, …)` in a reading transaction on the pool."""
        return await _on(self._readers, partial(_within, self.connect, fn, *args, **kwargs))

    async def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(conn, …)` in a writing transaction on the pool; once begun it ends, also if the caller is cancelled."""
        return await _on(self._writers, partial(_within, self.begin, fn, *args, **kwargs))

    async def write_durable(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Like `write`, and on the disk before it returns: for the doors, which answer "taken" to a platform."""
        return await _on(self._writers, partial(_within, partial(self.begin, durable=True), fn, *args, **kwargs))

    def close(self) -> None:
        """Ends after the writes that are queued."""
        self._writers.shutdown()
        self._readers.shutdown()
        self.engine.dispose()


@dataclass(frozen=True)
class Store:
    """The book with all that is queried, the archive of raw documents, and the keys that seal personal data."""

    book: Database
    archive: Database
    keys: KeyRing
    clock: Clock

    @classmethod
    def open(
        cls,
        url: str,
        *,
        archive_url: str | None = None,
        clock: Clock,
        master_key: bytes | None = None,
        threads: int = 8,
    ) -> Store:
        """Opens, without creating tables (`cais.store.migrations.migrate` does).

        `url`: `sqlite:///<file>` or `postgresql://…`; the archive is a file beside it (`<file stem>-archive.db`), or in
        the same PostgreSQL database. `threads` bounds each database's readers, and its writers on PostgreSQL.
        Raises `Misconfigured` for another kind of database.
        """
        book = Database(database_url(url), threads)
        archive = Database(database_url(archive_url or beside(url)), max(2, threads // 4))
        return cls(book, archive, KeyRing(master_key), clock)

    def connect(self) -> AbstractContextManager[Connection]:
        return self.book.connect()

    def begin(self) -> AbstractContextManager[Connection]:
        return self.book.begin()

    async def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.book.read(fn, *args, **kwargs)

    async def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.book.write(fn, *args, **kwargs)

    async def write_durable(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.book.write_durable(fn, *args, **kwargs)

    def close(self) -> None:
        self.book.close()
        self.archive.close()


def database_url(url: str) -> URL:
    """`url` with the driver that the hub uses. Raises `Misconfigured`; the message does not hold the password."""
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return parsed.set(drivername="sqlite+pysqlite")
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
    raise Misconfigured(f"the store is sqlite:///<file> or postgresql://…, not {parsed.render_as_string()}")


def beside(url: str) -> str:
    """Where the archive is unless told otherwise."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return url
    path = Path(parsed.database)
    archive = path.with_name(f"{path.stem}-archive{path.suffix or '.db'}")
    return parsed.set(database=str(archive)).render_as_string(hide_password=False)


def _open(url: URL, threads: int) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url, threads)
    # A server may restart under us: the ping costs a tenth of a millisecond, a stale connection an order's retry.
    return create_engine(url, pool_size=2 * threads, pool_pre_ping=True, isolation_level="READ COMMITTED")


def _open_sqlite(url: URL, threads: int) -> Engine:
    # isolation_level None is the driver's autocommit: sqlite3's own BEGIN is deferred, and two deferred transactions
    # that read and then write lose one of the writes without an error.
    options = {"isolation_level": None, "check_same_thread": False}
    engine = create_engine(url, pool_size=threads + 2, connect_args=options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(driver: Any, record: Any) -> None:
    cursor = driver.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA secure_delete=ON")  # an erased data key does not linger on a free page
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    writes, durable = options.get(_WRITES, False), options.get(_DURABLE, False)
    if connection.info.get(_WRITES) != (writes, durable):
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        driver.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.info[_WRITES] = (writes, durable)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _within(
    transaction: Callable[[], AbstractContextManager[Connection]],
    fn: Callable[Concatenate[Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    with transaction() as connection:
        return fn(connection, *args, **kwargs)


async def _on(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, work)
