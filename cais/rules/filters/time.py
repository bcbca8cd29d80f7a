"""Filters of times."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (`date` is a filter)
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cais.rules.cast import kind, time_text
from cais.rules.failure import Failure
from cais.rules.filters.registry import strict


def _time(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    raise Failure("R203", f"the filter takes a time, not {kind(value)}")


@strict
def iso(value: Any, tz: str = "UTC") -> str:
    """A time as ISO 8601: `2026-11-24T12:00:00Z`, or with the offset of `tz`."""
    return str(time_text(_time(value), None, None if tz == "UTC" else tz))


@strict
def date(value: Any, pattern: str = "%Y-%m-%d", tz: str = "UTC") -> str:
    """The day of a time in the zone `tz`, or a date, by a strftime pattern."""
    day = value if type(value) is Date else _time(value).astimezone(ZoneInfo(tz))
    return day.strftime(pattern)


@strict
def epoch(value: Any) -> int:
    """Whole seconds since 1970."""
    return int(_time(value).timestamp())


@strict
def epoch_ms(value: Any) -> int:
    return int(time_text(_time(value), "epoch_ms"))
