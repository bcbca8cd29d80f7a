"""Filters of lists and maps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cais.rules.absent import Absent, present
from cais.rules.failure import Failure, MissingMet
from cais.rules.filters.registry import amount_of, bounded, list_of, map_of, strict, text_of
from cais.rules.filters.text import string
from cais.rules.path import MISSING, parse_path, path_text, step
from cais.rules.reader import Path


def hops_of(attr: str) -> Path:
    hops = parse_path(text_of(attr))
    if hops is None:
        raise Failure("R209", "the filter takes the name of a field")
    return hops


def value_at(value: Any, hops: Path) -> Any:
    """The value below a path; MISSING where a hop is."""
    for hop in hops:
        if value is None:
            return None
        value = step(value, hop)
    return value


def demanded(value: Any, hops: Path) -> Any:
    found = value_at(value, hops)
    if found is MISSING:
        raise MissingMet(f"an element has no field '{path_text(hops)}'")
    return found


@strict
def first(value: Any) -> Any:
    """The first element; undefined where the list is empty."""
    items = list_of(value)
    return items[0] if items else Absent(hint="the list is empty")


@strict
def last(value: Any) -> Any:
    """The last element; undefined where the list is empty."""
    items = list_of(value)
    return items[-1] if items else Absent(hint="the list is empty")


@strict
def length(value: Any) -> int:
    return len(value) if isinstance(value, str | dict) else len(list_of(value))


@strict
def join(value: Any, separator: str = "") -> str:
    texts = [string(item) for item in list_of(value)]
    bounded(sum(map(len, texts)) + len(texts) * len(text_of(separator)))
    return separator.join(texts)


@strict
def slice_(value: Any, start: int, end: int | None = None) -> Any:
    """Characters or elements from `start` up to but without `end`."""
    return value[start:end] if isinstance(value, str) else list_of(value)[start:end]


@strict
def sum_of(value: Any, attr: str, times: str = "") -> Decimal:
    """The sum of a field over a list; with `times`, of the product of two fields."""
    total, hops, factor = Decimal(0), hops_of(attr), hops_of(times) if times else None
    for item in list_of(value):
        amount = amount_of(present(demanded(item, hops)))
        total += amount if factor is None else amount * amount_of(present(demanded(item, factor)))
    return total


@strict
def find_by(value: Any, attr: str, wanted: Any) -> Any:
    """The first element whose field equals `wanted`; undefined where none does."""
    hops = hops_of(attr)
    for item in list_of(value):
        if value_at(item, hops) == wanted:
            return item
    return Absent(hint=f"no element has the '{attr}' asked for")


@strict
def where_by(value: Any, attr: str, wanted: Any) -> list[Any]:
    """The elements whose field equals `wanted`."""
    hops = hops_of(attr)
    return [item for item in list_of(value) if value_at(item, hops) == wanted]


@strict
def map_by(value: Any, attr: str) -> list[Any]:
    """The field of each element."""
    hops = hops_of(attr)
    return [demanded(item, hops) for item in list_of(value)]


@strict
def sort_by(value: Any, attr: str) -> list[Any]:
    hops = hops_of(attr)
    return sorted(list_of(value), key=lambda item: present(demanded(item, hops)))


@strict
def unique(value: Any) -> list[Any]:
    """Each element once, in order."""
    items = list_of(value)
    return [item for index, item in enumerate(items) if item not in items[:index]]


@strict
def flatten(value: Any) -> list[Any]:
    """A list of lists as one list."""
    return [item for inner in list_of(value) for item in list_of(inner)]


@strict
def entries(value: Any) -> list[Any]:
    """A map as a list of `{key, value}`."""
    return [{"key": key, "value": item} for key, item in map_of(value).items()]


@strict
def get(value: Any, key: str) -> Any:
    """The value at a key that is only known from the data; undefined where there is none."""
    found = map_of(value).get(text_of(key), MISSING)
    return Absent(hint="the map has no such key") if found is MISSING else found
