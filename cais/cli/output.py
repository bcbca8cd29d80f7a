"""How commands print: tables for people, JSON for programs, rule problems with their excerpts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

from cais.model import wire
from cais.rules.problem import Problem, show

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """The option `--json`, the same on every command that prints data."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    click.echo(wire.dumps(document))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A table, or the sentence `empty` when there are no rows."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column)
    count = 0
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
        count += 1
    Console(width=None if sys.stdout.isatty() else 160).print(table if count else empty)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    return str(value).replace("[", r"\[")


def show_problems(problems: Sequence[Problem]) -> None:
    """Rule problems on stderr, sorted, with excerpt and caret."""
    sources = {p.file: Path(p.file).read_text() for p in problems if Path(p.file).is_file()}
    click.echo(show(problems, sources), err=True)


def moment(value: datetime | None) -> str | None:
    """A moment for JSON."""
    return None if value is None else value.isoformat()
