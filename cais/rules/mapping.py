"""A compiled mapping: a canonical value from a platform's document, or the other way."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from cais.errors import MappingError
from cais.rules.enum_table import EnumTable
from cais.rules.leaf import Leaf, LeafFailed
from cais.rules.path import MISSING, path_text
from cais.rules.reader import Document, Path
from cais.rules.scope import Scope


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping file, compiled. `hash` changes with anything that it says, overlays included."""

    name: str
    side: Literal["read", "write"]
    model_name: str
    model: type[BaseModel] | None
    hash: str
    document: Document = field(repr=False, compare=False)
    leaf: Leaf = field(repr=False, compare=False)
    base: Literal["fields", "root"] = "fields"
    tables: AbstractMapping[str, EnumTable] = field(default_factory=dict, repr=False, compare=False)
    inputs: tuple[str, ...] = ()
    """The canonical values that a writing mapping takes, by name."""

    def render(self, context: AbstractMapping[str, Any]) -> Any:
        """The mapped document: plain data, `Decimal` for amounts.

        `context` holds plain documents or canonical values by name, and `settings` (kind to key to value).
        Raises MappingError, MissingSetting.
        """
        scope = Scope.of(context)
        scope["_tables"] = self.tables
        try:
            value = self.leaf(scope)
        except LeafFailed as failed:
            raise self._error(failed) from None
        if value is MISSING:
            raise self._at((self.base,), "R201", "the mapping gives nothing")
        return value

    def read(self, context: AbstractMapping[str, Any]) -> Any:
        """The canonical value, or a list of them where the mapping's root is a list. Raises as `render`."""
        value = self.render(context)
        if self.model is None:
            return value
        if isinstance(value, list):
            return [self._validated(item, (self.base, index)) for index, item in enumerate(value)]
        return self._validated(value, (self.base,))

    def _validated(self, value: Any, base: Path) -> BaseModel:
        assert self.model is not None
        try:
            return self.model.model_validate(value)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise self._at((*base, *first["loc"]), "R211", first["msg"]) from None

    def _error(self, failed: LeafFailed) -> MappingError:
        mark, at = failed.mark, path_text((self.base, *failed.at))
        return MappingError(
            failed.code,
            failed.detail,
            at=at,
            source=failed.source,
            file=mark.file,
            line=mark.line,
            column=mark.column,
        )

    def _at(self, path: Path, code: str, detail: str) -> MappingError:
        mark = self.document.mark(_written(self.document, path))
        return MappingError(code, detail, at=path_text(path), file=mark.file, line=mark.line, column=mark.column)


def _written(document: Document, path: Path) -> Path:
    """The nearest place in the file to an output path: indexes fall away, `fields` comes between names."""
    written: Path = ()
    for hop in path:
        for candidate in ((*written, hop), (*written, "fields", hop)):
            if candidate in document.values:
                written = candidate
                break
    return written
