"""The filters of expressions: small pure functions, each strict about what it takes.

A filter that meets something undefined or null raises (the leaf's `on_missing` or `on_null` decides); only
`default` and `coalesce` take them. Nothing is guessed: text becomes a number by `decimal` or `integer` only.
"""

from __future__ import annotations

import base64 as _base64
import hashlib
import unicodedata
from collections.abc import Callable
from datetime import date as Date  # noqa: N812 (`date` is a filter)
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context, Undefined

from cais.errors import MissingSetting
from cais.model import wire
from cais.rules.absent import Absent, is_absent, present
from cais.rules.cast import kind, number, scaled, time_text, whole
from cais.rules.failure import Failure, MissingMet
from cais.rules.html_text import text_of
from cais.rules.path import MISSING, parse_path, path_text, step
from cais.rules.reader import Path

LONGEST = 1_000_000
"""No filter makes a text or list longer than this."""

FILTERS: dict[str, Callable[..., Any]] = {}
"""Name to function: the allow-list."""

P = ParamSpec("P")
R = TypeVar("R")


def _filter(function: Callable[P, R]) -> Callable[P, R]:
    """Registers a filter that takes neither undefined nor null."""

    @wraps(function)
    def strict(*args: P.args, **kwargs: P.kwargs) -> R:
        for arg in args:
            if arg is None or isinstance(arg, Undefined):
                present(arg)
        return function(*args, **kwargs)

    FILTERS[function.__name__.rstrip("_")] = strict
    return strict


def _lenient(function: Callable[P, R]) -> Callable[P, R]:
    """Registers a filter that looks at undefined and null itself."""
    FILTERS[function.__name__.rstrip("_")] = function
    return function


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Failure("R203", f"the filter takes text, not {kind(value)}")


