"""A request that a platform turns down, with the page or specification path that says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """Raised by an operation; the platform's `shape` turns it into the vendor's error body.

    `source` is the citation that the `X-Sandbox-Source` header carries (page or specification path);
    `extra` holds further members of the vendor's error body, `headers` further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        source: str,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.source = source
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})
