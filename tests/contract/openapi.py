"""A vendor's OpenAPI files as a judge of requests: path, query, headers and body, undeclared names included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator

from cais.model import wire
from cais.rules.message import Request


@dataclass(frozen=True, order=True)
class Fault:
    """Where a request departs from the specification: `path`, `query.sc`, `header.Accept`, `body.items[].price`."""

    at: str
    message: str


@dataclass(frozen=True)
class Described:
    """An operation as a file describes it."""

    file: str
    template: str
    method: str
    document: dict[str, Any] = field(repr=False)

    @property
    def operation(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document["paths"][self.template][self.method]
        return found

    @cached_property
    def parameters(self) -> list[dict[str, Any]]:
        """Those of the path and of the operation, with their references followed."""
        shared = self.document["paths"][self.template].get("parameters", [])
        return [self._followed(parameter) for parameter in (*shared, *self.operation.get("parameters", []))]

    def faults(self, request: Request) -> list[Fault]:
        """All departures of `request`."""
        return sorted({*self._path(request), *self._query(request), *self._headers(request), *self._body(request)})

    def example(self, status: str = "200") -> Any:
        """The example of an answer."""
        content = self.operation["responses"][status]["content"]
        return next(iter(content.values()))["example"]

    def _path(self, request: Request) -> Iterator[Fault]:
        captured = _pattern(self.template).fullmatch(request.path)
        assert captured is not None
        for parameter in self.parameters:
            name = parameter["name"]
            if parameter["in"] == "path" and "{" + name + "}" in self.template:
                value = unquote(captured[_group(name)])
                yield from _typed(f"path.{name}", value, self._followed(parameter.get("schema", {})))

    def _query(self, request: Request) -> Iterator[Fault]:
        declared = {p["name"]: p for p in self.parameters if p["in"] == "query"}
        sent = dict(request.query)
        for name, value in sent.items():
            if name not in declared:
                yield Fault(f"query.{name}", "the file declares no such parameter")
            else:
                yield from _typed(f"query.{name}", value, self._followed(declared[name].get("schema", {})))
        for name, parameter in declared.items():
            if parameter.get("required") and name not in sent:
                yield Fault(f"query.{name}", "a required parameter is absent")

    def _headers(self, request: Request) -> Iterator[Fault]:
        sent = {name.lower() for name, _ in request.headers} | ({"content-type"} if request.content_type else set())
        for parameter in self.parameters:
            if parameter["in"] == "header" and parameter.get("required") and parameter["name"].lower() not in sent:
                yield Fault(f"header.{parameter['name']}", "a required header is absent")

    def _body(self, request: Request) -> Iterator[Fault]:
        body = self._followed(self.operation.get("requestBody") or {})
        if not body.get("content"):
            if request.body:
                yield Fault("body", "the file declares no body")
            return
        schema = next(iter(body["content"].values())).get("schema", {})
        document = wire.loads(request.body)
        if isinstance(document, list) and self._followed(schema).get("type") == "object":
            # Said once; what is in the list is still held to the schema of the object.
            yield Fault("body", "a list for an object")
            schema = {"type": "array", "items": schema}
        yield from self._mistyped(document, schema)
        yield from self._undeclared(document, schema, "body")

    def _mistyped(self, document: Any, schema: dict[str, Any]) -> Iterator[Fault]:
        for error in Draft202012Validator(self._plain(schema)).iter_errors(document):
            missing = re.match(r"'(.+)' is a required property", error.message)
            yield Fault(_where("body", [*error.absolute_path, *([missing[1]] if missing else [])]), error.validator)

    def _undeclared(self, document: Any, schema: dict[str, Any], at: str) -> Iterator[Fault]:
        schema = self._followed(schema)
        known = schema.get("properties")
        if isinstance(document, dict) and known is not None:
            for name, value in document.items():
                if name in known:
                    yield from self._undeclared(value, known[name], f"{at}.{name}")
                elif not schema.get("additionalProperties"):
                    yield Fault(f"{at}.{name}", "undeclared")
        elif isinstance(document, list) and "items" in schema:
            for value in document:
                yield from self._undeclared(value, schema["items"], f"{at}[]")

    def _plain(self, schema: Any) -> Any:
        """JSON Schema of an OpenAPI schema: references followed, `nullable` said its way."""
        if isinstance(schema, list):
            return [self._plain(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        followed = self._followed(schema)
        kept = {key: value for key, value in followed.items() if key not in ("example", "description", "format")}
        plain = {key: self._plain(value) for key, value in kept.items()}
        return {"anyOf": [plain, {"type": "null"}]} if followed.get("nullable") is True else plain

    def _followed(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            target: Any = self.document
            for hop in node["$ref"].removeprefix("#/").split("/"):
                target = target[hop.replace("~1", "/").replace("~0", "~")]
            node = target
        return node


class Specification:
    """Some of a vendor's files."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.documents = {name: wire.as_object((folder / name).read_bytes()) for name in names}

    def describing(self, method: str, path: str) -> Described | None:
        """The described operation with the fewest placeholders that a request could be."""
        found = [
            Described(name, template, method.lower(), document)
            for name, document in self.documents.items()
            for template, operations in document["paths"].items()
            if method.lower() in operations and _pattern(template).fullmatch(path)
        ]
        return min(found, key=lambda described: described.template.count("{"), default=None)


def _pattern(template: str) -> re.Pattern[str]:
    pieces = re.split(r"\{([^}]+)\}", template)
    return re.compile("".join(re.escape(p) if n % 2 == 0 else f"(?P<{_group(p)}>[^/]+)" for n, p in enumerate(pieces)))


def _group(name: str) -> str:
    return "p_" + re.sub(r"\W", "_", name)


def _typed(at: str, value: str, schema: dict[str, Any]) -> Iterator[Fault]:
    kind = schema.get("type")
    if kind == "integer" and not re.fullmatch(r"-?[0-9]+", value):
        yield Fault(at, "integer")
    if kind == "boolean" and value not in ("true", "false"):
        yield Fault(at, "boolean")
    if "enum" in schema and value not in schema["enum"]:
        yield Fault(at, "enum")


def _where(root: str, path: list[str | int]) -> str:
    return root + "".join("[]" if isinstance(hop, int) else f".{hop}" for hop in path)
