"""The registry of filters, and what all of them share: strictness about what they take.

A filter that meets something undefined or null raises (the leaf's `on_missing` or `on_null` decides); only those
registered as lenient look at them. Nothing is guessed: text becomes a number by `decimal` or `integer` only.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from jinja2.runtime import Undefined

from cais.rules.absent import present
from cais.rules.cast import kind, number
from cais.rules.failure import Failure

LONGEST = 1_000_000
"""No filter makes a text or list longer than this."""

FILTERS: dict[str, Callable[..., Any]] = {}
"""Name to function: the allow-list."""

P = ParamSpec("P")
R = TypeVar("R")


def strict(function: Callable[P, R]) -> Callable[P, R]:
    """Registers a filter that takes neither undefined nor null."""

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for arg in args:
            if arg is None or isinstance(arg, Undefined):
                present(arg)
        return function(*args, **kwargs)

    FILTERS[function.__name__.rstrip("_")] = checked
    return checked


def lenient(function: Callable[P, R]) -> Callable[P, R]:
    """Registers a filter that looks at undefined and null itself."""
    FILTERS[function.__name__.rstrip("_")] = function
    return function


def text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Failure("R203", f"the filter takes text, not {kind(value)}")


def list_of(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, tuple):
        return list(value)
    raise Failure("R203", f"the filter takes a list, not {kind(value)}")


def map_of(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise Failure("R203", f"the filter takes a map, not {kind(value)}")


def amount_of(value: Any) -> Decimal:
    """Filters calculate with numbers; text is first made one by `decimal`."""
    if isinstance(value, str):
        raise Failure("R203", "the filter takes a number, not text: use `decimal` first")
    return number(value)


def bounded(size: int) -> None:
    if size > LONGEST:
        raise Failure("R214", f"the result would be longer than {LONGEST}")
