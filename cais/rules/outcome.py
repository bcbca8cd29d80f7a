"""Outcome tables: from a platform's answer to one of a closed set of outcomes. The first row that matches decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from cais.model.vocabulary import OutcomeKind
from cais.rules.message import Outcome, Response
from cais.rules.path import MISSING
from cais.rules.scope import Scope
from cais.rules.text import Text, holds

LONGEST_MESSAGE = 300
LONGEST_WAIT = timedelta(hours=1)
"""A platform that asks for more is asked again after this."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. No `statuses` means any."""

    kind: OutcomeKind
    statuses: tuple[range, ...] = ()
    when: Text | None = None
    code: Text | None = None
    message: Text | None = None
    after: tuple[str | timedelta, ...] = ()

    def matches(self, response: Response, scope: Scope) -> bool:
        if self.statuses and not any(response.status in statuses for statuses in self.statuses):
            return False
        return self.when is None or holds(self.when, scope)


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    rows: tuple[Row, ...]

    def classify(self, response: Response, scope: Scope) -> Outcome:
        """The outcome, still without result. An answer that no row matches is fatal."""
        row = next((row for row in self.rows if row.matches(response, scope)), _FATAL)
        code = _words(row.code, scope) or (str(response.status) if row.kind is not OutcomeKind.OK else None)
        return Outcome(row.kind, code, _words(row.message, scope), _after(row.after, response))


_FATAL = Row(OutcomeKind.FATAL)


def _words(text: Text | None, scope: Scope) -> str | None:
    value = MISSING if text is None else text.lenient(scope)
    return None if value is None or value is MISSING else str(value)[:LONGEST_MESSAGE]


def _after(sources: Sequence[str | timedelta], response: Response) -> timedelta | None:
    """The first source that says how long to wait."""
    for source in sources:
        wait = source if isinstance(source, timedelta) else _told(response.headers.get(source), response)
        if wait is not None:
            return min(max(wait, timedelta()), LONGEST_WAIT)
    return None


def _told(value: str | None, response: Response) -> timedelta | None:
    """A header in either form of Retry-After: seconds, or a date (relative to the answer's own `Date`)."""
    if value is None:
        return None
    try:
        return timedelta(seconds=float(value))
    except (ValueError, OverflowError):
        pass
    moment = _http_date(value)
    if moment is None:
        return None
    return moment - (_http_date(response.headers.get("date")) or datetime.now(UTC))


def _http_date(value: Any) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
