"""A call step by step: each step's request sees the answers of those before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cais.http.answer import answer_scope
from cais.http.exchange import Classify, Perform, Tried
from cais.http.paging import Guard, following
from cais.model.vocabulary import OutcomeKind
from cais.rules.message import Outcome, Request, Response
from cais.rules.operation import Operation, Step
from cais.rules.pages import Page, Pages

GOOD: Final = frozenset({OutcomeKind.OK, OutcomeKind.EXISTS})

BODY: Final = "body"
"""The name of the answer of an operation that has one request and no steps."""


def render(operation: Operation, context: Mapping[str, Any]) -> tuple[Request, ...]:
    """All requests of an act, before any is sent: none may depend on an answer. Raises MappingError, MissingSetting."""
    return tuple(
        request for n, step in enumerate(operation.steps) for request in _rendered(operation, n, step, context)
    )


def _rendered(operation: Operation, number: int, step: Step, context: Mapping[str, Any]) -> list[Request]:
    if not step.applies(context):
        return []
    elements = step.elements(context)
    if elements is None:
        return [operation.request(context, number)]
    return [operation.request({**context, step.item: element}, number) for element in elements]


class _Stopped(Exception):
    """A step ended the call."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.kind)
        self.outcome = outcome


class Walk:
    """One call of an operation; `document` fills with the answers by the names of the steps."""

    def __init__(self, operation: Operation, context: Mapping[str, Any], hosts: Mapping[str, str], perform: Perform):
        self._operation, self._hosts, self._perform = operation, hosts, perform
        self._known = dict(context)
        self._last: Tried | None = None
        self.document: dict[str, Any] = {}

    async def run(self) -> Outcome:
        """Take all steps; the outcome of the one that stopped the call, or of the whole."""
        try:
            for number, step in enumerate(self._operation.steps):
                name = step.name or BODY
                self._known[name] = self.document[name] = await self._taken(number, step)
        except _Stopped as stopped:
            return stopped.outcome
        return self._ended()

    @property
    def response(self) -> Response:
        """The last answer; an empty good one if no step was taken."""
        last = self._last.response if self._last is not None else None
        return last if last is not None else Response(200)

    def read(self) -> Any:
        """The canonical value. Raises MappingError."""
        response = self.response
        return self._operation.read({**self._known, "header": dict(response.headers), "status": response.status})

    def answers(self) -> Mapping[str, Outcome]:
        """The outcomes of a bulk request by the key of each item. Raises MappingError."""
        return self._operation.answers(self.response, self._known)

    def _ended(self) -> Outcome:
        if self._is_simple and self._last is not None:
            return self._last.outcome
        return self._operation.classify(self.response, self._known)

    @property
    def _is_simple(self) -> bool:
        steps = self._operation.steps
        return len(steps) == 1 and steps[0].each is None and steps[0].pages is None

    async def _taken(self, number: int, step: Step) -> Any:
        if not step.applies(self._known):
            return None
        elements = step.elements(self._known)
        if elements is None:
            return await self._answer(number, step, self._known)
        return [await self._answer(number, step, {**self._known, step.item: element}) for element in elements]

    async def _answer(self, number: int, step: Step, context: Mapping[str, Any]) -> Any:
        if step.pages is not None:
            return await self._listed(number, step, step.pages, context)
        response = await self._good(number, step, context, None)
        return None if response is None else response.content

    async def _listed(self, number: int, step: Step, pages: Pages, context: Mapping[str, Any]) -> list[Any]:
        page: Page | None = Page()
        guard, listed = Guard(self._hosts, step.request.host), list[Any]()
        while page is not None:
            response = await self._good(number, step, context, page)
            if response is None:
                break
            scope = answer_scope(context, response)
            items = [response.content] if step.items is None else list(step.items.value(scope) or [])
            listed += items
            page = guard.passed(page, items, following(pages, page, response, len(items), scope).whole())
        return listed

    async def _good(self, number: int, step: Step, context: Mapping[str, Any], page: Page | None) -> Response | None:
        """The good answer of a request; null where not being found is an answer. Raises _Stopped."""
        tried = await self._perform(self._operation.request(context, number, page), self._classify(context))
        if tried.outcome.kind is OutcomeKind.NOT_FOUND and step.null_when_not_found:
            return None
        if tried.outcome.kind not in GOOD or tried.response is None:
            raise _Stopped(tried.outcome)
        self._last = tried
        return tried.response

    def _classify(self, context: Mapping[str, Any]) -> Classify:
        operation = self._operation
        if self._is_simple:
            return lambda response: operation.classify(response, context)
        # `found` and `result` speak of all steps together: they are asked at the end.
        return lambda response: operation.outcomes.classify(response, answer_scope(context, response))
