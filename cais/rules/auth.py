"""How a platform's requests prove who they are: what is added to each, made from secrets, token and signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from cais.rules.scope import Scope
from cais.rules.text import Text, Texts

Style = Literal["none", "headers", "query", "basic", "oauth2_refresh", "oauth2_client_credentials", "signed"]
Encoding = Literal["hex", "base64"]


def encoded(digest: bytes, encoding: Encoding) -> str:
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class Sign:
    """A signature over a text."""

    algorithm: Literal["hmac_sha256", "hmac_sha1", "sha256", "md5"]
    text: Text
    key: Text | None
    encoding: Encoding

    def signature(self, scope: Scope) -> str:
        message = self.text.text(scope).encode()
        name = self.algorithm.removeprefix("hmac_")
        if self.key is None:
            return encoded(hashlib.new(name, message).digest(), self.encoding)
        return encoded(hmac.new(self.key.text(scope).encode(), message, name).digest(), self.encoding)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is added to a request. Never logged."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return "Credentials(…)"


@dataclass(frozen=True, slots=True)
class Auth:
    """The auth section, compiled. With a `token_operation` a token is fetched, and again `refresh_before` its end."""

    style: Style
    headers: Texts = field(default_factory=dict, repr=False)
    query: Texts = field(default_factory=dict, repr=False)
    basic: tuple[Text, Text] | None = field(default=None, repr=False)
    token_operation: str | None = None
    refresh_before: timedelta = timedelta(minutes=10)
    sign: Sign | None = field(default=None, repr=False)

    def credentials(self, context: Mapping[str, Any]) -> Credentials:
        """`context`: `params`, `secrets`, `token` ({access, refresh}), `run`, `request` ({method, path, body}).

        Raises MappingError.
        """
        scope = Scope.of(context)
        if self.sign is not None:
            scope["signature"] = self.sign.signature(scope)
        headers = [(name, text.text(scope)) for name, text in self.headers.items()]
        if self.basic is not None:
            user, password = (text.text(scope) for text in self.basic)
            headers.append(("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()))
        return Credentials(tuple(headers), tuple((name, text.text(scope)) for name, text in self.query.items()))
