"""Mercado Livre's error bodies: `{"message", "error", "status", "cause": […]}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.limits import Verdict
from sandbox.operation import Answer
from sandbox.refusal import Refusal


def docs(page: str) -> str:
    """The address of a page of the vendor's documentation, which a refusal cites."""
    return f"https://developers.mercadolivre.com.br/{page}"


def refuse(status: int, error: str, message: str, page: str, cause: Sequence[dict[str, Any]] = ()) -> Refusal:
    """A refusal that cites the page `page` of the vendor's documentation."""
    return Refusal(status, error, message, source=docs(page), extra={"cause": list(cause)})


def shape(refusal: Refusal) -> Answer:
    """The vendor's body of a refusal."""
    body = {"message": refusal.message, "error": refusal.code, "status": refusal.status, "cause": []}
    return Answer(body | refusal.extra, refusal.status)


def throttled(seconds: float, verdict: Verdict | None) -> Answer:
    """429 in the words of the vendor's front (plain text), with no Retry-After: wait "some seconds".

    Source: the list of error codes of `autenticacao-e-autorizacao`; the form of the body is a guess.
    """
    source = {"X-Sandbox-Source": docs("autenticacao-e-autorizacao")}
    return Answer(b"local_rate_limited", 429, source, media_type="text/plain")
