"""The undefined value of expressions."""

from __future__ import annotations

from typing import Any

from jinja2.runtime import StrictUndefined, Undefined

from cais.rules.failure import MissingMet, NullMet


class Absent(StrictUndefined):
    """Undefined: what is read behind it is undefined too; any use of it raises."""


def is_absent(value: Any) -> bool:
    return isinstance(value, Undefined)


def refuse_absent(value: Any) -> None:
    """Raises MissingMet when `value` is undefined."""
    if isinstance(value, Undefined):
        raise MissingMet(value._undefined_message)


def present(value: Any) -> Any:
    """`value`. Raises MissingMet when it is undefined, NullMet when it is null."""
    refuse_absent(value)
    if value is None:
        raise NullMet
    return value
