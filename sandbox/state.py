"""Durable documents: one SQLite file, all of it held in memory and written through at each commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.wire import dumps, loads

_SCHEMA = """
CREATE TABLE IF NOT EXISTS doc (
    platform TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL,
    UNIQUE (platform, kind, id)
);
CREATE TABLE IF NOT EXISTS call (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, real_at REAL NOT NULL, platform TEXT NOT NULL,
    account TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, operation TEXT NOT NULL,
    body_sha256 TEXT NOT NULL, status INTEGER NOT NULL, effect INTEGER NOT NULL, fault TEXT
);
CREATE INDEX IF NOT EXISTS call_operation ON call (platform, operation);
"""
_UPSERT = (
    "INSERT INTO doc (platform, kind, id, body) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (platform, kind, id) DO UPDATE SET body = excluded.body"
)
_DELETE = "DELETE FROM doc WHERE platform = ? AND kind = ? AND id = ?"


@dataclass
class _Transaction:
    docs: dict[tuple[str, str], dict[str, bytes | None]] = field(default_factory=dict)
    statements: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    after: list[Callable[[], None]] = field(default_factory=list)


class State:
    """Documents `doc(platform, kind, id) -> JSON`, kept in order of first writing.

    Every write happens inside `transaction()`: all or nothing, in memory and in the file. A document read is
    a fresh copy, so changing it changes nothing until `put`. A killed process loses no committed write.
    Belongs to one thread (the event loop's); a transaction never awaits.
    """

    def __init__(self, file: Path | None = None) -> None:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")  # survives a killed process, which is all we promise
        self._db.executescript(_SCHEMA)
        self._docs: dict[tuple[str, str], dict[str, bytes]] = {}
        self._open: _Transaction | None = None
        for platform, kind, id_, body in self._db.execute("SELECT * FROM doc ORDER BY rowid"):
            self._docs.setdefault((platform, kind), {})[id_] = body

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything written inside, or nothing when the block raises. An inner block joins the outer."""
        if self._open is not None:
            yield
            return
        self._open = _Transaction()
        try:
            yield
            done = self._commit(self._open)
        finally:
            self._open = None
        for callback in done.after:
            callback()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run `callback` once the open transaction is committed; never when it is rolled back."""
        self._writing().after.append(callback)

    def get(self, platform: str, kind: str, id_: str) -> Any | None:
        """The document, or None."""
        raw = self._raw(platform, kind, id_)
        return None if raw is None else loads(raw)

    def put(self, platform: str, kind: str, id_: str, body: Any) -> None:
        """Write a document whole."""
        self._writing().docs.setdefault((platform, kind), {})[id_] = dumps(body)

    def delete(self, platform: str, kind: str, id_: str) -> None:
        """Remove a document; removing what is not there is allowed."""
        self._writing().docs.setdefault((platform, kind), {})[id_] = None

    def scan(self, platform: str, kind: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Each (id, document) whose id begins with `prefix`, oldest first."""
        for id_ in self.ids(platform, kind, prefix):
            yield id_, self.get(platform, kind, id_)

    def ids(self, platform: str, kind: str, prefix: str = "") -> list[str]:
        """The ids that begin with `prefix`, oldest first."""
        stored = self._docs.get((platform, kind), {})
        pending = self._open.docs.get((platform, kind), {}) if self._open else {}
        both = [*stored, *(id_ for id_ in pending if id_ not in stored)]
        return [id_ for id_ in both if id_.startswith(prefix) and pending.get(id_, b"") is not None]

    def next_id(self, platform: str, counter: str, start: int = 1) -> int:
        """The next number of a counter, never given twice (a rolled-back one is given again)."""
        value = self.get(platform, "counter", counter)
        number = start if value is None else int(value) + 1
        self.put(platform, "counter", counter, number)
        return number

    def shelf(self, platform: str, account: str) -> Shelf:
        """The documents of one account of one platform."""
        return Shelf(self, platform, account)

    def execute(self, statement: str, *values: Any) -> None:
        """Add one SQL statement on the `call` table to the open transaction."""
        self._writing().statements.append((statement, values))

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read committed rows of the `call` table."""
        return self._db.execute(statement, values).fetchall()

    def clear(self) -> None:
        """Forget everything, at once; not inside a transaction."""
        self._db.execute("DELETE FROM doc")
        self._db.execute("DELETE FROM call")
        self._db.execute("DELETE FROM sqlite_sequence")  # calls are numbered from 1 again
        self._docs.clear()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _raw(self, platform: str, kind: str, id_: str) -> bytes | None:
        if self._open is not None:
            pending = self._open.docs.get((platform, kind), {})
            if id_ in pending:
                return pending[id_]
        return self._docs.get((platform, kind), {}).get(id_)

    def _writing(self) -> _Transaction:
        if self._open is None:
            raise RuntimeError("a write to the sandbox's state outside a transaction")
        return self._open

    def _commit(self, done: _Transaction) -> _Transaction:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for (platform, kind), docs in done.docs.items():
                for id_, body in docs.items():
                    gone = body is None
                    row = (platform, kind, id_) if gone else (platform, kind, id_, body)
                    self._db.execute(_DELETE if gone else _UPSERT, row)
            for statement, values in done.statements:
                self._db.execute(statement, values)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        self._merge(done)
        return done

    def _merge(self, done: _Transaction) -> None:
        for key, docs in done.docs.items():
            held = self._docs.setdefault(key, {})
            for id_, body in docs.items():
                if body is None:
                    held.pop(id_, None)
                else:
                    held[id_] = body


@dataclass(frozen=True)
class Shelf:
    """The documents of one account: the ids are kept as `<account>/<id>`, and given without the account."""

    state: State
    platform: str
    account: str

    def get(self, kind: str, id_: str | int) -> Any | None:
        """The document, or None."""
        return self.state.get(self.platform, kind, f"{self.account}/{id_}")

    def put(self, kind: str, id_: str | int, body: Any) -> None:
        """Write a document whole."""
        self.state.put(self.platform, kind, f"{self.account}/{id_}", body)

    def delete(self, kind: str, id_: str | int) -> None:
        """Remove a document."""
        self.state.delete(self.platform, kind, f"{self.account}/{id_}")

    def scan(self, kind: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Each (id, document) of the account, oldest first."""
        skip = len(self.account) + 1
        for id_, body in self.state.scan(self.platform, kind, f"{self.account}/{prefix}"):
            yield id_[skip:], body

    def ids(self, kind: str, prefix: str = "") -> list[str]:
        """The ids of the account, oldest first."""
        skip = len(self.account) + 1
        return [id_[skip:] for id_ in self.state.ids(self.platform, kind, f"{self.account}/{prefix}")]

    def next_id(self, counter: str, start: int = 1) -> int:
        """The next number of a counter of the account."""
        return self.state.next_id(self.platform, f"{self.account}/{counter}", start)
