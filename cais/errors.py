"""Every error of the hub, in one tree organised by who must act.

CaisError
├── RulesInvalid          the integrator: a rule file is wrong (problems with file and line)
├── WrongUse              the caller: the command, start or signal is not well formed
├── Refused               the caller: well formed, and not allowed (the reason is the message)
├── NotFound              the caller: no such order, listing, connection
├── Misconfigured         the operator: store, key, server or secret is not set up
└── ActError              an act or a reading did not come about
    ├── MappingError      the integrator: a document does not map (position in the mapping)
    ├── MissingSetting    the integrator: a setting is not given (cause)
    ├── PlatformRefused   the integrator: the platform refuses a reading for good (outcome and code)
    └── TryLater          nobody: time heals it
        ├── Throttled     the platform's limit; says after how long
        ├── LeaseHeld     another process holds the row
        └── CircuitOpen   the connection is switched off by failures

Messages never hold values of a document: positions and codes only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cais.rules.problem import Problem


class CaisError(Exception):
    """Base of all errors that the hub raises on purpose."""


class RulesInvalid(CaisError):
    """The rule files have mistakes; nothing was activated."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problem(s) in the rule files")
        self.problems = tuple(problems)


class WrongUse(CaisError):
    """The request is not well formed; the message says what is wrong with it."""


class Refused(CaisError):
    """The request is well formed and not allowed; the message is the reason."""


class NotFound(CaisError):
    """There is no such thing."""


class Misconfigured(CaisError):
    """The hub itself is not set up for this."""


class ActError(CaisError):
    """An act or a reading did not come about."""


class MappingError(ActError):
    """A document does not map. Holds positions only, never the document's values.

    `at` is the path in the mapping (`fields.lines[2].total`), `source` the path in the document.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        at: str = "",
        source: str = "",
        file: str = "",
        line: int = 0,
        column: int = 0,
    ) -> None:
        where = f"{file}:{line}:{column}: " if file else ""
        super().__init__(f"{where}{code} {detail}" + (f" at {at}" if at else ""))
        self.code, self.detail, self.at, self.source = code, detail, at, source
        self.file, self.line, self.column = file, line, column


class MissingSetting(ActError):
    """A setting that a person gives is absent; `cause` is what waits for it, such as `carrier:correios`."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"missing setting {cause}")
        self.cause = cause


class PlatformRefused(ActError):
    """A reading that the platform refuses for good; the message holds operation, outcome and code."""


class TryLater(ActError):
    """Time heals it. `after` is a real duration, not divided by the clock's speed."""

    def __init__(self, reason: str, after: timedelta) -> None:
        super().__init__(reason)
        self.after = after


class Throttled(TryLater):
    """A limit of the platform is used up for now."""


class LeaseHeld(TryLater):
    """Another process holds the row's lease."""


class CircuitOpen(TryLater):
    """The connection's circuit is open."""
