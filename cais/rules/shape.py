"""What the check knows of a value before there is one: the types of the canonical model, as plain shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from cais.rules.path import EACH
from cais.rules.reader import Path

Kind = Literal["any", "string", "integer", "decimal", "boolean", "datetime", "date", "list", "map"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A type. A map with `fields` is closed; `words` is the closed list of a text; `item` what a list holds."""

    kind: Kind
    optional: bool = False
    item: Shape | None = None
    fields: Mapping[str, Field] | None = None
    words: frozenset[str] | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a closed map."""

    shape: Shape
    required: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """A path that leads nowhere: the hop that is unknown, what it was looked for in, and the names known there."""

    hop: str
    title: str
    known: frozenset[str] = field(default_factory=frozenset)


ANY = Shape("any")
TEXT = Shape("string")
TIME = Shape("datetime")


def record(title: str, fields: Mapping[str, Shape], *, optional: frozenset[str] = frozenset()) -> Shape:
    """A closed map."""
    return Shape(
        "map", title=title, fields={name: Field(shape, name not in optional) for name, shape in fields.items()}
    )


@cache
def shape_of_model(model: type[BaseModel]) -> Shape:
    """The shape of a canonical model."""
    fields = {
        name: Field(_shape(info.rebuild_annotation()), info.is_required()) for name, info in model.model_fields.items()
    }
    return Shape("map", title=model.__name__.lower(), fields=fields)


_SCALARS: dict[Any, Shape] = {
    str: TEXT,
    int: Shape("integer"),
    bool: Shape("boolean"),
    Decimal: Shape("decimal"),
    datetime: TIME,
    date: Shape("date"),
}


def _shape(annotation: Any) -> Shape:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _shape(args[0])
    if origin in (Union, UnionType):
        return _optional([arg for arg in args if arg is not NoneType], NoneType in args)
    if origin in (tuple, list):
        return Shape("list", item=_shape(args[0]))
    if origin is Literal:
        return Shape("string", words=frozenset(map(str, args)))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Shape("string", words=frozenset(str(member.value) for member in annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return shape_of_model(annotation)
    return _SCALARS.get(annotation, ANY)


def _optional(options: list[Any], optional: bool) -> Shape:
    if len(options) != 1:
        return ANY
    shape = _shape(options[0])
    return Shape(shape.kind, optional, shape.item, shape.fields, shape.words, shape.title)


def follow(shape: Shape, path: Path) -> Shape | Lost:
    """The shape at `path` below `shape`."""
    for hop in path:
        if shape.kind == "any":
            return ANY
        found = _step(shape, hop)
        if isinstance(found, Lost):
            return found
        shape = found
    return shape


def _step(shape: Shape, hop: str | int) -> Shape | Lost:
    if isinstance(hop, int) or hop == EACH:
        return (shape.item or ANY) if shape.kind == "list" else Lost(f"[{hop}]", shape.title or f"a {shape.kind}")
    if shape.kind == "map":
        if shape.fields is None:
            return shape.item or ANY
        if hop in shape.fields:
            return shape.fields[hop].shape
        return Lost(hop, shape.title or "a map", frozenset(shape.fields))
    return Lost(hop, f"a {_WORDS.get(shape.kind, shape.kind)}")


_WORDS = {"string": "text", "integer": "number", "decimal": "number"}
