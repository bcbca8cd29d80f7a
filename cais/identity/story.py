"""An order's whole story: who said what, what was sent where by which mapping, and what the archive holds of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from cais.identity import book
from cais.identity.book import Entry
from cais.store import journal
from cais.store.engine import Store
from cais.store.journal import Entry as Line
from cais.store.tables import document, fact, handoff, parked


@dataclass(frozen=True)
class Fact:
    """The newest word of its owner. `content` is a canonical document."""

    direction: str
    key: str
    source: str
    as_of: datetime
    content: dict[str, Any]


@dataclass(frozen=True)
class Handoff:
    """What was sent, or will be. `mapping_hash` and `rule_digest` say by which rules it was rendered."""

    target: str
    direction: str
    n: str
    state: str
    attempt: int
    operation: str | None
    outcome: str | None
    code: str | None
    message: str | None
    cause: str | None
    remote_id: str | None
    request_digest: str | None
    rule_digest: str | None
    mapping_hash: str | None
    updated_at: datetime


@dataclass(frozen=True)
class Parked:
    """What waits for a cause to be mended."""

    lane: str
    direction: str
    n: str
    cause: str
    since: datetime


@dataclass(frozen=True)
class Archived:
    """A raw document in the archive; the document itself is sealed."""

    connection: str
    kind: str
    object_id: str
    as_of: datetime
    digest: str
    mapping_hash: str | None


@dataclass(frozen=True)
class Story:
    order: Entry
    lines: tuple[Line, ...]
    facts: tuple[Fact, ...]
    handoffs: tuple[Handoff, ...]
    parked: tuple[Parked, ...]
    archived: tuple[Archived, ...]


async def story(store: Store, order_id: str) -> Story:
    """All of one order but its personal data. Raises `NotFound`."""
    archived = await store.archive.read(_archived, order_id)
    return await store.read(_story, order_id, archived)


def _story(conn: Connection, order_id: str, archived: tuple[Archived, ...]) -> Story:
    return Story(
        order=book.known(conn, order_id),
        lines=tuple(journal.story(conn, order_id)),
        facts=tuple(Fact(**row) for row in _rows(conn, fact, Fact, fact.c.order_id == order_id)),
        handoffs=tuple(Handoff(**row) for row in _rows(conn, handoff, Handoff, handoff.c.subject == order_id)),
        parked=tuple(Parked(**row) for row in _rows(conn, parked, Parked, parked.c.subject == order_id)),
        archived=archived,
    )


def _archived(conn: Connection, order_id: str) -> tuple[Archived, ...]:
    return tuple(Archived(**row) for row in _rows(conn, document, Archived, document.c.subject == order_id))


def _rows(conn: Connection, table: Any, shape: Any, which: Any) -> Sequence[RowMapping]:
    """The columns of a table that a shape has, in the order of their key."""
    columns = [table.c[name] for name in shape.__dataclass_fields__]
    return conn.execute(select(*columns).where(which).order_by(*table.primary_key)).mappings().all()
