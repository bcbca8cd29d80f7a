"""Pinned requests: what was rendered once is what is sent again, however the rules change meanwhile."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from cais.model import wire
from cais.rules.message import Request


def pack(requests: Sequence[Request]) -> bytes:
    """The requests as bytes, to be sealed: they hold personal data."""
    return wire.dumps([_document(request) for request in requests])


def unpack(packed: bytes) -> tuple[Request, ...]:
    """The same requests, byte for byte."""
    return tuple(_request(document) for document in wire.loads(packed))


def digest(requests: Sequence[Request]) -> str:
    """SHA-256 (hex) of the requests: what a handoff's row shows of them."""
    return wire.digest_bytes(pack(requests))


def _document(request: Request) -> dict[str, Any]:
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


def _request(document: dict[str, Any]) -> Request:
    pairs = {name: tuple((key, value) for key, value in document[name]) for name in ("query", "headers")}
    return Request(**{**document, **pairs, "body": base64.b64decode(document["body"])})
