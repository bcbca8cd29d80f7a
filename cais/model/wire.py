"""The only JSON codec of the hub: numbers with a fraction are `Decimal`, never float, both ways."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any, cast

import msgspec

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
_sorted = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_canonical = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def loads(body: bytes | str) -> Any:
    """The document in `body`. Raises `ValueError` when it is not JSON."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # The decoder's message holds a byte position, never the content.
        raise ValueError(f"not JSON: {error}") from None


def dumps(document: Any) -> bytes:
    """`document` as JSON; decimals are written as numbers with their digits."""
    return _encoder.encode(document)


def pretty(document: Any) -> bytes:
    """`document` as JSON for people and for files under version control: sorted keys, two spaces, a final newline."""
    return msgspec.json.format(_sorted.encode(document), indent=2) + b"\n"


def digest(document: Any) -> str:
    """SHA-256 (hex) of the document in one canonical spelling: sorted keys, decimals as strings."""
    return hashlib.sha256(_canonical.encode(document)).hexdigest()


def digest_bytes(body: bytes) -> str:
    """SHA-256 (hex) of raw bytes."""
    return hashlib.sha256(body).hexdigest()


def as_object(body: bytes | str) -> dict[str, Any]:
    """Like `loads`, for documents that must be JSON objects."""
    document = loads(body)
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    return cast("dict[str, Any]", document)
