"""Jinja as this language uses it: plain data, keys only, strict operators, filters and tests from a list."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cais.rules.absent import Absent, is_absent, present, refuse_absent
from cais.rules.cast import kind
from cais.rules.failure import Failure
from cais.rules.filters import FILTERS
from cais.rules.path import MISSING


def _is_number(value: Any) -> bool:
    return type(value) is int or isinstance(value, Decimal)


def _strictly(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Stock tests call an undefined value `not none`; here they raise."""

    def strict(value: Any) -> bool:
        refuse_absent(value)
        return test(value)

    return strict


TESTS: dict[str, Callable[[Any], bool]] = {
    "defined": lambda value: not is_absent(value),
    "undefined": is_absent,
    "none": _strictly(lambda value: value is None),
    "string": _strictly(lambda value: isinstance(value, str)),
    "number": _strictly(_is_number),
    "boolean": _strictly(lambda value: isinstance(value, bool)),
    "mapping": _strictly(lambda value: isinstance(value, dict)),
    "sequence": _strictly(lambda value: isinstance(value, list | tuple)),
}
"""Name to function: the tests behind `is`."""

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: Decimal(left) / Decimal(right),
    "//": lambda left, right: left // right,
    "%": lambda left, right: left % right,
}


@lru_cache(4096)
def _no_field(name: str) -> Absent:
    """Optional fields are missing all the time, and an undefined value never changes."""
    return Absent(hint=f"there is no field '{name}'")


class _Code(CodeGenerator):
    """Jinja makes templates generators of text. Ours give one value, so a plain function does, which is cheaper."""

    def write_commons(self) -> None:
        self.writeline("resolve = context.resolve_or_missing")
        self.writeline("undefined = environment.undefined")


class Environment(ImmutableSandboxedEnvironment):
    """A dot reads a key of a map, never an attribute or a method; a null has null below it."""

    code_generator_class = _Code
    intercepted_binops = frozenset(_ARITHMETIC)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict):
            found = obj.get(attribute, MISSING)
            return _no_field(attribute) if found is MISSING else found
        if obj is None or is_absent(obj):
            return obj
        return Absent(hint=f"there is no field '{attribute}' in {kind(obj)}")

    def getitem(self, obj: Any, argument: Any) -> Any:
        if obj is None or is_absent(obj):
            return obj
        if isinstance(obj, dict) and isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, list | tuple | str) and type(argument) is int:
            inside = -len(obj) <= argument < len(obj)
            return obj[argument] if inside else Absent(hint=f"there is no element {argument}")
        raise Failure("R209", f"{kind(obj)} has no element by {kind(argument)}")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        present(left)
        present(right)
        if _is_number(left) and _is_number(right):
            return _ARITHMETIC[operator](left, right)
        if operator == "+" and (_are(str, left, right) or _are(list, left, right)):
            return left + right
        raise Failure("R209", f"`{operator}` does not go with {kind(left)} and {kind(right)}")


def _are(type_: type, left: Any, right: Any) -> bool:
    return isinstance(left, type_) and isinstance(right, type_)


def _environment() -> Environment:
    environment = Environment(undefined=Absent, autoescape=False, keep_trailing_newline=True, cache_size=0)
    environment.globals.clear()
    environment.filters.clear()
    environment.filters.update(FILTERS)
    environment.tests.clear()
    environment.tests.update(TESTS)
    return environment


ENVIRONMENT = _environment()
"""The only Jinja environment of the hub."""
