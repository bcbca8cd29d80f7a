"""A rendered act: the requests of an operation, without credentials, as they are pinned while it is in doubt."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from cais.model import wire
from cais.rules.message import Request
from cais.rules.operation import Operation, Step


@dataclass(frozen=True)
class Call:
    """The requests in the order in which they are sent; mostly one."""

    requests: tuple[Request, ...]

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over all that is sent but the credentials."""
        return wire.digest([_plain(request) for request in self.requests])

    def dump(self) -> bytes:
        """As bytes, to be sealed: bodies hold personal data."""
        return wire.dumps([_plain(request) for request in self.requests])

    @classmethod
    def load(cls, dumped: bytes) -> Call:
        """Back from `dump`."""
        return cls(tuple(_request(plain) for plain in cast("list[dict[str, Any]]", wire.loads(dumped))))


def render(operation: Operation, context: Mapping[str, Any]) -> Call:
    """All requests of an act, before any is sent. Raises MappingError, MissingSetting."""
    return Call(tuple(request for n, step in enumerate(operation.steps) for request in _of(operation, n, step, context)))


def _of(operation: Operation, number: int, step: Step, context: Mapping[str, Any]) -> list[Request]:
    if not step.applies(context):
        return []
    elements = step.elements(context)
    if elements is None:
        return [operation.request(context, number)]
    return [operation.request({**context, step.item: element}, number) for element in elements]


def _plain(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "host": request.host,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
        "body": base64.b64encode(request.body).decode(),
        "content_type": request.content_type,
        "rooted": request.rooted,
    }


def _request(plain: dict[str, Any]) -> Request:
    pairs = {name: tuple((key, value) for key, value in plain[name]) for name in ("query", "headers")}
    return Request(**{**plain, **pairs, "body": base64.b64decode(plain["body"])})
