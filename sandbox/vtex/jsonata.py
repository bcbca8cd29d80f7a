"""The part of JSONata that order filters need: comparisons of paths with literals, `and`, `or`, `$count`, `$exists`.

An expression outside this part is refused when it is set, so that no filter silently means something else here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<string>\"[^\"]*\"|'[^']*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<op><=|>=|!=|[=<>()])"
    r"|(?P<word>\$?[A-Za-z_][\w.]*))"
)
Test = Callable[[Any], Any]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def holds(expression: str, document: Any) -> bool:
    """Whether the document fulfils the expression; raises ValueError for one outside the part known here."""
    parser = _Parser(_tokens(expression))
    test = parser.either()
    if parser.left:
        raise ValueError(f"not understood from {parser.left[0]!r}")
    return test(document) is True


def _tokens(expression: str) -> list[str]:
    tokens, at = [], 0
    while expression[at:].strip():
        match = _TOKEN.match(expression, at)
        if match is None:
            raise ValueError(f"not understood: {expression[at:]!r}")
        tokens.append(match[0].strip())
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens

    def either(self) -> Test:
        tests = [self._both()]
        while self._take("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda doc: any(test(doc) is True for test in tests)

    def _both(self) -> Test:
        tests = [self._comparison()]
        while self._take("and"):
            tests.append(self._comparison())
        return tests[0] if len(tests) == 1 else lambda doc: all(test(doc) is True for test in tests)

    def _comparison(self) -> Test:
        left = self._operand()
        if self.left and self.left[0] in _COMPARE:
            compare = _COMPARE[self.left.pop(0)]
            right = self._operand()
            return lambda doc: _compared(compare, left(doc), right(doc))
        return left

    def _operand(self) -> Test:
        if not self.left:
            raise ValueError("it ends too early")
        token = self.left.pop(0)
        if token == "(":
            inner = self.either()
            self._need(")")
            return inner
        if token in ("$count", "$exists"):
            self._need("(")
            inner = self._operand()
            self._need(")")
            return (lambda doc: len(_many(inner(doc)))) if token == "$count" else (lambda doc: inner(doc) is not None)
        return _literal(token)

    def _take(self, token: str) -> bool:
        if self.left and self.left[0] == token:
            self.left.pop(0)
            return True
        return False

    def _need(self, token: str) -> None:
        if not self._take(token):
            raise ValueError(f"{token!r} is missing")


def _literal(token: str) -> Test:
    if token[0] in "\"'":
        return lambda _: token[1:-1]
    if token[0].isdigit() or token[0] == "-":
        return lambda _: Decimal(token)
    if token in ("true", "false", "null"):
        return lambda _: {"true": True, "false": False, "null": None}[token]
    if token.startswith("$") or token in _COMPARE or token in ")":
        raise ValueError(f"not known here: {token}")
    return lambda doc: _path(doc, token.split("."))


def _path(value: Any, names: list[str]) -> Any:
    """The value at a path; a list on the way is mapped over. Absent is None."""
    if not names:
        return value
    if isinstance(value, list):
        found = [item for one in value for item in _many(_path(one, names))]
        return found or None
    return _path(value.get(names[0]), names[1:]) if isinstance(value, dict) else None


def _many(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _compared(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    try:
        return compare(left, right)
    except TypeError:
        return False
