"""Preparing a write: its reading steps are taken, then all its writing requests are rendered, before one is sent.

The steps of a writing operation that read (GET, HEAD) come first: a version to compare with, an id that the write
needs. No writing step depends on the answer of another: what is pinned is all that is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from cais.http.client import Sender
from cais.rules.message import Outcome, Request
from cais.rules.operation import Operation, Step
from cais.rules.ruleset import ConnectionRules

Context = dict[str, Any]

_READS: Final = ("GET", "HEAD")
_GOOD: Final = ("ok", "exists")


@dataclass(frozen=True)
class Prepared:
    """What is to be sent, and the context with what was read for it."""

    requests: tuple[Request, ...]
    context: Context


class Unready(Exception):
    """What the write needs could not be read; nothing was sent."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.kind)
        self.outcome = outcome


async def prepare(sender: Sender, connection: ConnectionRules, operation: Operation, context: Context) -> Prepared:
    """The requests of an act. Raises `Unready`, `MappingError`, `MissingSetting`, and what readings raise."""
    reading = _part(operation, _reads)
    if reading.steps:
        bare = replace(reading, does="read", mapping=None, results={}, found=None, answered=None, creates=None)
        answer = await sender.call(connection, bare, context, share="order")
        if answer.outcome.kind not in _GOOD:
            raise Unready(answer.outcome)
        context = {**context, **answer.document}
    return Prepared(sender.render(connection, _part(operation, _writes), context), context)


def _part(operation: Operation, which: Callable[[Step], bool]) -> Operation:
    return replace(operation, steps=tuple(step for step in operation.steps if which(step)))


def _reads(step: Step) -> bool:
    return step.request.method in _READS


def _writes(step: Step) -> bool:
    return not _reads(step)
