"""What a platform's hook speaks of, and what it is answered."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cais.model import wire
from cais.model.vocabulary import ObjectKind
from cais.rules.auth import Encoding, encoded
from cais.rules.message import Response
from cais.rules.path import MISSING
from cais.rules.scope import Scope
from cais.rules.text import Text, holds


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a hook."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class HookVerdict:
    """What a hook speaks of; `ignored` when it speaks of nothing of ours. `event` tells repeats apart."""

    reply: Reply
    kind: ObjectKind | None = None
    id: str | None = None
    event: str | None = None
    by: Literal["id", "correlation"] = "id"

    @property
    def ignored(self) -> bool:
        return self.kind is None


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """A reply whose document may hold expressions."""

    status: int = 200
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def render(self, scope: Scope) -> Reply:
        body = b"" if self.document is None else wire.dumps(_filled(self.document, scope))
        return Reply(self.status, body, tuple(self.headers.items()))


def _filled(document: Any, scope: Scope) -> Any:
    if isinstance(document, Text):
        value = document.lenient(scope)
        return None if value is MISSING else value
    if isinstance(document, dict):
        return {key: _filled(value, scope) for key, value in document.items()}
    return [_filled(value, scope) for value in document] if isinstance(document, list) else document


@dataclass(frozen=True, slots=True)
class Route:
    """A row of the routes; `pattern` is matched against the whole path below the connection's address."""

    kind: ObjectKind
    id: Text
    pattern: re.Pattern[str] | None = None
    when: Text | None = None
    by: Literal["id", "correlation"] = "id"
    event: Text | None = None
    reply: ReplyTemplate | None = None

    def match(self, path: str, scope: Scope) -> Scope | None:
        """The scope with the captured names, when the route is this one."""
        found = self.pattern.fullmatch(path.strip("/")) if self.pattern else None
        if self.pattern is not None and found is None:
            return None
        inner = scope.child(route=found.groupdict() if found else {})
        return inner if self.when is None or holds(self.when, inner) else None


def route_pattern(route: str) -> re.Pattern[str]:
    """`pub/orders/{order}/invoice` as a pattern; a name in braces is one segment."""
    pieces = re.split(r"\{([a-z_]+)\}", route.strip("/"))
    escaped = [re.escape(piece) if n % 2 == 0 else f"(?P<{piece}>[^/]+)" for n, piece in enumerate(pieces)]
    return re.compile("".join(escaped))


@dataclass(frozen=True, slots=True)
class Verify:
    """How a hook proves where it comes from."""

    style: Literal["secret_in_path", "header", "hmac_sha256"]
    header: str = ""
    secret: str = ""
    encoding: Encoding = "hex"

    def accepts(self, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str]) -> bool:
        """Whether the hook is genuine. Header names in lower case; the secret in the path is the gateway's to check."""
        if self.style == "secret_in_path":
            return True
        wanted = secrets.get(self.secret, "")
        if not wanted:
            return False
        if self.style == "hmac_sha256":
            wanted = encoded(hmac.new(wanted.encode(), body, hashlib.sha256).digest(), self.encoding)
        return hmac.compare_digest(headers.get(self.header.lower(), "").encode(), wanted.encode())


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks section, compiled."""

    verify: Verify
    routes: tuple[Route, ...] = ()
    reply: ReplyTemplate = ReplyTemplate()
    ping: tuple[Text, ReplyTemplate] | None = None
    topics: tuple[str, ...] = ()

    def judge(self, path: str, request: Mapping[str, Any]) -> HookVerdict:
        """`request`: method, header, query, body (bytes), params, run. Never raises: what cannot be read is ignored."""
        content = Response(200, {}, request["body"]).content
        scope = Scope({name: value for name, value in request.items() if name != "body"})
        if content is not None:
            scope["body"] = content
        if self.ping is not None and holds(self.ping[0], scope.child(route={})):
            return HookVerdict(self.ping[1].render(scope))
        for route in self.routes:
            inner = route.match(path, scope)
            if inner is not None:
                return self._verdict(route, inner)
        return HookVerdict(self.reply.render(scope))

    def _verdict(self, route: Route, scope: Scope) -> HookVerdict:
        verdict = HookVerdict((route.reply or self.reply).render(scope))
        found, event = _word(route.id, scope), _word(route.event, scope)
        return verdict if found is None else replace(verdict, kind=route.kind, id=found, event=event, by=route.by)


def _word(text: Text | None, scope: Scope) -> str | None:
    value = MISSING if text is None else text.lenient(scope)
    usable = isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    return str(value) if usable else None
