"""The only road to a platform: renders, takes tickets, authenticates, sends under one deadline, classifies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cais.http import call as calls
from cais.http.call import Call
from cais.http.exchange import Exchange, Terms
from cais.http.gcra import Share
from cais.http.paging import PageRead, read_pages
from cais.http.steps import Walk
from cais.model.vocabulary import OutcomeKind
from cais.rules.message import Outcome, Response
from cais.rules.operation import Operation
from cais.rules.pages import Page
from cais.rules.ruleset import ConnectionRules
from cais.store.engine import Store

GOOD = frozenset({OutcomeKind.OK, OutcomeKind.EXISTS})


@dataclass(frozen=True)
class Answer:
    """What came of a call.

    `document` holds the platform's answers: by the names of the steps, or one under `body`. `read` is the canonical
    value (or a list of them) where the operation has a reading mapping and ended well; `answers` are the outcomes
    of a bulk request by item.
    """

    outcome: Outcome
    document: Mapping[str, Any] = field(repr=False)
    read: Any = field(default=None, repr=False)
    answers: Mapping[str, Outcome] = field(default_factory=dict)
    request_digest: str = ""
