"""Casts: the named, strict conversions of a leaf (`as: money`). They raise; they never guess.

A reading cast gives the canonical value (str, int, bool, `Decimal`, aware `datetime`, `date`); a writing cast
gives what goes on the wire (an amount as a number with two decimals, a time as text).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Literal, NoReturn
from zoneinfo import ZoneInfo

from cais.rules.failure import Failure

CastName = Literal["string", "integer", "decimal", "money", "boolean", "datetime", "date", "raw"]
Unit = Literal["decimal", "cents", "text"]
Rounding = Literal["half_up", "half_even", "down", "up"]
Cast = Callable[[Any], Any]

ROUNDINGS: dict[str, str] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
    "up": ROUND_CEILING,
}
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_LARGEST = 18
_BEYOND = 10**19
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CastSpec:
    """A cast with its options, as a leaf states them."""

    name: CastName
    unit: Unit = "decimal"
    format: str | None = None
    tz: str | None = None
    max: int | None = None
    truncate: bool = False
    rounding: Rounding | None = None
    scale: int | None = None


OPTIONS: dict[CastName, frozenset[str]] = {
    "string": frozenset({"max", "truncate"}),
    "integer": frozenset({"rounding"}),
    "decimal": frozenset({"scale", "rounding", "unit"}),
    "money": frozenset({"unit", "rounding"}),
    "boolean": frozenset(),
    "datetime": frozenset({"format", "tz"}),
    "date": frozenset({"format", "tz"}),
    "raw": frozenset(),
}
"""The options that have an effect on each cast."""


def reading_cast(spec: CastSpec) -> Cast:
    """From a platform's value to a canonical one. The function raises Failure."""
    return _READING[spec.name](spec)


def writing_cast(spec: CastSpec) -> Cast:
    """From a canonical value to what goes on the wire. The function raises Failure."""
    read = reading_cast(spec if spec.name != "money" else CastSpec("money", rounding=spec.rounding))
    if spec.name in ("datetime", "date"):
        read = _moment_or_text(spec, read)
    write = _writing(spec)
    return read if write is None else lambda value: write(read(value))


def _writing(spec: CastSpec) -> Cast | None:
    match spec.name:
        case "money" if spec.unit == "cents":
            return lambda amount: int(amount.scaleb(2))
        case "money" | "decimal" if spec.unit == "text":
            return lambda amount: format(amount, "f")
        case "datetime":
            return lambda moment: time_text(moment, spec.format, spec.tz)
        case "date":
            return lambda day: day.strftime(spec.format) if spec.format else day.isoformat()
        case _:
            return None


def _refuse(value: Any, wanted: str) -> NoReturn:
    raise Failure("R203", f"{wanted} is asked for, the document has {kind(value)}")


_KINDS = (
    (bool, "a boolean"),
    (str, "text"),
    (int, "a number"),
    (Decimal, "a decimal number"),
    (float, "a float"),
    (datetime, "a time"),
    (date, "a date"),
    (dict, "a map"),
    ((list, tuple), "a list"),
)


def kind(value: Any) -> str:
    """A word for the type of a value, never the value."""
    return (
        "null"
        if value is None
        else next((word for types, word in _KINDS if isinstance(value, types)), "something else")
    )


def _string(spec: CastSpec) -> Cast:
    def plain(value: Any) -> str:
        if type(value) is str:
            return value
        if isinstance(value, str) or type(value) is int:
            return str(value)
        _refuse(value, "text")

    limit = spec.max
    if limit is None:
        return plain

    def limited(value: Any) -> str:
        text = plain(value)
        if len(text) <= limit:
            return text
        if spec.truncate:
            return text[:limit].rstrip()
        raise Failure("R205", f"text of {len(text)} characters, at most {limit} fit")

    return limited


def whole(value: Any) -> int:
    """An integer from a number without fraction, or from text of digits."""
    if type(value) is int:
        return value
    if isinstance(value, str):
        if _WHOLE.fullmatch(value):
            return int(value)
        raise Failure("R204", "the text is not a whole number")
    if isinstance(value, Decimal):
        if value.adjusted() < _LARGEST and value == value.to_integral_value():
            return int(value)
        raise Failure("R204", "the number has a fraction or is too large")
    _refuse(value, "a whole number")


def _integer(spec: CastSpec) -> Cast:
    if spec.rounding is None:
        return whole
    mode = ROUNDINGS[spec.rounding]
    return lambda value: int(number(value).quantize(Decimal(1), rounding=mode))


