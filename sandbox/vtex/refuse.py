"""VTEX's refusals: the error shapes of its modules, and the pages that state them."""

from __future__ import annotations

from typing import Any

from sandbox.operation import Answer
from sandbox.refusal import Refusal

ORDERS = "VTEX Orders API"
CATALOG = "VTEX Catalog API"
PRICING = "VTEX Pricing API"
LOGISTICS = "VTEX Logistics API"
MARKETPLACE = "VTEX Marketplace APIs"
PLACEMENT = "VTEX External Marketplace Orders"
CODES = "VTEX guide: Checkout error codes"
FEED_GUIDE = "VTEX guide: Feed v3"
COLLECT = "VTEX guide: How to collect orders from sales channels"


def refuse(code: str, message: str, source: str, status: int = 400, fields: dict[str, Any] | None = None) -> Refusal:
    """A refusal of OMS, Checkout and Fulfillment: `{"error": {code, message, exception}}`."""
    return Refusal(status, code, message, source=source, extra={"fields": fields} if fields else None)


def not_found(what: str, source: str) -> Refusal:
    """404: there is no such thing in the account."""
    return Refusal(404, "404", f"{what} not found", source=source)


def wrong_code(code: str, message: str) -> Refusal:
    """400 with a code of the list of Checkout error codes."""
    return refuse(code, message, f"{CODES}: {code}")


def shape(refusal: Refusal) -> Answer:
    """The vendor's error body; Logistics answers a lock as plain text."""
    if refusal.status == 423:
        return Answer(refusal.message.encode(), 423, media_type="text/plain")
    error = {"code": refusal.code, "message": refusal.message, "exception": None}
    return Answer({"error": error} | refusal.extra, refusal.status)
