"""From a document to a file model; what pydantic finds is told in plain words, at its line and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from cais.rules.codes import CODES
from cais.rules.files import LANGUAGE
from cais.rules.mapping_file import SOURCES
from cais.rules.problem import Problem, nearest
from cais.rules.reader import Document, Path

M = TypeVar("M", bound=BaseModel)

_LEAF_HINT = "a leaf has exactly one of " + ", ".join(SOURCES)


def validate(document: Document, model: type[M]) -> tuple[M | None, list[Problem]]:
    """The document as `model`, or why it is none."""
    data = document.data
    if not isinstance(data, dict):
        return None, [document.problem((), "R006", "a rule file is a map", "begin with `rules: 1`")]
    if data.get("rules") != LANGUAGE:
        return None, [document.problem(("rules",), "R007", f"the file must say `rules: {LANGUAGE}`")]
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        found = (_problem(document, model, item) for item in error.errors(include_url=False))
        return None, list(found)


def _problem(document: Document, model: type[BaseModel], error: ErrorDetails) -> Problem:
    path, type_ = _path(document, error["loc"]), error["type"]
    context: dict[str, Any] = error.get("ctx", {})
    if type_ in CODES:
        return document.problem(path, type_, error["msg"], context.get("hint"))
    if type_ == "extra_forbidden":
        return _unknown_key(document, model, error["loc"], path)
    if type_ == "missing":
        key = error["loc"][-1]
        return document.problem(path, "R011", f"the key '{key}' is missing")
    if type_ == "union_tag_not_found":
        return document.problem(path, "R013", "the kind of this leaf cannot be told", _LEAF_HINT)
    return _wrong_value(document, path, error, context)


def _unknown_key(document: Document, model: type[BaseModel], loc: tuple[int | str, ...], path: Path) -> Problem:
    key, mark = loc[-1], document.key_mark(path)
    known = set(_keys(_below(model, loc[:-1])))
    if key in SOURCES and known & set(SOURCES):
        return mark.problem("R013", f"'{key}' beside another source", _LEAF_HINT)
    return mark.problem("R010", f"unknown key '{key}'", nearest(key, known))


def _wrong_value(document: Document, path: Path, error: ErrorDetails, context: Mapping[str, Any]) -> Problem:
    type_ = error["type"]
    value = error.get("input")
    if type_ in ("literal_error", "enum"):
        known = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
        said = f"'{value}'" if isinstance(value, str | int) else "this"
        return document.problem(path, "R012", f"{said} is not one of the words known here", nearest(value, known))
    if type_ == "bool_type":
        code = "R014" if value in ("yes", "no", "on", "off", "True", "False") else "R012"
        return document.problem(path, code, "true or false is asked for", "write true or false, without quotes")
    if type_ == "string_type":
        return document.problem(path, "R012", "text is asked for", _quote_hint(value))
    message = _MESSAGES.get(type_, error["msg"][:1].lower() + error["msg"][1:])
    return document.problem(path, "R012", message)


_MESSAGES = {
    "int_type": "a whole number is asked for",
    "dict_type": "a map is asked for",
    "mapping_type": "a map is asked for",
    "model_type": "a map is asked for",
    "model_attributes_type": "a map is asked for",
    "tuple_type": "a list is asked for",
    "list_type": "a list is asked for",
    "too_short": "it may not be empty",
    "greater_than": "it must be greater than zero",
    "string_pattern_mismatch": "the text does not have the form asked for here",
}


def _quote_hint(value: object) -> str | None:
    if isinstance(value, dict):
        return 'an expression in braces needs quotes: "{{ … }}"'
    if value is None or isinstance(value, list):
        return None
    return "put it in quotes"


def _path(document: Document, loc: tuple[int | str, ...]) -> Path:
    """The place in the file: without what pydantic adds to say which kind of a union it looked at."""
    path: Path = ()
    for part in loc:
        if (*path, part) in document.values:
            path = (*path, part)
    return path


def _below(annotation: Any, loc: tuple[int | str, ...]) -> list[Any]:
    """The types at `loc` below a type."""
    found = [annotation]
    for part in loc:
        found = [inner for type_ in found for inner in _step(type_, part)]
    return found


def _step(annotation: Any, part: int | str) -> Iterator[Any]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _step(args[0], part)
    elif origin in (Union, UnionType):
        tagged = [arg for arg in args if _tag(arg) == part]
        yield from tagged or (inner for arg in args for inner in _step(arg, part))
    elif origin in (tuple, list) and isinstance(part, int):
        yield args[0]
    elif origin is dict:
        yield args[1]
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if part == (field.alias or name):
                yield field.annotation


def _tag(annotation: Any) -> str | None:
    metadata = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return next((item.tag for item in metadata if isinstance(item, Tag)), None)


def _keys(types: list[Any]) -> Iterator[str]:
    for type_ in types:
        if get_origin(type_) in (Annotated, Union, UnionType):
            inner = get_args(type_)[:1] if get_origin(type_) is Annotated else get_args(type_)
            yield from _keys(list(inner))
        elif isinstance(type_, type) and issubclass(type_, BaseModel):
            yield from (field.alias or name for name, field in type_.model_fields.items())
