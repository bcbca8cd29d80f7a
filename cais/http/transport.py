"""The wire: one request out, one bounded answer back, under one deadline. The only place that imports httpx.

Works on httpx's transport, below its client: no redirect is followed, no cookie kept, no netrc or proxy variable read.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

import httpx

from cais.errors import ActError

LostKind = Literal["connect", "timeout", "protocol"]

LARGEST_BODY: Final = 32 * 1024 * 1024
"""Bytes of an answer, unpacked. The largest lists of the platforms are below 5 MB a page."""

_CONNECTIONS: Final = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=5.0)
_LEFT: Final = ("http11.send_request_headers.started",)


class Lost(Exception):
    """There was no whole answer. `connect`: no byte of the request left; otherwise nobody knows what came of it."""

    def __init__(self, kind: LostKind) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Reply:
    """An answer as it came. Header names are in lower case; of a repeated header the values are joined by commas."""

    status: int
    headers: dict[str, str]
    body: bytes


class Transport:
    """The open connections of one process to one account: a slow platform fills its own pool only."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._http = httpx.AsyncHTTPTransport(verify=context, limits=_CONNECTIONS, retries=0)

    async def exchange(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes, deadline: timedelta
    ) -> Reply:
        """Send, and read the whole answer within `deadline` (real). Raises `Lost`."""
        left = _Left()
        try:
            request = httpx.Request(method, url, headers=list(headers), content=body)
            request.extensions = {"trace": left.note}
            async with asyncio.timeout(deadline.total_seconds()):
                return await self._exchange(request)
        except TimeoutError:
            raise Lost("timeout" if left.seen else "connect") from None
        except (httpx.TransportError, httpx.DecodingError, _TooLarge):
            raise Lost("protocol" if left.seen else "connect") from None
        except httpx.InvalidURL:
            raise ActError(f"the address of a {method} request is not well formed") from None

    async def _exchange(self, request: httpx.Request) -> Reply:
        response = await self._http.handle_async_request(request)
        try:
            body = await _bounded(response)
        finally:
            await response.aclose()
        return Reply(response.status_code, _lower(response.headers), body)

    async def close(self) -> None:
        await self._http.aclose()


def tls() -> ssl.SSLContext:
    """One for a process: reading the certificates takes tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)


class _TooLarge(Exception):
    """More bytes than `LARGEST_BODY`."""


class _Left:
    """Whether a byte of the request may have left this machine."""

    def __init__(self) -> None:
        self.seen = False

    async def note(self, event: str, info: object) -> None:
        self.seen = self.seen or event in _LEFT


async def _bounded(response: httpx.Response) -> bytes:
    chunks, size = [], 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise _TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _lower(headers: httpx.Headers) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers.multi_items():
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
