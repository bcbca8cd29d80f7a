"""Who may see the panel and the metrics: this machine, or whoever knows the panel's password."""

from __future__ import annotations

import base64
import binascii
import hmac
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""With one of these a proxy speaks for somebody else, wherever the connection itself comes from."""


def refused(request: Request, password: str | None) -> Response | None:
    """The refusal, or None if the sender may look. Without a password only this machine may."""
    if _is_local(request):
        return None
    if password is None:
        message = "the panel is for this machine alone; set CAIS_PANEL_PASSWORD to open it to others"
        return PlainTextResponse(message, 403)
    if _knows(request, password):
        return None
    return PlainTextResponse("the panel's password, please", 401, {"WWW-Authenticate": 'Basic realm="cais"'})


def _is_local(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _knows(request: Request, password: str) -> bool:
    style, _, encoded = request.headers.get("authorization", "").partition(" ")
    if style.lower() != "basic":
        return False
    try:
        _, _, given = base64.b64decode(encoded, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(given, password.encode())