def number(value: Any) -> Decimal:
    """A decimal from a number, or from text such as `10.90`: point, no grouping, no exponent."""
    if isinstance(value, Decimal):
        if value.is_finite() and abs(value.adjusted()) <= _LARGEST:
            return value
        raise Failure("R204", "the number is out of range")
    if type(value) is int:
        if -_BEYOND < value < _BEYOND:
            return Decimal(value)
        raise Failure("R204", "the number is out of range")
    if isinstance(value, str):
        if _NUMBER.fullmatch(value):
            return Decimal(value)
        raise Failure("R204", "the text is not a number")
    _refuse(value, "a number")


def scaled(value: Decimal, places: int, rounding: str | None) -> Decimal:
    """`value` with so many decimals; without a rounding, digits beyond them are an error."""
    unit = Decimal(1).scaleb(-places)
    try:
        result = value.quantize(unit, rounding=ROUNDINGS[rounding] if rounding else ROUND_HALF_UP)
    except InvalidOperation:
        raise Failure("R204", "the number is out of range") from None
    if rounding is None and result != value:
        raise Failure("R213", f"more than {places} decimals")
    return result


def _decimal(spec: CastSpec) -> Cast:
    places = spec.scale
    if places is None:
        return number
    return lambda value: scaled(number(value), places, spec.rounding)


_CENT = Decimal("0.01")


def _money(spec: CastSpec) -> Cast:
    rounding = spec.rounding
    if spec.unit == "cents":
        return lambda value: _from_cents(number(value), rounding)

    def amount(value: Any) -> Decimal:
        exact = number(value)
        cents = exact.quantize(_CENT)
        return cents if cents == exact else scaled(exact, 2, rounding)

    return amount


def _from_cents(value: Decimal, rounding: str | None) -> Decimal:
    whole_cents = value.to_integral_value()
    return (whole_cents if whole_cents == value else scaled(value, 0, rounding)).scaleb(-2)


def _boolean(_: CastSpec) -> Cast:
    def boolean(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        _refuse(value, "true or false")

    return boolean


def _zone(name: str | None) -> tzinfo | None:
    return ZoneInfo(name) if name else None


def _datetime(spec: CastSpec) -> Cast:
    parse, zone = _time_parser(spec.format), _zone(spec.tz)

    def moment(value: Any) -> datetime:
        time = value if isinstance(value, datetime) else parse(value)
        if time.tzinfo is None:
            if zone is None:
                raise Failure("R204", "the time has no zone, and the leaf says no `tz`")
            time = time.replace(tzinfo=zone)
        return time.astimezone(UTC)

    return moment


def _time_parser(pattern: str | None) -> Callable[[Any], datetime]:
    if pattern in ("epoch", "epoch_ms"):
        factor = 1 if pattern == "epoch_ms" else 1000
        return lambda value: _since_epoch(whole(value) * factor)

    def parse(value: Any) -> datetime:
        if not isinstance(value, str):
            _refuse(value, "a time as text")
        try:
            return datetime.strptime(value, pattern) if pattern else datetime.fromisoformat(value)  # noqa: DTZ007
        except ValueError:
            raise Failure("R204", f"the text is not a time of the form {pattern or 'ISO 8601'}") from None

    return parse


def _since_epoch(milliseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise Failure("R204", "the time is out of range") from None


def _date(spec: CastSpec) -> Cast:
    parse = _time_parser(spec.format)
    return lambda value: value if type(value) is date else parse(value).date()


def _moment_or_text(spec: CastSpec, read: Cast) -> Cast:
    """On the writing side a time comes as a canonical value, seldom as ISO text; `format` is for what goes out."""
    text = reading_cast(CastSpec(spec.name, tz=spec.tz))

    def moment(value: Any) -> Any:
        if isinstance(value, datetime) and spec.name == "date":
            return _day(value, spec.tz)
        return text(value)

    return moment


def _day(moment: datetime, tz: str | None) -> date:
    if tz is None:
        raise Failure("R204", "the day of a time depends on its zone: say `tz`")
    return moment.astimezone(ZoneInfo(tz)).date()


def time_text(moment: datetime, pattern: str | None = None, tz: str | None = None) -> str | int:
    """A time on the wire: ISO 8601 in UTC (`…Z`) or in the zone `tz`, a strftime pattern, `epoch` or `epoch_ms`."""
    local = moment.astimezone(_zone(tz) or UTC)
    match pattern:
        case None:
            text = local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")
            return text.replace("+00:00", "Z") if tz is None else text
        case "epoch":
            return int(moment.timestamp())
        case "epoch_ms":
            return (moment - _EPOCH) // timedelta(milliseconds=1)
        case _:
            return local.strftime(pattern)


def _raw(_: CastSpec) -> Cast:
    def raw(value: Any) -> Any:
        if isinstance(value, float):
            _refuse(value, "a decimal number")
        return value

    return raw


_READING: dict[str, Callable[[CastSpec], Cast]] = {
    "string": _string,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "boolean": _boolean,
    "datetime": _datetime,
    "date": _date,
    "raw": _raw,
}
