"""The compiled leaves of a mapping: closures from a scope to a value, MISSING where the leaf is left out.

All decisions that the file settles are taken when a closure is made; a rendering only reads and casts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cais.rules.cast import Cast, kind
from cais.rules.enum_table import EnumTable
from cais.rules.failure import Failure, MissingMet, NullMet
from cais.rules.file_model import Answer
from cais.rules.path import MISSING
from cais.rules.reader import Mark
from cais.rules.scope import Scope

Leaf = Callable[[Scope], Any]
Guard = Callable[[Scope], bool]


class LeafFailed(Exception):
    """A failure on its way out: where it is written, and the output path, filled in from the inside."""

    def __init__(self, failure: Failure, mark: Mark, source: str) -> None:
        super().__init__(failure.detail)
        self.code, self.detail = failure.code, failure.detail
        self.mark, self.source = mark, source
        self.at: list[str | int] = []


@dataclass(frozen=True, slots=True)
class Where:
    """Where a leaf is written, and what it reads, for its errors."""

    mark: Mark
    source: str = ""

    def failed(self, failure: Failure) -> LeafFailed:
        return LeafFailed(failure, self.mark, self.source)


@dataclass(frozen=True, slots=True)
class Absence:
    """The answers of a leaf to missing and null."""

    missing: Answer
    null: Answer
    where: Where

    def on_missing(self, failure: Failure | None = None) -> Any:
        answer = self.missing
        if answer.kind == "error":
            raise self.where.failed(failure or MissingMet()) from None
        return MISSING if answer.kind == "omit" else _own(answer.value)

    def on_null(self, failure: Failure | None = None) -> Any:
        answer = self.null
        if answer.kind == "error":
            raise self.where.failed(failure or NullMet()) from None
        return MISSING if answer.kind == "omit" else _own(answer.value)


def _own(value: Any) -> Any:
    """A value of the file; a list or map is made anew, so that no document shares it."""
    if isinstance(value, list):
        return [_own(item) for item in value]
    return {key: _own(item) for key, item in value.items()} if isinstance(value, dict) else value


def path_leaf(get: Leaf, cast: Cast, absence: Absence) -> Leaf:
    """`from`: the value at a path."""

    def leaf(scope: Scope) -> Any:
        value = get(scope)
        if value is None:
            return absence.on_null()
        if value is MISSING:
            return absence.on_missing()
        try:
            return cast(value)
        except Failure as failure:
            raise absence.where.failed(failure) from None

    return leaf


def expression_leaf(evaluate: Leaf, cast: Cast, absence: Absence) -> Leaf:
    """`value`: what an expression or a text with expressions gives."""

    def leaf(scope: Scope) -> Any:
        try:
            value = evaluate(scope)
            if value is None:
                return absence.on_null()
            return absence.on_missing() if value is MISSING else cast(value)
        except NullMet as failure:
            return absence.on_null(failure)
        except MissingMet as failure:
            return absence.on_missing(failure)
        except Failure as failure:
            raise absence.where.failed(failure) from None

    return leaf


def table_cast(table: EnumTable, cast: Cast | None) -> Cast:
    """A cast that looks a word up first."""

    def look(value: Any) -> Any:
        word = table.get(value)
        return word if word is MISSING or word is None or cast is None else cast(word)

    return look


def const_leaf(value: Any) -> Leaf:
    return (lambda _: _own(value)) if isinstance(value, list | dict) else (lambda _: value)


def fields_leaf(children: Sequence[tuple[str, Leaf]]) -> Leaf:
    """A map of what its children give."""

    def leaf(scope: Scope) -> Any:
        result: dict[str, Any] = {}
        name = ""
        try:
            for name, child in children:
                value = child(scope)
                if value is not MISSING:
                    result[name] = value
        except LeafFailed as failed:
            failed.at.insert(0, name)
            raise
        return result

    return leaf


def list_leaf(children: Sequence[Leaf]) -> Leaf:
    """A list of what its children give."""

    def leaf(scope: Scope) -> Any:
        result: list[Any] = []
        for index, child in enumerate(children):
            try:
                value = child(scope)
            except LeafFailed as failed:
                failed.at.insert(0, index)
                raise
            if value is not MISSING:
                result.append(value)
        return result

    return leaf


@dataclass(frozen=True, slots=True)
class Loop:
    """What `each` binds: a name for the element and one for its index, and which elements count."""

    source: str
    item: str
    index: str | None
    where: Guard | None


def each_leaf(evaluate: Leaf, loop: Loop, child: Leaf, absence: Absence) -> Leaf:
    """A list made from a list. One scope serves all elements."""

    def leaf(scope: Scope) -> Any:
        items = _settled(evaluate, scope, absence.where)
        if items is None:
            return absence.on_null()
        if items is MISSING:
            return absence.on_missing()
        if not isinstance(items, list | tuple):
            raise absence.where.failed(
                Failure("R208", f"a list is asked for, the document has {kind(items)}")
            ) from None
        return _mapped(items, Scope(scope), loop, child)

    return leaf


def _mapped(items: Sequence[Any], scope: Scope, loop: Loop, child: Leaf) -> list[Any]:
    result: list[Any] = []
    position = 0
    try:
        for position, item in enumerate(items):
            scope[loop.item] = item
            if loop.index is not None:
                scope[loop.index] = position
            if loop.where is None or loop.where(scope):
                value = child(scope)
                if value is not MISSING:
                    result.append(value)
    except LeafFailed as failed:
        _locate(failed, loop, position)
        raise
    return result


def _settled(evaluate: Leaf, scope: Scope, where: Where) -> Any:
    """The value, None or MISSING."""
    try:
        return evaluate(scope)
    except NullMet:
        return None
    except MissingMet:
        return MISSING
    except Failure as failure:
        raise where.failed(failure) from None


def _locate(failed: LeafFailed, loop: Loop, position: int) -> None:
    """Adds the element's index to the output path, and to the source path where it goes through the element."""
    failed.at.insert(0, position)
    name, _, rest = failed.source.partition(".")
    if name.split("[")[0] == loop.item and loop.source:
        element = f"{loop.source}[{position}]" + name[len(loop.item) :]
        failed.source = f"{element}.{rest}" if rest else element


