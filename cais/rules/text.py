"""A template at its place in a file: rendering it fails with the place, never with a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cais.errors import MappingError, MissingSetting
from cais.rules.cast import kind
from cais.rules.expression import Template
from cais.rules.failure import Failure, MissingMet, NullMet
from cais.rules.path import MISSING, path_text
from cais.rules.reader import Mark, Path
from cais.rules.scope import Scope


@dataclass(frozen=True, slots=True)
class Text:
    """Text with expressions, or one whole expression."""

    template: Template
    path: Path
    mark: Mark = field(repr=False)

    def value(self, scope: Scope) -> Any:
        """The native value, MISSING where it is undefined. Raises MappingError, MissingSetting."""
        try:
            return self.template.value(scope)
        except MissingMet:
            return MISSING
        except NullMet:
            return None
        except Failure as failure:
            raise self.error(failure) from None

    def text(self, scope: Scope, escape: Callable[[str], str] = str) -> str:
        """The text. Raises MappingError also where something is missing or null."""
        try:
            return self.template.text(scope, escape)
        except Failure as failure:
            raise self.error(failure) from None

    def lenient(self, scope: Scope) -> Any:
        """The native value; MISSING also where the expression cannot work with what is there."""
        try:
            return self.value(scope)
        except (MappingError, MissingSetting):
            return MISSING

    def scalars(self, scope: Scope) -> tuple[str, ...]:
        """What goes into a query or header: none where it is null or missing, several for a list."""
        value = self.value(scope)
        items = value if isinstance(value, list | tuple) else [value]
        return tuple(self._scalar(item) for item in items if item is not None and item is not MISSING)

    def _scalar(self, value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Decimal):
            return format(value, "f")
        if isinstance(value, str | int):
            return str(value)
        raise self.error(Failure("R203", f"text or a number is asked for, this is {kind(value)}"))

    def error(self, failure: Failure) -> MappingError:
        mark = self.mark
        at = path_text(self.path)
        return MappingError(failure.code, failure.detail, at=at, file=mark.file, line=mark.line, column=mark.column)


Texts = Mapping[str, Text]


def condition(text: Text, scope: Scope) -> bool:
    """A condition that must give true or false. Raises MappingError."""
    value = text.value(scope)
    if isinstance(value, bool):
        return value
    failure = (
        MissingMet() if value is MISSING else Failure("R207", f"a condition is true or false, this is {kind(value)}")
    )
    raise text.error(failure)


def holds(text: Text, scope: Scope) -> bool:
    """A condition over an answer: false also where it cannot be told, for answers are not ours."""
    return text.lenient(scope) is True
