"""Paths into documents: `order.lines[0].sku`. A missing hop is missing, a null hop is null."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from cais.rules.reader import Path

Getter = Callable[[dict[str, Any]], Any]

EACH: Final = "*"
"""In a static path: any element of a list."""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        raise TypeError("MISSING has no truth")


MISSING: Final = _Missing()
"""What a path gives where the document has nothing: not null, not empty, not zero."""

_HOP = re.compile(r"([^.\[\]\s{}]+)((?:\[[0-9]{1,6}\])*)")


@lru_cache(4096)
def parse_path(text: str) -> Path | None:
    """The hops of a path, or None when `text` is not one."""
    hops: list[str | int] = []
    for piece in text.split("."):
        match = _HOP.fullmatch(piece)
        if match is None:
            return None
        hops.append(match[1])
        hops += [int(index) for index in re.findall(r"[0-9]+", match[2])]
    return tuple(hops)


def path_text(path: Path) -> str:
    """The path as it is written."""
    text = "".join(f"[{hop}]" if isinstance(hop, int) or hop == EACH else f".{hop}" for hop in path)
    return text.removeprefix(".")


def getter(path: Path) -> Getter:
    """A function from a scope to the value at `path`, MISSING or None.

    The common case, all hops there, is plain indexing; only when that fails is each hop looked at.
    """

    def walk(scope: dict[str, Any]) -> Any:
        value: Any = scope
        for hop in path:
            if value is None:
                return None
            value = step(value, hop)
            if value is MISSING:
                return MISSING
        return value

    hops = [hop for hop in path if isinstance(hop, str)]
    return _indexing(hops, walk) if len(hops) == len(path) else walk


def step(value: Any, hop: str | int) -> Any:
    """One hop: a key of a map or an index of a list, MISSING for anything else."""
    if isinstance(hop, str):
        return value.get(hop, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(value, list | tuple) and -len(value) <= hop < len(value):
        return value[hop]
    return MISSING


def _indexing(hops: list[str], walk: Getter) -> Getter:
    match hops:
        case [a]:
            return lambda scope: scope.get(a, MISSING)
        case [a, b]:

            def two(scope: dict[str, Any]) -> Any:
                try:
                    return scope[a][b]
                except (KeyError, TypeError):
                    return walk(scope)

            return two
        case [a, b, c]:

            def three(scope: dict[str, Any]) -> Any:
                try:
                    return scope[a][b][c]
                except (KeyError, TypeError):
                    return walk(scope)

            return three
        case _:

            def deep(scope: dict[str, Any]) -> Any:
                value: Any = scope
                try:
                    for hop in hops:
                        value = value[hop]
                except (KeyError, TypeError):
                    return walk(scope)
                return value

            return deep
