"""What goes to a platform and what comes back, as plain values: request, response, outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal

from cais.model import wire
from cais.model.vocabulary import ObjectKind, OutcomeKind

LostKind = Literal["connect", "timeout", "protocol"]
"""How a request came to nothing. `connect`: no byte of it left."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `host` names an entry of the connection's hosts; `path` is escaped and goes behind its base
    address, or with `rooted` behind its server's name."""

    method: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str | None = None
    rooted: bool = False


@dataclass(frozen=True)
class Response:
    """One answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def json(self) -> Any:
        """The body as JSON, numbers exact. Raises ValueError."""
        return wire.loads(self.body)

    @cached_property
    def content(self) -> Any:
        """The body for expressions: JSON where it is JSON, else its text; null where there is none."""
        if not self.body:
            return None
        try:
            return self.json
        except ValueError:
            return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an operation ended. `after` is real time to wait; `result` is what the file reads from the answer."""

    kind: OutcomeKind
    code: str | None = None
    message: str | None = None
    after: timedelta | None = None
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def remote_id(self) -> str | None:
        """The platform's id of what was made or found."""
        found = self.result.get("id")
        return None if found is None else str(found)


@dataclass(frozen=True, slots=True)
class Ref:
    """A pointer to an object of the platform. `by`: its own id, or the hub's stamp on it."""

    kind: ObjectKind
    id: str
    version: str | None = None
    by: Literal["id", "correlation"] = "id"
