"""Helpers to write mappings in a test."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent
from typing import Any

from cais.rules.mapping import Mapping
from cais.rules.mapping_compiler import compile_mapping
from cais.rules.mapping_file import MappingFile
from cais.rules.names import Names
from cais.rules.problem import Problem
from cais.rules.reader import read_yaml
from cais.rules.roots import CANONICAL_SHAPES
from cais.rules.shape import TEXT, record
from cais.rules.validate import validate

WRITING = Names({**CANONICAL_SHAPES, "params": record("params", {"account": TEXT}), "id": TEXT})


def compiled(text: str, names: Names | None = None) -> tuple[Mapping, list[Problem]]:
    """A mapping, with all problems of its text. Reading mappings may name anything, writing ones canonical values."""
    document, problems = read_yaml("m.yaml", "rules: 1\nmapping: m\n" + dedent(text))
    file, found = validate(document, MappingFile)
    assert file is not None, [*problems, *found]
    names = names or (Names({}, open=True) if file.side == "read" else WRITING)
    mapping, more = compile_mapping(document, file, names)
    return mapping, [*problems, *found, *more]


def problems_of(text: str) -> list[tuple[int, int, str]]:
    """Line, column and code of each problem of a mapping's text; line 1 is the first line of `text`."""
    document, problems = read_yaml("m.yaml", "rules: 1\nmapping: m\n" + dedent(text).lstrip("\n"))
    file, found = validate(document, MappingFile)
    if file is not None:
        names = Names({}, open=True) if file.side == "read" else WRITING
        found = [*found, *compile_mapping(document, file, names)[1]]
    return sorted((problem.line - 2, problem.column, problem.code) for problem in [*problems, *found])


def attempt(call: Callable[[], Any], *errors: type[Exception]) -> Any:
    """What a call gives, or the error of one of these types that it raises."""
    try:
        return call()
    except errors as error:
        return error
