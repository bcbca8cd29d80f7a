"""The journal: what happened to an order or a listing, who did it, when. Codes and digests, no personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from cais.store.tables import journal


@dataclass(frozen=True)
class Entry:
    """One line of a subject's story. `actor` is a connection, `hub`, or a person's name."""

    at: datetime
    actor: str
    what: str
    detail: Mapping[str, Any]


def note(
    conn: Connection, seller: str, subject: str, actor: str, what: str, detail: Mapping[str, Any], at: datetime
) -> None:
    """Add a line; `detail` is a JSON object of codes, digests and amounts."""
    row = {"seller": seller, "subject": subject, "actor": actor, "what": what, "detail": dict(detail), "at": at}
    conn.execute(insert(journal).values(row))


def story(conn: Connection, subject: str) -> list[Entry]:
    """All that happened to the subject, in the order in which it was noted."""
    columns = (journal.c.at, journal.c.actor, journal.c.what, journal.c.detail)
    rows = conn.execute(select(*columns).where(journal.c.subject == subject).order_by(journal.c.id))
    return [Entry(*row) for row in rows]
