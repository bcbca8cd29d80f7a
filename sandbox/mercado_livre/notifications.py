"""Notifications to the application's callback: 500 ms to answer 200, eight attempts within an hour, and
`/missed_feeds` for what was never answered.

Source: produto-receba-notificacoes (updated 2026-09-14).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.site import NAME, SITE_ID, Document, Site, moment, utc_stamp
from sandbox.notify import Message, Retry
from sandbox.operation import Answer, Call
from sandbox.wire import dumps
from sandbox.world import World

TOPICS: Final = (
    "orders_v2", "orders_feedback", "shipments", "items", "items_prices", "payments", "invoices",
    "stock-location",
)  # fmt: skip
DELAYS_S: Final = (5, 60, 180, 360, 600, 900, 1440)  # eight attempts in an hour; the gaps are a guess
_PAGE: Final = "produto-receba-notificacoes"
PATIENCE_S: Final = 0.5
_KEPT: Final = timedelta(days=2)


def announce(site: Site, user: str | int, topic: str, resource: str) -> None:
    """Tell every application that the user has granted and that listens to the topic."""
    for app_id, app in site.scan("app"):
        granted = site.get("grant", f"{app_id}/{user}") is not None
        if granted and app["callback"] and topic in app["topics"]:
            number = site.number("notification", 1)
            body = {
                "_id": f"{number:024x}",
                "resource": resource,
                "user_id": int(user),
                "topic": topic,
                "application_id": int(app_id),
                "received": utc_stamp(site.now),
            }
            _send(site, app, body, attempt=1)


def answered(world: World, args: Mapping[str, Any]) -> None:
    """The outcome of one attempt: settle it, try again, or note it as missed."""
    site = Site(world)
    body, attempt = args["body"], args["attempt"]
    if args["delivered"]:
        return
    if attempt <= len(DELAYS_S):
        site.later(DELAYS_S[attempt - 1], "notify_again", {"body": body, "attempt": attempt + 1})
        return
    missed = body | {"attempts": attempt, "sent": args["sent"], "missed_at": utc_stamp(site.now)}
    site.put("missed", body["_id"], missed | {"http_code": args["status"], "url": args["url"]})


def notify_again(world: World, args: Mapping[str, Any]) -> None:
    """The next attempt, to wherever the application listens by now."""
    site, body = Site(world), args["body"]
    app = site.get("app", str(body["application_id"]))
    # A topic that was switched off meanwhile is lost for good: "não serão salvas no my feeds".
    if app is not None and app["callback"] and body["topic"] in app["topics"]:
        _send(site, app, body, attempt=args["attempt"])


def missed_feeds(call: Call) -> Answer:
    """GET /missed_feeds: the notifications of the last two days that no attempt could deliver."""
    site, query = Site(call.world), call.query
    if "app_id" not in query or site.get("app", query["app_id"]) is None:
        raise refuse(400, "bad_request", "app_id is a required parameter", _PAGE)
    if query.get("topic") == "items" and query.get("site_id") != SITE_ID:
        raise refuse(400, "bad_request", "site_id is required for the topic items", _PAGE)
    since = site.now - _KEPT
    found = [
        _as_missed(one)
        for _, one in site.scan("missed")
        if str(one["application_id"]) == query["app_id"]
        and query.get("topic") in (None, one["topic"])
        and moment(one["missed_at"]) >= since
    ]
    offset, limit = int(query.get("offset", 0)), int(query.get("limit", 10))
    return Answer({"messages": found[offset : offset + limit]})


def _send(site: Site, app: Document, body: Document, attempt: int) -> None:
    url = app["callback"]
    sent = utc_stamp(site.now)
    message = Message(
        platform=NAME,
        account=str(body["user_id"]),
        topic=body["topic"],
        url=url,
        body=body | {"attempts": attempt, "sent": sent},
        headers={"Accept": "application/json"},
        retry=Retry(delays=(), patience_s=float(app["patience_s"])),
        then="notification_answered",
        then_args={"body": body, "attempt": attempt, "sent": sent, "url": url},
    )
    site.world.notifier.send(message)


def _as_missed(one: Document) -> Document:
    body = {key: value for key, value in one.items() if key not in ("missed_at", "http_code", "url")}
    request = {"url": one["url"], "headers": {"content-type": "application/json"}, "data": dumps(body).decode()}
    return body | {"request": request, "response": {"http_code": one["http_code"], "body": ""}}
