"""How a request is made from a context: path, query, headers, body."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from cais.model import wire
from cais.rules.cast import kind
from cais.rules.failure import Failure
from cais.rules.mapping import Mapping as DocumentMapping
from cais.rules.message import Request
from cais.rules.scope import Scope
from cais.rules.text import Text, Texts

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A mapping's document as JSON, or as the variables of a GraphQL document."""

    mapping: DocumentMapping | None
    graphql: str | None = None

    def render(self, context: Mapping[str, Any], scope: Scope) -> tuple[bytes, str]:
        document = self.mapping.render(context) if self.mapping else {}
        if self.graphql is not None:
            document = {"query": self.graphql, "variables": document}
        return wire.dumps(document), JSON


@dataclass(frozen=True, slots=True)
class FormBody:
    """A mapping's document as a form: `Order[lines][0][sku]=…` where it is nested."""

    mapping: DocumentMapping

    def render(self, context: Mapping[str, Any], scope: Scope) -> tuple[bytes, str]:
        return urlencode(list(_pairs(self.mapping.render(context), ""))).encode(), FORM


@dataclass(frozen=True, slots=True)
class BytesBody:
    """Text passed on unchanged."""

    content: Text
    type: str

    def render(self, context: Mapping[str, Any], scope: Scope) -> tuple[bytes, str]:
        value = self.content.value(scope)
        if isinstance(value, str):
            return value.encode(), self.type
        if isinstance(value, bytes):
            return value, self.type
        raise self.content.error(Failure("R203", f"text is asked for, this is {kind(value)}"))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body."""

    value: Text
    filename: Text | None
    type: str | None


@dataclass(frozen=True, slots=True)
class MultipartBody:
    """Parts between boundaries; the boundary comes from the content, so that one document is one request."""

    parts: Mapping[str, Part]

    def render(self, context: Mapping[str, Any], scope: Scope) -> tuple[bytes, str]:
        parts = [self._part(name, part, scope) for name, part in self.parts.items()]
        boundary = hashlib.sha256(b"".join(parts)).hexdigest()[:32]
        opened = b"".join(b"--%s\r\n%s" % (boundary.encode(), part) for part in parts)
        return opened + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"

    def _part(self, name: str, part: Part, scope: Scope) -> bytes:
        head = f'Content-Disposition: form-data; name="{name}"'
        if part.filename is not None:
            head += f'; filename="{quote(part.filename.text(scope))}"'
        if part.type is not None:
            head += f"\r\nContent-Type: {part.type}"
        return f"{head}\r\n\r\n{part.value.text(scope)}\r\n".encode()


Body = JsonBody | FormBody | BytesBody | MultipartBody


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """A request of the platform file, compiled; `headers` has the platform's own first."""

    method: str
    host: str
    path: Text
    query: Texts
    headers: Texts
    body: Body | None = None
    mappings: tuple[DocumentMapping, ...] = field(default=(), repr=False)

    def render(self, context: Mapping[str, Any], scope: Scope) -> Request:
        """Raises MappingError, MissingSetting."""
        body, content_type = self.body.render(context, scope) if self.body else (b"", None)
        query = tuple((name, value) for name, text in self.query.items() for value in text.scalars(scope))
        return Request(self.method, self.host, self._path(scope), query, self._headers(scope), body, content_type)

    def _path(self, scope: Scope) -> str:
        path = self.path.text(scope, _segment)
        if any(piece in (".", "..") for piece in path.split("/")):
            raise self.path.error(Failure("R209", "the path would leave its place"))
        return path if path.startswith("/") else f"/{path}"

    def _headers(self, scope: Scope) -> tuple[tuple[str, str], ...]:
        return tuple((name, _line(text, value)) for name, text in self.headers.items() for value in text.scalars(scope))


def _segment(value: str) -> str:
    """An interpolated value is one piece of a path, whatever it holds."""
    return quote(value, safe="")


def _line(text: Text, value: str) -> str:
    if "\r" in value or "\n" in value:
        raise text.error(Failure("R209", "a header is one line"))
    return value


def _pairs(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _pairs(item, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _pairs(item, f"{name}[{index}]")
    elif value is not None:
        yield name, _form_value(value)


def _form_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    return wire.dumps(value).decode()
