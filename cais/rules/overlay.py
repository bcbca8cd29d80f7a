"""One mapping written over another: a child over its parent (`extends`), a seller's overlay over a mapping.

A leaf is replaced whole; `!remove` takes it away; a list is replaced whole, or its elements by their index.
Each value keeps the mark of the file it was written in, so that problems and `explain` point there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cais.rules.problem import Problem
from cais.rules.reader import REMOVE, Document, Mark, Path

_MERGED = frozenset({"fields", "enums", "parts", "root", "list", "do"})
"""Keys whose maps are gone into. Below `fields`, `enums` and `parts` stand names, which are gone into as well when
both sides have a map with one of these keys."""


def overlaid(base: Document, over: Document) -> tuple[Document, list[Problem]]:
    """`over` written over `base`, and what it wants to remove but is not there."""
    merging = _Merging(base, over)
    data = merging.maps(base.data, over.data, ())
    texts = {**base.texts, **over.texts}
    return replace(base, data=data, values=merging.values, keys=merging.keys, texts=texts), merging.problems


def removals_left(document: Document, allowed: str | None = None) -> list[Problem]:
    """`!remove` where there is nothing to remove from: anywhere but below the key `allowed`."""
    return [
        document.problem(path, "R004", "`!remove` belongs into an overlay or a file that extends another")
        for path in _removals(document.data, ())
        if path[:1] != (allowed,)
    ]


def _removals(value: Any, path: Path) -> list[Path]:
    if value is REMOVE:
        return [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in _removals(item, (*path, _hop(key)))]


def _hop(key: Any) -> str | int:
    return key if isinstance(key, str | int) and not isinstance(key, bool) else str(key)


class _Merging:
    def __init__(self, base: Document, over: Document) -> None:
        self.over = over
        self.values: dict[Path, Mark] = dict(base.values)
        self.keys: dict[Path, Mark] = dict(base.keys)
        self.problems: list[Problem] = []

    def maps(self, base: Mapping[Any, Any], over: Mapping[Any, Any], path: Path) -> dict[Any, Any]:
        result = dict(base)
        for key, value in over.items():
            at = (*path, _hop(key))
            if value is REMOVE:
                self._remove(result, key, at)
            elif key in result and _goes_into(key, result[key], value):
                result[key] = self._inside(result[key], value, at)
            else:
                result[key] = value
                self._replaced(at)
        return result

    def _inside(self, base: Any, over: Any, path: Path) -> Any:
        if isinstance(base, dict):
            return self.maps(base, over, path)
        patched = self.maps(dict(enumerate(base)), over, path)
        return [patched[index] for index in sorted(patched)]

    def _remove(self, result: dict[Any, Any], key: Any, path: Path) -> None:
        if key not in result:
            mark = self.over.key_mark(path)
            self.problems.append(mark.problem("R043", f"there is no '{key}' here to remove"))
            return
        del result[key]
        self._forget(path)

    def _replaced(self, path: Path) -> None:
        self._forget(path)
        size = len(path)
        self.values.update({key: mark for key, mark in self.over.values.items() if key[:size] == path})
        self.keys.update({key: mark for key, mark in self.over.keys.items() if key[:size] == path})

    def _forget(self, path: Path) -> None:
        size = len(path)
        for marks in (self.values, self.keys):
            for key in [key for key in marks if key[:size] == path]:
                del marks[key]


def _goes_into(key: Any, base: Any, over: Any) -> bool:
    if not isinstance(over, dict):
        return False
    if isinstance(base, list):
        return bool(over) and all(isinstance(index, int) and 0 <= index < len(base) for index in over)
    return isinstance(base, dict) and (key in _MERGED or bool(over.keys() & _MERGED and base.keys() & _MERGED))
