"""What a mapping or template sees by name while it is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2.runtime import Context
from pydantic import BaseModel


class Scope(dict[str, Any]):
    """Names to plain data. One Jinja context serves all expressions of a scope."""

    __slots__ = ("jinja",)

    jinja: Context | None

    def __init__(self, names: Mapping[str, Any]) -> None:
        super().__init__(names)
        self.jinja = None

    def child(self, **names: Any) -> Scope:
        """The same names and more."""
        scope = Scope(self)
        scope.update(names)
        return scope

    @classmethod
    def of(cls, context: Mapping[str, Any]) -> Scope:
        """A scope of plain data: canonical values become maps, so that nothing with methods is within reach."""
        return cls({name: plain(value) for name, value in context.items()})


_PLAIN = frozenset({dict, str, int, bool, type(None)})


def plain(value: Any) -> Any:
    """A canonical value, or a list of them, as maps, lists and scalars."""
    if type(value) in _PLAIN:  # asking for a model's class is dear
        return value
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, list | tuple) and value and isinstance(value[0], BaseModel):
        return [plain(item) for item in value]
    return value
