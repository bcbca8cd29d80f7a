"""The base of all canonical values: frozen, closed, and silent about its inputs in errors."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


class Value(BaseModel):
    """An immutable canonical value. Unknown fields are refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, ser_json_timedelta="iso8601")


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        raise ValueError("a float is not exact: give a decimal string")
    if isinstance(value, bool):
        raise ValueError("a boolean is not an amount")
    return value


def _cents_only(value: Decimal) -> Decimal:
    if not value.is_finite() or value != value.quantize(Decimal("0.01")):
        raise ValueError("an amount of money has at most two decimals")
    return value.quantize(Decimal("0.01"))


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs its zone")
    return value.astimezone(UTC)


def _not_bool(value: Any) -> Any:
    if isinstance(value, bool | float):
        raise ValueError("an integer is asked for")
    return value


Money = Annotated[Decimal, BeforeValidator(_exact), AfterValidator(_cents_only)]
"""An amount in major units with two decimals (`Decimal('10.90')`); the currency stands beside it."""

Time = Annotated[datetime, AfterValidator(_aware)]
"""A moment, aware, kept in UTC."""

Code = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""An identifier. Always a string: an EAN, a CEP or a SKU may begin with zero."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""A name given in a rule file: seller, connection, location."""

Quantity = Annotated[int, BeforeValidator(_not_bool), Field(ge=1)]
"""Units sold or shipped: at least one."""

Units = Annotated[int, BeforeValidator(_not_bool), Field(ge=0)]
"""Units in stock, or grams, or millimetres: zero or more."""