def guarded(leaf: Leaf, guard: Guard) -> Leaf:
    """`when`: left out unless the guard is true."""
    return lambda scope: leaf(scope) if guard(scope) else MISSING


def guard(evaluate: Leaf, where: Where) -> Guard:
    """A condition that must give a boolean."""

    def check(scope: Scope) -> bool:
        try:
            value = evaluate(scope)
        except Failure as failure:
            raise where.failed(failure) from None
        if value is True or value is False:
            return value
        if value is MISSING:
            raise where.failed(MissingMet()) from None
        raise where.failed(Failure("R207", f"a guard is true or false, this is {kind(value)}")) from None

    return check


def choose_leaf(branches: Sequence[tuple[Guard | None, Leaf]], absence: Absence) -> Leaf:
    """The first branch whose guard is true."""

    def leaf(scope: Scope) -> Any:
        for check, branch in branches:
            if check is None or check(scope):
                return branch(scope)
        return absence.on_missing(Failure("R210", "no branch matched"))

    return leaf


def part_leaf(bindings: Sequence[tuple[str, Leaf]], part: Leaf, absence: Absence) -> Leaf:
    """`use`: a part, with names bound. A name without a value makes the whole leaf missing or null."""

    def leaf(scope: Scope) -> Any:
        inner = Scope(scope)
        for name, evaluate in bindings:
            value = _settled(evaluate, scope, absence.where)
            if value is None:
                return absence.on_null()
            if value is MISSING:
                return absence.on_missing()
            inner[name] = value
        return part(inner)

    return leaf
