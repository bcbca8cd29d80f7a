"""What happens, as one line each, while `cais up` runs: the journal as it grows, and what the selling day says."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, Row, func, select

from cais.sentence import sentence
from cais.store.engine import Store
from cais.store.tables import journal

PAUSE_S = 0.4
BATCH = 200
COLOURS = {
    "status": "green",
    "parked": "yellow",
    "unknown": "yellow",
    "refused": "red",
    "conflict": "red",
    "circuit": "red",
}
REMEMBERED = 10_000
"""So many subjects' observations are known at most; then it is told again what they show."""


class Feed:
    """Prints new lines. What was written before it was made is not shown again. `told`: a file that somebody writes."""

    def __init__(self, store: Store, told: Path | None = None) -> None:
        self._store, self._told = store, told
        self._read = told.stat().st_size if told is not None and told.exists() else 0
        self._shown: dict[tuple[str, str], set[str]] = {}
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
                if (detail := self._news(row)) is not None:
                    click.echo(_line(row, detail))
            await asyncio.sleep(PAUSE_S)

    def _news(self, row: Row[Any]) -> dict[str, Any] | None:
        """The line's detail; of what a platform shows only what it did not show before. None: nothing is new."""
        detail = dict(row.detail)
        if row.what != "observed":
            return detail
        if len(self._shown) > REMEMBERED:
            self._shown.clear()
        known = self._shown.setdefault((row.subject, row.actor), set())
        new = [each for each in dict.fromkeys(detail.get("said", ())) if each not in known]
        known.update(new)
        return {**detail, "said": new} if new else None

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


def _line(row: Row[Any], detail: dict[str, Any]) -> str:
    kind, _, name = row.subject.partition(":")
    told = click.style(
        sentence(row.what, detail), fg=COLOURS.get(detail.get("state", row.what)) or COLOURS.get(row.what)
    )
    return f"{row.at:%H:%M:%S}  {kind:<7} {name:<28} {row.actor:<6} {told}"