def _list(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    raise Failure("R203", f"the filter takes a list, not {kind(value)}")


def _map(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise Failure("R203", f"the filter takes a map, not {kind(value)}")


def _amount(value: Any) -> Decimal:
    """Filters calculate with numbers; text is first made one by `decimal`."""
    return number(value) if not isinstance(value, str) else number(_refused_text())


def _refused_text() -> Any:
    raise Failure("R203", "the filter takes a number, not text: use `decimal` first")


def _bounded(size: int) -> None:
    if size > LONGEST:
        raise Failure("R214", f"the result would be longer than {LONGEST}")


def _hops(attr: str) -> Path:
    hops = parse_path(_text(attr))
    if hops is None:
        raise Failure("R209", "the filter takes the name of a field")
    return hops


def _at(value: Any, hops: Path) -> Any:
    """The value below a path; MISSING where a hop is."""
    for hop in hops:
        if value is None:
            return None
        value = step(value, hop)
    return value


def _demand(value: Any, hops: Path) -> Any:
    found = _at(value, hops)
    if found is MISSING:
        raise MissingMet(f"an element has no field '{path_text(hops)}'")
    return found


# Text


@_filter
def trim(value: Any) -> str:
    return _text(value).strip()


@_filter
def lower(value: Any) -> str:
    return _text(value).lower()


@_filter
def upper(value: Any) -> str:
    return _text(value).upper()


@_filter
def title(value: Any) -> str:
    """`joão da silva` to `João Da Silva`."""
    return " ".join(word[:1].upper() + word[1:].lower() for word in _text(value).split(" "))


@_filter
def capitalize(value: Any) -> str:
    return _text(value).capitalize()


@_filter
def digits(value: Any) -> str:
    """The ASCII digits of a text: a CPF or CEP without punctuation."""
    return "".join(char for char in _text(value) if "0" <= char <= "9")


@_filter
def alphanumeric(value: Any) -> str:
    """ASCII letters and digits in capitals: a CNPJ without punctuation, which may have letters since 2026."""
    return "".join(char for char in _text(value).upper() if char.isascii() and char.isalnum())


@_filter
def unaccent(value: Any) -> str:
    decomposed = unicodedata.normalize("NFKD", _text(value))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@_filter
def plain(value: Any) -> str:
    """HTML as plain text: tags away, entities decoded, a line for each block."""
    return text_of(_text(value))


@_filter
def replace(value: Any, old: str, new: str) -> str:
    text = _text(value)
    if not _text(old):
        raise Failure("R209", "`replace` needs something to look for")
    _bounded(len(text) + text.count(old) * len(_text(new)))
    return text.replace(old, new)


@_filter
def truncate(value: Any, size: int) -> str:
    """At most `size` characters, cut without marks."""
    return _text(value)[: max(0, whole(size))].rstrip()


@_filter
def pad(value: Any, size: int) -> str:
    """Zeros in front up to `size` characters: `'7' | pad(3)` is `007`."""
    _bounded(whole(size))
    return string(value).rjust(whole(size), "0")


@_filter
def split(value: Any, separator: str) -> list[str]:
    if not _text(separator):
        raise Failure("R209", "`split` needs a separator")
    return _text(value).split(separator)


@_filter
def before(value: Any, separator: str) -> str:
    """What stands before the first `separator`; the whole text where there is none."""
    return _text(value).split(_text(separator), 1)[0] if separator else _text(value)


@_filter
def after(value: Any, separator: str) -> str:
    """What stands after the first `separator`; empty where there is none."""
    return _text(value).partition(_text(separator))[2] if separator else _text(value)


@_filter
def last_segment(value: Any) -> str:
    """The last piece of a URL's path: `/orders/123?x=1` to `123`."""
    return urlsplit(_text(value)).path.rstrip("/").rsplit("/", 1)[-1]


@_filter
def starts_with(value: Any, prefix: str) -> bool:
    return _text(value).startswith(_text(prefix))


@_filter
def ends_with(value: Any, suffix: str) -> bool:
    return _text(value).endswith(_text(suffix))


@_filter
def contains(value: Any, part: Any) -> bool:
    """Whether a text has a part, or a list an element."""
    return _text(part) in value if isinstance(value, str) else part in _list(value)


@_filter
def string(value: Any) -> str:
    """A whole number as text; text as it is."""
    if isinstance(value, str) or type(value) is int:
        return str(value)
    raise Failure("R203", f"`string` takes text or a whole number, not {kind(value)}")


@_filter
def json(value: Any) -> str:
    """A document as JSON text, for platforms that want JSON inside of a text field."""
    try:
        return wire.dumps(value).decode()
    except TypeError:
        raise Failure("R203", "the value has no JSON form") from None


@_filter
def base64(value: Any) -> str:
    return _base64.b64encode(_text(value).encode()).decode()


@_filter
def md5(value: Any) -> str:
    """MD5 as base64, as the header Content-MD5 wants it."""
    return _base64.b64encode(hashlib.md5(_text(value).encode(), usedforsecurity=False).digest()).decode()


@_filter
def sha256(value: Any) -> str:
    """SHA-256 as hex."""
    return hashlib.sha256(_text(value).encode()).hexdigest()


# Numbers


@_filter
def decimal(value: Any, separator: str = ".") -> Decimal:
    """A number from text: `'10.90' | decimal`, `'1.234,50' | decimal(',')`."""
    if isinstance(value, str) and separator == ",":
        value = value.replace(".", "").replace(",", ".")
    return number(value)


@_filter
def integer(value: Any) -> int:
    """A whole number from digits, or from a number without fraction."""
    return whole(value)


@_filter
def money(value: Any) -> Decimal:
    """An amount with two decimals, half up."""
    return scaled(_amount(value), 2, "half_up")


@_filter
def round_(value: Any, places: int = 0) -> Decimal:
    """Half up."""
    return scaled(_amount(value), min(18, max(0, whole(places))), "half_up")


@_filter
def cents(value: Any) -> int:
    """An amount in cents: `10.90` to `1090`. More than two decimals are an error: `| money | cents` rounds."""
    return int(scaled(_amount(value), 2, None).scaleb(2))


@_filter
def from_cents(value: Any) -> Decimal:
    """`1090` to `10.90`."""
    return Decimal(whole(value)).scaleb(-2)


@_filter
def absolute(value: Any) -> Decimal:
    return abs(_amount(value))


@_filter
def at_least(value: Any, least: Any) -> Any:
    return value if _amount(value) >= _amount(least) else least


@_filter
def at_most(value: Any, most: Any) -> Any:
    return value if _amount(value) <= _amount(most) else most


_GRAMS = {"g": 1, "kg": 1000}
_MILLIMETRES = {"mm": 1, "cm": 10, "m": 1000}


def _factor(units: dict[str, int], unit: Any) -> int:
    if unit not in units:
        raise Failure("R209", "unknown unit; known: " + ", ".join(units))
    return units[unit]


@_filter
def grams(value: Any, unit: str) -> int:
    """A weight given in `unit` (g, kg) as whole grams, half up. Text such as `0.350` is taken."""
    return int(scaled(number(value) * _factor(_GRAMS, unit), 0, "half_up"))


@_filter
def kilograms(value: Any, unit: str) -> Decimal:
    """A weight given in `unit` (g, kg) as kilograms."""
    return number(value) * _factor(_GRAMS, unit) / 1000


@_filter
def millimetres(value: Any, unit: str) -> int:
    """A length given in `unit` (mm, cm, m) as whole millimetres, half up. Text is taken."""
    return int(scaled(number(value) * _factor(_MILLIMETRES, unit), 0, "half_up"))


@_filter
def centimetres(value: Any, unit: str) -> Decimal:
    """A length given in `unit` (mm, cm, m) as centimetres."""
    return number(value) * _factor(_MILLIMETRES, unit) / 10


# Times


def _time(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    raise Failure("R203", f"the filter takes a time, not {kind(value)}")


@_filter
def iso(value: Any, tz: str = "UTC") -> str:
    """A time as ISO 8601: `2026-11-24T12:00:00Z`, or with the offset of `tz`."""
    return str(time_text(_time(value), None, None if tz == "UTC" else tz))


@_filter
def date(value: Any, pattern: str = "%Y-%m-%d", tz: str = "UTC") -> str:
    """The day of a time in the zone `tz`, or a date, by a strftime pattern."""
    day = value if type(value) is Date else _time(value).astimezone(ZoneInfo(tz))
    return day.strftime(pattern)


@_filter
def epoch(value: Any) -> int:
    """Whole seconds since 1970."""
    return int(_time(value).timestamp())


@_filter
def epoch_ms(value: Any) -> int:
    return int(time_text(_time(value), "epoch_ms"))


# Lists and maps


@_filter
def first(value: Any) -> Any:
    """The first element; undefined where the list is empty."""
    items = _list(value)
    return items[0] if items else Absent(hint="the list is empty")


@_filter
def last(value: Any) -> Any:
    """The last element; undefined where the list is empty."""
    items = _list(value)
    return items[-1] if items else Absent(hint="the list is empty")


@_filter
def length(value: Any) -> int:
    return len(value) if isinstance(value, str | dict) else len(_list(value))


@_filter
def join(value: Any, separator: str = "") -> str:
    texts = [string(item) for item in _list(value)]
    _bounded(sum(map(len, texts)) + len(texts) * len(_text(separator)))
    return separator.join(texts)


@_filter
def slice_(value: Any, start: int, end: int | None = None) -> Any:
    """Characters or elements from `start` up to but without `end`."""
    return value[start:end] if isinstance(value, str) else _list(value)[start:end]


@_filter
def sum_of(value: Any, attr: str, times: str = "") -> Decimal:
    """The sum of a field over a list; with `times`, of the product of two fields."""
    total, hops, factor = Decimal(0), _hops(attr), _hops(times) if times else None
    for item in _list(value):
        amount = _amount(present(_demand(item, hops)))
        total += amount if factor is None else amount * _amount(present(_demand(item, factor)))
    return total


@_filter
def find_by(value: Any, attr: str, wanted: Any) -> Any:
    """The first element whose field equals `wanted`; undefined where none does."""
    hops = _hops(attr)
    for item in _list(value):
        if _at(item, hops) == wanted:
            return item
    return Absent(hint=f"no element has the '{attr}' asked for")


@_filter
def where_by(value: Any, attr: str, wanted: Any) -> list[Any]:
    """The elements whose field equals `wanted`."""
    hops = _hops(attr)
    return [item for item in _list(value) if _at(item, hops) == wanted]


@_filter
def map_by(value: Any, attr: str) -> list[Any]:
    """The field of each element."""
    hops = _hops(attr)
    return [_demand(item, hops) for item in _list(value)]


@_filter
def sort_by(value: Any, attr: str) -> list[Any]:
    hops = _hops(attr)
    return sorted(_list(value), key=lambda item: present(_demand(item, hops)))


@_filter
def unique(value: Any) -> list[Any]:
    """Each element once, in order."""
    items = _list(value)
    return [item for index, item in enumerate(items) if item not in items[:index]]


@_filter
def flatten(value: Any) -> list[Any]:
    """A list of lists as one list."""
    return [item for inner in _list(value) for item in _list(inner)]


@_filter
def entries(value: Any) -> list[Any]:
    """A map as a list of `{key, value}`."""
    return [{"key": key, "value": item} for key, item in _map(value).items()]


@_filter
def get(value: Any, key: str) -> Any:
    """The value at a key that is only known from the data; undefined where there is none."""
    found = _map(value).get(_text(key), MISSING)
    return Absent(hint="the map has no such key") if found is MISSING else found


# Undefined and null


@_lenient
def default(value: Any, otherwise: Any) -> Any:
    """`otherwise` where the value is undefined. Null stays null."""
    return otherwise if is_absent(value) else value


@_lenient
def coalesce(value: Any, *others: Any) -> Any:
    """The first that is neither undefined nor null; null when none is."""
    for item in (value, *others):
        if item is not None and not isinstance(item, Undefined):
            return item
    return None


# What the language itself puts in: `+`, `~`, guards, tables, settings


@_filter
def concat(value: Any) -> str:
    """What `~` does: texts and whole numbers one after the other."""
    return join(value)


@_lenient
def element(value: Any) -> Any:
    """What goes into a list or map that an expression writes: anything but undefined."""
    if is_absent(value):
        raise Failure("R212", "a list or map would hold something undefined")
    return value


@_lenient
def truth(value: Any) -> bool:
    """What stands beside `and`, `or`, `not`, `if`: true or false, nothing else."""
    if isinstance(value, bool):
        return value
    present(value)
    raise Failure("R207", f"a condition is true or false, this is {kind(value)}")


@_lenient
@pass_context
def lookup(context: Context, value: Any, table: str) -> Any:
    """The word that an enum table of the same file has for the value."""
    found = context.parent["_tables"][table].get(present(value))
    return Absent(hint="the table leaves it out") if found is MISSING else found


@_lenient
@pass_context
def setting(context: Context, name: Any, key: Any) -> Any:
    """What `setting(kind, key)` does: a piece of set-up that a person gave. Raises MissingSetting."""
    cause = f"{string(name)}:{string(key)}"
    known = context.parent.get("settings") or {}
    found = known.get(name, {}).get(key, MISSING)
    if found is MISSING:
        raise MissingSetting(cause)
    return found


INTERNAL = frozenset({"concat", "element", "truth", "setting"})
"""Names that an author cannot use as filters: the language puts them in."""
