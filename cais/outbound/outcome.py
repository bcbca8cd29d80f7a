"""Outcomes of writes: which are good, which pass by themselves, and how each is named where people read it."""

from __future__ import annotations

import re
from typing import Final

from cais.clock import Clock
from cais.errors import Throttled, TryLater
from cais.model.vocabulary import OutcomeKind
from cais.outbound.backoff import RETRY_CAP, backoff
from cais.outbound.redact import redact
from cais.rules.message import Outcome

GOOD: Final = (OutcomeKind.OK, OutcomeKind.EXISTS)
PASSING: Final = (OutcomeKind.RETRY, OutcomeKind.THROTTLED, OutcomeKind.REAUTH)
"""Not carried out, and may be another time."""

_NO_WORD: Final = re.compile(r"[^A-Za-z0-9_.-]+")


def named(outcome: Outcome) -> str:
    """`<kind>:<code>`: a cause, or the reason of a wait. Codes are words, never a document's values."""
    code = _NO_WORD.sub("-", redact(outcome.code or "unexplained", {}))[:60]
    return f"{outcome.kind}:{code}"


def not_now(outcome: Outcome, clock: Clock, attempt: int) -> TryLater | None:
    """When to try again what was not carried out, or not learnt; None if time does not heal it."""
    if outcome.kind not in (*PASSING, OutcomeKind.UNKNOWN):
        return None
    after = outcome.after or backoff(clock, attempt, RETRY_CAP)
    kind = Throttled if outcome.kind is OutcomeKind.THROTTLED else TryLater
    return kind(named(outcome), after)
