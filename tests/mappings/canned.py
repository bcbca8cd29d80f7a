"""A platform of canned answers: what a platform file asks, in which order, and what it makes of what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cais.http.exchange import Classify, Tried
from cais.http.steps import Walk
from cais.model import wire
from cais.rules.files import RuleFiles
from cais.rules.message import Outcome, Request, Response
from cais.rules.platform import Platform
from cais.rules.ruleset import compile_rules

ROOT = Path(__file__).parents[2]


@cache
def platform(name: str) -> Platform:
    return compile_rules(RuleFiles.read(ROOT)).platforms[name]


def case(name: str, file: str) -> dict[str, Any]:
    """A payload of the cases."""
    return wire.as_object((ROOT / "mappings" / "platforms" / name / "cases" / file).read_bytes())


def answer(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, dict(headers or {}), b"" if document is None else wire.dumps(document))


@dataclass
class Canned:
    """Answers by path; a path that is not there is answered 404. `asked` is what was asked, in order."""

    answers: Mapping[str, Any]
    asked: list[str] = field(default_factory=list)

    async def perform(self, request: Request, classify: Classify) -> Tried:
        self.asked.append(request.path)
        found = self.answers.get(request.path)
        response = found if isinstance(found, Response) else answer(found, 404 if found is None else 200)
        return Tried(classify(response), response)

    async def call(self, operation: str, context: Mapping[str, Any], of: Platform) -> tuple[Outcome, Any]:
        """The outcome of a composite reading, and what it reads when it ends well."""
        walk = Walk(of.operations[operation], context, {}, self.perform)
        outcome = await walk.run()
        return outcome, walk.read() if outcome.kind == "ok" else None
