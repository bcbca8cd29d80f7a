"""The base of all file models, and the small value types that files share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StrictBool,
    StrictInt,
    StrictStr,
    WithJsonSchema,
)
from pydantic.functional_validators import PlainValidator
from pydantic_core import PydanticCustomError

Text = StrictStr
Flag = StrictBool
Whole = StrictInt
Word = Annotated[StrictStr, WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]*$"})]
"""A name of this language: operation, parameter, table."""


EMPTY: Final[dict[Any, Any]] = {}
"""The default of a map that a file leaves out (pydantic copies it)."""


class FileModel(BaseModel):
    """A part of a rule file: frozen, closed, quiet about what it was given."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=False)


class RuleFile(FileModel):
    """A whole rule file."""

    rules: Literal[1]


def fault(code: str, message: str, hint: str | None = None) -> PydanticCustomError:
    """An error of a validator with a code of the registry; raise it."""
    return PydanticCustomError(code, "{message}", {"message": message, "hint": hint})


_DURATION = re.compile(r"([0-9]{1,6})(ms|s|m|h|d)")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: Any) -> timedelta:
    """The duration that a text such as `30s` names. Raises the fault R012."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise fault("R012", "a duration is asked for", "write a number and ms, s, m, h or d: 30s")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def duration_text(value: timedelta) -> str:
    """A duration as rule files write it, in the largest unit that divides it."""
    milliseconds = value // timedelta(milliseconds=1)
    sizes = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
    unit = next(unit for unit, size in sizes.items() if milliseconds % size == 0)
    return f"{milliseconds // sizes[unit]}{unit}"


Duration = Annotated[
    timedelta,
    PlainValidator(duration),
    PlainSerializer(duration_text, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _DURATION.pattern}),
]
"""A nominal duration: `500ms`, `30s`, `5m`, `6h`, `360d`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a leaf does where its value is missing or null."""

    kind: Literal["error", "omit", "value"]
    value: Any = None


def _answer(written: Any) -> Answer:
    if written in ("error", "omit"):
        return Answer(written)
    if written is None:
        return Answer("value")
    if isinstance(written, dict) and set(written) == {"const"}:
        return Answer("value", written["const"])
    raise fault("R012", "error, omit, null or {const: …} is asked for")


OnAbsent = Annotated[
    Answer,
    PlainValidator(_answer),
    WithJsonSchema({"anyOf": [{"enum": ["error", "omit", None]}, {"type": "object", "required": ["const"]}]}),
]
"""`error | omit | null | {const: x}`."""

ERROR = Answer("error")


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def one_or_more(item: dict[str, Any]) -> tuple[Any, ...]:
    """Annotations for a tuple that may be written as a single item; `item` is the item's JSON Schema."""
    return (BeforeValidator(_listed), WithJsonSchema({"anyOf": [item, {"type": "array", "items": item}]}))


def has_else(written: Any) -> bool:
    """Whether a row is the closing `else` of its list."""
    return "else" in written if isinstance(written, dict) else hasattr(written, "else_")
