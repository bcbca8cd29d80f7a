"""Reading request bodies as strictly as the specifications are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.operation import Call
from sandbox.refusal import Refusal
from sandbox.vtex.refuse import refuse

Wrong = Callable[[str], Refusal]
"""Makes the refusal for a field, given its name."""


def json_body(call: Call, source: str) -> Any:
    """The JSON of the body; 415 unless it is declared as JSON, 400 unless it is JSON."""
    declared = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "application/json":
        raise refuse("415", "Unsupported Media Type", f"{source}: header Content-Type", 415)
    try:
        return call.json()
    except ValueError:
        raise refuse("400", "The request body is not valid JSON", f"{source}: request body") from None


def object_body(call: Call, source: str) -> dict[str, Any]:
    """The body, which must be an object."""
    body = json_body(call, source)
    if not isinstance(body, dict):
        raise refuse("400", "The request body is not an object", f"{source}: request body")
    return body


def field_refusal(source: str) -> Wrong:
    """The plain 400 for a wrong field, citing the schema."""
    return lambda name: refuse("400", f"The field {name} is missing or invalid", f"{source}: body.{name}")


def text(body: Mapping[str, Any], name: str, wrong: Wrong, *, empty: bool = False) -> str:
    """A string, not empty unless allowed."""
    value = body.get(name)
    if not isinstance(value, str) or not (value or empty):
        raise wrong(name)
    return value


def whole(body: Mapping[str, Any], name: str, wrong: Wrong, least: int = 0) -> int:
    """A whole number from `least`; `1.0`, `"1"` and `true` are none."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise wrong(name)
    return value


def flag(body: Mapping[str, Any], name: str, wrong: Wrong) -> bool:
    """A boolean."""
    value = body.get(name)
    if not isinstance(value, bool):
        raise wrong(name)
    return value


def amount(body: Mapping[str, Any], name: str, wrong: Wrong) -> Decimal:
    """A decimal amount in the currency, at least zero, with at most two decimals."""
    value = body.get(name)
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise wrong(name)
    number = Decimal(value)
    if number < 0 or number != number.quantize(Decimal("0.01")):
        raise wrong(name)
    return number


def declared(body: Mapping[str, Any], names: tuple[str, ...], wrong: Wrong) -> None:
    """Every name is there, be it with null."""
    for name in names:
        if name not in body:
            raise wrong(name)
