"""One operation of a platform, compiled: requests out of a context, outcomes out of answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from cais.errors import MappingError
from cais.model.vocabulary import DedupStrategy, ObjectKind, OutcomeKind
from cais.rules.cast import kind
from cais.rules.failure import Failure
from cais.rules.mapping import Mapping as DocumentMapping
from cais.rules.message import LostKind, Outcome, Ref, Request, Response
from cais.rules.outcome import OutcomeTable
from cais.rules.pages import Page, Pages
from cais.rules.path import MISSING
from cais.rules.request import RequestTemplate
from cais.rules.scope import Scope
from cais.rules.text import Text, Texts, condition

Context = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One request of an operation. A simple operation has one step without a name."""

    request: RequestTemplate
    name: str | None = None
    when: Text | None = None
    each: Text | None = None
    item: str = "item"
    null_when_not_found: bool = False
    pages: Pages | None = None
    items: Text | None = None

    def applies(self, context: Context) -> bool:
        """Whether the step is taken; its answer is null when it is not. Raises MappingError."""
        return self.when is None or condition(self.when, Scope.of(context))

    def elements(self, context: Context) -> list[Any] | None:
        """What the step is repeated for, each to be put into the context as `item`; None: once, without."""
        if self.each is None:
            return None
        return _list(self.each, Scope.of(context))


@dataclass(frozen=True, slots=True)
class Dedup:
    """How a lost answer to a create is cleared up. Durations are nominal."""

    strategy: DedupStrategy
    find: str | None
    settle: timedelta
    tries: int
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class RefTemplate:
    kind: ObjectKind
    id: Text
    version: Text | None
    by: Literal["id", "correlation"]


@dataclass(frozen=True, slots=True)
class Answers:
    """How the answer to a bulk request is read, item by item."""

    items: Text
    key: Text
    outcomes: OutcomeTable


@dataclass(frozen=True, slots=True)
class Operation:
    """Everything about one operation. `timeout` is nominal."""

    name: str
    does: Literal["read", "write", "housekeeping"]
    steps: tuple[Step, ...]
    outcomes: OutcomeTable
    timeout: timedelta
    takes: str | None = None
    gives: str | None = None
    creates: str | None = None
    mapping: DocumentMapping | None = field(default=None, repr=False)
    pages: Pages | None = None
    listed: Text | None = None
    ref: RefTemplate | None = None
    found: Text | None = None
    results: Texts = field(default_factory=dict)
    answered: Answers | None = None
    dedup: Dedup | None = None
    requires: tuple[str, ...] = ()

    @property
    def mappings(self) -> tuple[DocumentMapping, ...]:
        """All mappings that the operation uses; its handoffs wake when one of them changes."""
        sent = [mapping for step in self.steps for mapping in step.request.mappings]
        return (*sent, self.mapping) if self.mapping else tuple(sent)

    def request(self, context: Context, step: int = 0, page: Page | None = None) -> Request:
        """The request of a step, and of a page of it. Raises MappingError, MissingSetting."""
        chosen = self.steps[step]
        request = chosen.request.render(context, Scope.of(context))
        pages = chosen.pages or self.pages
        return request if pages is None else pages.apply(request, page or Page())

    def classify(self, response: Response, context: Context) -> Outcome:
        """How the operation ended, with its result. Raises MappingError only where the operation file is at odds with
        the answer of a reading; a write whose answer lacks its id is `unknown`."""
        scope = self._answer_scope(response, context)
        outcome = self.outcomes.classify(response, scope)
        if outcome.kind not in (OutcomeKind.OK, OutcomeKind.EXISTS):
            return outcome
        if self.found is not None and self.found.lenient(scope) is not True:
            return Outcome(OutcomeKind.NOT_FOUND, outcome.code)
        result = {name: value for name, text in self.results.items() if (value := _known(text, scope)) is not None}
        if outcome.kind is OutcomeKind.OK and self.creates and "id" in self.results and "id" not in result:
            return Outcome(OutcomeKind.UNKNOWN, "no-id")
        return Outcome(outcome.kind, outcome.code, outcome.message, outcome.after, result)

    def failed(self, lost: LostKind) -> Outcome:
        """The outcome of a request without an answer: whether it was carried out is known only if it never left."""
        sent = self.does == "write" and lost != "connect"
        return Outcome(OutcomeKind.UNKNOWN if sent else OutcomeKind.RETRY, lost)

    def read(self, context: Context) -> Any:
        """The canonical value (or a list of them) out of the answers of the steps by name, or of `body`.

        Raises MappingError.
        """
        if self.mapping is None:
            raise MappingError("R216", f"operation {self.name} reads nothing")
        return self.mapping.read(context)

    def items(self, response: Response, context: Context) -> list[Any]:
        """The elements of a page of a list. Raises MappingError where the answer has no such list."""
        return [] if self.listed is None else _list(self.listed, self._answer_scope(response, context))

    def refs(self, response: Response, context: Context) -> list[Ref]:
        """What a page of a list points at. Raises MappingError."""
        ref, scope = self.ref, self._answer_scope(response, context)
        if ref is None or self.listed is None:
            return []
        return [self._ref(ref, scope.child(item=item)) for item in _list(self.listed, scope)]

    def next_page(self, page: Page, response: Response, context: Context) -> Page | None:
        """The page after `page`; None at the end."""
        if self.pages is None:
            return None
        count = len(self.items(response, context)) if self.listed is not None else 1
        return self.pages.following(page, response, count, self._answer_scope(response, context))

    def answers(self, response: Response, context: Context) -> dict[str, Outcome]:
        """The outcomes of a bulk request by the key of each item. Raises MappingError."""
        answered, scope = self.answered, self._answer_scope(response, context)
        if answered is None:
            return {}
        scopes = [scope.child(item=item) for item in _list(answered.items, scope)]
        return {answered.key.text(each): answered.outcomes.classify(response, each) for each in scopes}

    def _ref(self, ref: RefTemplate, scope: Scope) -> Ref:
        version = None if ref.version is None else ref.version.value(scope)
        found = ref.id.text(scope)
        return Ref(ref.kind, found, None if version is None or version is MISSING else str(version), ref.by)

    def _answer_scope(self, response: Response, context: Context) -> Scope:
        return Scope.of(answered_context(response, context))


def answered_context(response: Response, context: Context) -> dict[str, Any]:
    """The context with an answer in it: `header` (names in lower case), `status`, and `body` where there is one."""
    seen: dict[str, Any] = {**context, "header": dict(response.headers), "status": response.status}
    return seen if response.content is None else {**seen, "body": response.content}


def _known(text: Text, scope: Scope) -> Any:
    value = text.lenient(scope)
    return None if value is MISSING else value


def _list(text: Text, scope: Scope) -> list[Any]:
    value = text.value(scope)
    if isinstance(value, list | tuple):
        return list(value)
    word = "nothing" if value is MISSING else kind(value)
    raise text.error(Failure("R208", f"a list is asked for, the answer has {word}"))
