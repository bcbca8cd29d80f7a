"""Filters of numbers, amounts and measures."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cais.rules.cast import number, scaled, whole
from cais.rules.failure import Failure
from cais.rules.filters.registry import amount_of, strict


@strict
def decimal(value: Any, separator: str = ".") -> Decimal:
    """A number from text: `'10.90' | decimal`, `'1.234,50' | decimal(',')`."""
    if isinstance(value, str) and separator == ",":
        value = value.replace(".", "").replace(",", ".")
    return number(value)


@strict
def integer(value: Any) -> int:
    """A whole number from digits, or from a number without fraction."""
    return whole(value)


@strict
def money(value: Any) -> Decimal:
    """An amount with two decimals, half up."""
    return scaled(amount_of(value), 2, "half_up")


@strict
def round_(value: Any, places: int = 0) -> Decimal:
    """Half up."""
    return scaled(amount_of(value), min(18, max(0, whole(places))), "half_up")


@strict
def cents(value: Any) -> int:
    """An amount in cents: `10.90` to `1090`. More than two decimals are an error: `| money | cents` rounds."""
    return int(scaled(amount_of(value), 2, None).scaleb(2))


@strict
def from_cents(value: Any) -> Decimal:
    """`1090` to `10.90`."""
    return Decimal(whole(value)).scaleb(-2)


@strict
def absolute(value: Any) -> Decimal:
    return abs(amount_of(value))


@strict
def at_least(value: Any, least: Any) -> Any:
    return value if amount_of(value) >= amount_of(least) else least


@strict
def at_most(value: Any, most: Any) -> Any:
    return value if amount_of(value) <= amount_of(most) else most


_GRAMS = {"g": 1, "kg": 1000}
_MILLIMETRES = {"mm": 1, "cm": 10, "m": 1000}


def _factor(units: dict[str, int], unit: Any) -> int:
    if unit not in units:
        raise Failure("R209", "unknown unit; known: " + ", ".join(units))
    return units[unit]


@strict
def grams(value: Any, unit: str) -> int:
    """A weight given in `unit` (g, kg) as whole grams, half up. Text such as `0.350` is taken."""
    return int(scaled(number(value) * _factor(_GRAMS, unit), 0, "half_up"))


@strict
def kilograms(value: Any, unit: str) -> Decimal:
    """A weight given in `unit` (g, kg) as kilograms."""
    return number(value) * _factor(_GRAMS, unit) / 1000


@strict
def millimetres(value: Any, unit: str) -> int:
    """A length given in `unit` (mm, cm, m) as whole millimetres, half up. Text is taken."""
    return int(scaled(number(value) * _factor(_MILLIMETRES, unit), 0, "half_up"))


@strict
def centimetres(value: Any, unit: str) -> Decimal:
    """A length given in `unit` (mm, cm, m) as centimetres."""
    return number(value) * _factor(_MILLIMETRES, unit) / 10
