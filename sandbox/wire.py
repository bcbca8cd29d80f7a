"""JSON on the sandbox's wire: a number with a fraction is read as Decimal and written as a number, never a float."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def loads(raw: bytes | str) -> Any:
    """Read one JSON value; raises ValueError when the bytes are not JSON."""
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None


def dumps(value: Any) -> bytes:
    """Write one JSON value; whole numbers stay whole, Decimals keep their digits."""
    return _encoder.encode(value)
