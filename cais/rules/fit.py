"""Which casts, words and constants fit a canonical field: the check's knowledge of types on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cais.rules.cast import CastName
from cais.rules.enum_table import EnumTable
from cais.rules.shape import Shape

INFERRED: dict[str, CastName] = {
    "string": "string",
    "integer": "integer",
    "decimal": "money",
    "boolean": "boolean",
    "datetime": "datetime",
    "date": "date",
}
"""The cast of a reading leaf that names none, by the canonical field it fills."""

_FILLS: dict[str, frozenset[str]] = {
    "string": frozenset({"string"}),
    "integer": frozenset({"integer"}),
    "decimal": frozenset({"money", "decimal", "integer"}),
    "boolean": frozenset({"boolean"}),
    "datetime": frozenset({"datetime"}),
    "date": frozenset({"date"}),
    "list": frozenset({"raw"}),
    "map": frozenset({"raw"}),
}
_READS: dict[str, frozenset[str]] = {
    "string": frozenset({"string", "integer", "decimal", "money", "datetime", "date", "raw"}),
    "integer": frozenset({"integer", "string", "decimal", "money", "raw"}),
    "decimal": frozenset({"money", "decimal", "integer", "raw"}),
    "boolean": frozenset({"boolean", "raw"}),
    "datetime": frozenset({"datetime", "date"}),
    "date": frozenset({"date"}),
    "list": frozenset({"raw"}),
    "map": frozenset({"raw"}),
}
_PLAIN_ON_THE_WIRE = frozenset({"any", "string", "integer", "boolean"})
_CONSTANTS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "decimal": (int, Decimal),
    "boolean": (bool,),
    "datetime": (),
    "date": (),
    "list": (list,),
    "map": (dict,),
}


def fills(cast: CastName, target: Shape) -> bool:
    """Whether a reading cast gives what the canonical field takes."""
    return target.kind == "any" or cast in _FILLS[target.kind]


def reads(cast: CastName, source: Shape) -> bool:
    """Whether a writing cast takes what the canonical field has."""
    return source.kind == "any" or cast in _READS[source.kind]


def plain_on_the_wire(source: Shape) -> bool:
    """Whether a canonical value has one obvious spelling, so that `as` may be left out."""
    if source.kind == "list":
        return source.item is None or plain_on_the_wire(source.item)
    return source.kind in _PLAIN_ON_THE_WIRE


def holds(target: Shape, value: Any) -> bool:
    """Whether a constant may stand in the canonical field."""
    if value is None or target.kind == "any":
        return value is not None or target.optional or target.kind == "any"
    types = _CONSTANTS[target.kind]
    if isinstance(value, bool) and target.kind != "boolean":
        return False
    return isinstance(value, types) and (target.words is None or value in target.words)


def wrong_answers(table: EnumTable, target: Shape) -> Iterator[Any]:
    """What a reading table gives and the canonical field does not take."""
    answers = [*table.entries.values(), *([table.otherwise] if table.total else [])]
    return (answer for answer in answers if isinstance(answer, str | int | Decimal) and not holds(target, answer))


def words_without_answer(table: EnumTable, source: Shape) -> list[str]:
    """The canonical words that a writing table leaves out."""
    if table.total or source.words is None:
        return []
    return sorted(word for word in source.words if word not in table.entries)
