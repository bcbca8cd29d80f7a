"""Bodies of requests, read up to a bound."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

LARGEST: Final = 2 * 1024 * 1024
"""Bytes. An NF-e of a thousand lines has half of it."""


async def bounded(request: Request) -> bytes | None:
    """The whole body, or None if it is larger than `LARGEST`."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
