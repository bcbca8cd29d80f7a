"""What happens, as one line each, while `cais up` runs: the journal as it grows, and what the selling day says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, Row, func, select

from cais.store.engine import Store
from cais.store.tables import journal

PAUSE_S = 0.4
BATCH = 200
COLOURS = {"status": "green", "parked": "yellow", "refused": "red", "conflict": "red", "handoff": "cyan"}
DULL = {"as_of", "run", "plan", "rev", "attempt", "rules", "digest"}
"""What a line does not need: `cais order show` has it."""


class Feed:
    """Prints new lines. What was written before it was made is not shown again. `told`: a file that somebody writes."""

    def __init__(self, store: Store, told: Path | None = None) -> None:
        self._store, self._told = store, told
        self._read = told.stat().st_size if told is not None and told.exists() else 0
        with store.connect() as conn:
            self._last: int = conn.execute(select(func.coalesce(func.max(journal.c.id), 0))).scalar_one()

    @staticmethod
    def say(line: str) -> None:
        """One line of the hub itself."""
        click.echo(f"{datetime.now(UTC):%H:%M:%S}  {click.style(line, dim=True)}")

    async def follow(self) -> None:
        """Print until cancelled."""
        while True:
            self._show_told()
            for row in await self._store.read(_after, self._last):
                self._last = row.id
                click.echo(_line(row))
            await asyncio.sleep(PAUSE_S)

    def _show_told(self) -> None:
        """What was written into the file since the last look, whole lines only."""
        if self._told is None or not self._told.exists():
            return
        with self._told.open("rb") as file:
            file.seek(self._read)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._read += len(whole) + len(newline)
        for line in whole.decode(errors="replace").splitlines():
            click.echo(f"{datetime.now(UTC):%H:%M:%S}  {click.style(line, fg='magenta')}")


def _after(conn: Connection, last: int) -> list[Row[Any]]:
    return list(conn.execute(select(journal).where(journal.c.id > last).order_by(journal.c.id).limit(BATCH)))


def _line(row: Row[Any]) -> str:
    kind, _, name = row.subject.partition(":")
    what = click.style(f"{row.what:<10}", fg=COLOURS.get(row.what))
    told = said({key: value for key, value in row.detail.items() if key not in DULL})
    return f"{row.at:%H:%M:%S}  {kind:<7} {name:<28} {row.actor:<6} {what} {told}"


def said(detail: Mapping[str, Any]) -> str:
    """A document's detail in a few words: its values, by name, what is absent left out."""
    return " · ".join(f"{name} {word}" for name, value in detail.items() if (word := _word(value)))[:160]


def _word(value: Any) -> str:
    match value:
        case None | "":
            return ""
        case str() if len(value) == 64:
            return value[:12]
        case Mapping():
            return ", ".join(word for item in value.values() if (word := _word(item)))
        case list() | tuple():
            return ", ".join(_word(item) for item in value)
        case _:
            return str(value)
