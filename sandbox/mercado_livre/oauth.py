"""OAuth 2: tokens by authorisation code or refresh token. A refresh token works once.

Source: autenticacao-e-autorizacao (updated 2025-12-29).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

from sandbox.mercado_livre.errors import docs, refuse
from sandbox.mercado_livre.site import Site
from sandbox.operation import Answer, Call

ACCESS_LIFE_S: Final = 21_600
_REFRESH_LIFE: Final = timedelta(days=180)
_CODE_LIFE: Final = timedelta(minutes=10)
_PAGE: Final = "autenticacao-e-autorizacao"
_USED: Final = "Error validating grant. Your authorization code or refresh token may be expired or it was already used"


def identify(call: Call) -> str:
    """The user of the bearer token; the token endpoint itself has none."""
    if call.operation == "oauth_token":
        return ""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        # Also when it is in the query: "você deve enviar o token de acesso por header".
        raise refuse(401, "unauthorized", "authorization value not present", _PAGE)
    site = Site(call.world)
    access = site.get("access_token", token)
    if access is None or datetime.fromisoformat(access["expires"]) <= site.now:
        raise refuse(401, "unauthorized", "invalid access token", _PAGE)
    return str(access["user"])


def token(call: Call) -> Answer:
    """POST /oauth/token, form-encoded."""
    site, form = Site(call.world), _form(call)
    app = site.get("app", form.get("client_id", ""))
    if app is None or app["secret"] != form.get("client_secret"):
        raise refuse(400, "invalid_client", "invalid client_id or client_secret.", _PAGE)
    match form.get("grant_type"):
        case "refresh_token":
            return _by_refresh_token(site, app, form)
        case "authorization_code":
            return _by_code(site, app, form)
        case None:
            raise refuse(400, "invalid_request", "grant_type is a required parameter", _PAGE)
        case _:
            raise refuse(400, "unsupported_grant_type", "unsupported grant_type", _PAGE)


def authorise(site: Site, user: str, app: Mapping[str, Any]) -> str:
    """The seller grants the application anew; returns the authorisation code (10 minutes, once)."""
    code = _secret(site, "TG", user)
    site.put("code", code, {"user": user, "app": app["id"], "at": site.now.isoformat()})
    return code


def grant_refresh_token(site: Site, user: str, app_id: str, value: str) -> None:
    """Put a refresh token in force; the one before is worth nothing from now on."""
    site.put("refresh_token", value, {"user": user, "app": app_id, "at": site.now.isoformat()})
    site.put("grant", f"{app_id}/{user}", {"refresh_token": value})


def revoke(site: Site, user: str, app_id: str) -> None:
    """Drop the grant: no refresh token and no access token of the user works any more."""
    site.delete("grant", f"{app_id}/{user}")
    for id_, access in list(site.scan("access_token")):
        if access["user"] == user:
            site.delete("access_token", id_)


def _form(call: Call) -> dict[str, str]:
    kind = call.headers.get("content-type", "").partition(";")[0]
    if kind != "application/x-www-form-urlencoded":
        raise refuse(400, "invalid_request", f"content-type {kind or 'absent'} is not form-encoded", _PAGE)
    try:
        return dict(parse_qsl(call.body.decode(), strict_parsing=True, keep_blank_values=True))
    except ValueError:
        raise refuse(400, "invalid_request", "the form cannot be read", _PAGE) from None


def _by_refresh_token(site: Site, app: Mapping[str, Any], form: Mapping[str, str]) -> Answer:
    given = form.get("refresh_token", "")
    held = site.get("refresh_token", given)
    if held is None or held["app"] != app["id"]:
        return _invalid_grant()
    grant = site.get("grant", f"{app['id']}/{held['user']}")
    if grant is None or grant["refresh_token"] != given:
        # Two refreshes at once: the loser shows an old token, and the account is lost until authorised anew.
        revoke(site, held["user"], app["id"])
        return _invalid_grant()
    if datetime.fromisoformat(held["at"]) + _REFRESH_LIFE <= site.now:
        return _invalid_grant()
    return _tokens(site, held["user"], app["id"])


def _by_code(site: Site, app: Mapping[str, Any], form: Mapping[str, str]) -> Answer:
    held = site.get("code", form.get("code", ""))
    if held is None or held["app"] != app["id"] or form.get("redirect_uri") != app["redirect_uri"]:
        return _invalid_grant()
    site.delete("code", form["code"])
    if datetime.fromisoformat(held["at"]) + _CODE_LIFE <= site.now:
        return _invalid_grant()
    return _tokens(site, held["user"], app["id"])


def _invalid_grant() -> Answer:
    # An answer, not an exception: what the attempt has destroyed stays destroyed.
    body = {"error_description": _USED, "error": "invalid_grant", "status": 400, "cause": []}
    return Answer(body, 400, {"X-Sandbox-Source": docs(_PAGE)})


def _tokens(site: Site, user: str, app_id: str) -> Answer:
    access, refresh = _secret(site, f"APP_USR-{app_id}", user), _secret(site, "TG", user)
    expires = (site.now + timedelta(seconds=ACCESS_LIFE_S)).isoformat()
    site.put("access_token", access, {"user": user, "app": app_id, "expires": expires})
    grant_refresh_token(site, user, app_id, refresh)
    return Answer(
        {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": ACCESS_LIFE_S,
            "scope": "offline_access read write",
            "user_id": int(user),
            "refresh_token": refresh,
        }
    )


def _secret(site: Site, prefix: str, user: str) -> str:
    number = site.number("secret", 1)
    return f"{prefix}-{hashlib.sha256(f'{number}:{user}'.encode()).hexdigest()[:24]}-{user}"
