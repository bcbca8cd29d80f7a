"""Settings in bulk: a CSV file with the columns connection, kind, key, value, as a spreadsheet writes it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from cais.errors import WrongUse
from cais.outbound.settings import ALL, give, has_value

COLUMNS: Final = ("connection", "kind", "key", "value")


@dataclass(frozen=True)
class Setting:
    """One row. An empty connection means all connections; the value is text."""

    connection: str
    kind: str
    key: str
    value: str


def read_settings(file: Path) -> list[Setting]:
    """The rows of a file. Raises `WrongUse` with the line that is not one."""
    with file.open(newline="", encoding="utf-8-sig") as opened:
        rows = csv.DictReader(opened)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise WrongUse(f"{file}: the first line names the columns {','.join(COLUMNS)}")
        return [_setting(row, file, rows.line_num) for row in rows]


def _setting(row: dict[str, str | None], file: Path, line: int) -> Setting:
    kind, key, value = row["kind"], row["key"], row["value"]
    if not kind or not key or value is None or None in row:
        raise WrongUse(f"{file}:{line}: a setting has a kind, a key and a value")
    return Setting(row["connection"] or ALL, kind, key, value)


def give_all(conn: Connection, seller: str, settings: Iterable[Setting], by: str, now: datetime) -> int:
    """Give them all; how many parked things wake. What is so already stays as it is and wakes nothing."""
    return sum(
        give(conn, seller, each.connection, each.kind, each.key, each.value, by, now)
        for each in settings
        if not has_value(conn, seller, each.connection, each.kind, each.key, each.value)
    )
