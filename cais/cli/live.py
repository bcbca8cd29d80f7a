"""What happens, as one line each, while `cais up` runs: the journal, read as it grows."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import Connection, Row, func, select

from cais.store.engine import Store
from cais.store.tables import journal

PAUSE_S = 0.4
BATCH = 200
COLOURS = {"status": "green", "parked": "yellow", "refused": "red", "conflict": "red", "handoff": "cyan"}


class Feed:
    """Prints the journal's new lines. Lines written before it was made are not shown again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.connect() as conn:
            self._last: int = conn.execute(select(func.coalesce(func.max(journal.c.id), 0))).scalar_one()

    @staticmethod
    def say(line: str) -> None:
        """One line of the hub itself."""
        click.echo(f"{datetime.now(UTC):%H:%M:%S}  {click.style(line, dim=True)}")

    async def follow(self) -> None:
        """Print until cancelled."""
        while True:
            for row in await self._store.read(_after, self._last):
                self._last = row.id
                click.echo(_line(row))
            await asyncio.sleep(PAUSE_S)


def _after(conn: Connection, last: int) -> list[Row[Any]]:
    return list(conn.execute(select(journal).where(journal.c.id > last).order_by(journal.c.id).limit(BATCH)))


def _line(row: Row[Any]) -> str:
    kind, _, name = row.subject.partition(":")
    what = click.style(f"{row.what:<10}", fg=COLOURS.get(row.what))
    return f"{row.at:%H:%M:%S}  {kind:<7} {name:<34} {row.actor:<8} {what} {said(row.detail)}"


def said(detail: dict[str, Any]) -> str:
    """A journal line's detail in a few words: its short values, by name."""
    parts = [f"{name} {_word(value)}" for name, value in detail.items() if value not in (None, "", [], {})]
    return " · ".join(parts)[:160]


def _word(value: Any) -> str:
    if isinstance(value, str) and len(value) == 64:
        return value[:12]
    if isinstance(value, list):
        return ", ".join(_word(item) for item in value)
    return str(value)
