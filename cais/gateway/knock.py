"""Who knocks: a connection's name and its secret stand in the address, and are checked before anything is read."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final, Literal

from starlette.responses import PlainTextResponse, Response

from cais.errors import NotFound
from cais.store.connections import ConnectionRow, get_connection
from cais.store.engine import Store

Unadmitted = Literal["unknown", "wrong secret"]

_ANSWERS: Final[dict[Unadmitted, tuple[str, int]]] = {
    "unknown": ("no such connection", 404),
    "wrong secret": ("the secret is wrong", 401),
}


@dataclass(frozen=True)
class Knock:
    """What an address claims."""

    connection: str
    secret: str

    def __repr__(self) -> str:
        return f"Knock({self.connection})"


async def admitted(store: Store, knock: Knock) -> ConnectionRow | Unadmitted:
    """The connection, if the rules list it and the secret is its own (compared in constant time)."""
    try:
        row = await store.read(get_connection, knock.connection)
    except NotFound:
        return "unknown"
    if not row.listed:
        return "unknown"
    if not hmac.compare_digest(knock.secret.encode(), row.hook_secret.encode()):
        return "wrong secret"
    return row


def refusal(reason: Unadmitted) -> Response:
    """Plain words, no hint."""
    words, status = _ANSWERS[reason]
    return PlainTextResponse(words, status)
