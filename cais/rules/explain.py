"""`cais rules explain`: every leaf of a mapping with the file and line it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cais.rules.mapping import Mapping
from cais.rules.mapping_file import SOURCES
from cais.rules.path import path_text
from cais.rules.reader import Mark, Path

_CONTAINERS = frozenset({"fields", "list", "choose", "each"})


@dataclass(frozen=True, slots=True)
class Origin:
    """One leaf: where it goes, what it says, and where that is written."""

    at: str
    says: str
    mark: Mark


def explain(mapping: Mapping) -> list[Origin]:
    """The leaves in the order of the mapping, after parents and overlays."""
    data = mapping.document.data
    places: list[tuple[Any, Path]] = [(data.get("fields", {}), ("fields",))]
    if mapping.base == "root":
        places = [({"": data["root"]}, ())]
    places += [(part["fields"], ("parts", name, "fields")) for name, part in data.get("parts", {}).items()]
    return [origin for fields, path in places for origin in _fields(fields, path, mapping)]


def _fields(fields: dict[str, Any], path: Path, mapping: Mapping) -> Iterator[Origin]:
    for name, leaf in fields.items():
        yield from _leaf(leaf, (*path, name) if name else ("root",), mapping)


def _leaf(leaf: dict[str, Any], path: Path, mapping: Mapping) -> Iterator[Origin]:
    if not leaf.keys() & _CONTAINERS:
        yield _origin(leaf, path, mapping)
    elif "each" in leaf:
        yield _origin({key: leaf[key] for key in ("each", "where", "when") if key in leaf}, path, mapping)
    if "fields" in leaf:
        yield from _fields(leaf["fields"], (*path, "fields"), mapping)
    for key in ("list", "choose"):
        for number, inner in enumerate(leaf.get(key, ())):
            yield from _leaf(inner.get("else", inner), (*path, key, number), mapping)


def _origin(leaf: dict[str, Any], path: Path, mapping: Mapping) -> Origin:
    said = sorted(leaf, key=lambda key: (key not in SOURCES, key))
    says = ", ".join(f"{key}: {_as_written(leaf[key])}" for key in said)
    return Origin(path_text(path), says, mapping.document.mark(path))


def _as_written(value: Any) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_as_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_as_written, value)) + "]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
