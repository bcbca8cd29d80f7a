"""Feed v3 and hook: their configuration, and pulling and committing of feed events."""

from __future__ import annotations

import ipaddress
import random
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from sandbox.operation import Answer, Call, Operation
from sandbox.refusal import Refusal
from sandbox.vtex import jsonata
from sandbox.vtex.body import field_refusal, object_body, text, whole
from sandbox.vtex.events import alive
from sandbox.vtex.refuse import FEED_GUIDE, ORDERS, refuse
from sandbox.wire import dumps

Doc = dict[str, Any]
_RETENTION = (345_600, 1_209_600)


def _key(call: Call) -> str:
    return call.headers.get("x-vtex-api-appkey", "")


def _filter(body: Doc, source: str) -> Doc:
    """Statuses are not checked: a misspelt one silently filters nothing, as at VTEX."""
    wrong, rule = field_refusal(source), body.get("filter")
    if not isinstance(rule, dict):
        raise wrong("filter")
    kind = rule.get("type")
    if kind not in ("FromWorkflow", "FromOrders"):
        raise wrong("filter.type")
    foreign = ("expression", "disableSingleFire") if kind == "FromWorkflow" else ("status",)
    if any(name in rule for name in foreign):
        raise refuse("409", "The two filter types are mutually exclusive", f"{FEED_GUIDE}: filter", 409)
    if kind == "FromOrders":
        _check_expression(text(rule, "expression", wrong), wrong("filter.expression"))
    return rule


def _check_expression(expression: str, refusal: Refusal) -> None:
    try:
        jsonata.holds(expression, {})
    except ValueError:
        raise refusal from None


def _configure_feed(call: Call) -> Answer:
    source = f"{ORDERS}: POST /api/orders/feed/config"
    body, wrong = object_body(call, source), field_refusal(source)
    queue = body.get("queue")
    if not isinstance(queue, dict):
        raise wrong("queue")
    spelled = "MessageRetentionPeriodInSeconds"
    if spelled not in queue:  # the guide also writes it with a small m
        queue = queue | {spelled: queue.get("messageRetentionPeriodInSeconds")}
    retention = whole(queue, spelled, wrong, least=_RETENTION[0])
    if retention > _RETENTION[1]:
        raise wrong(spelled)
    kept = {
        "visibilityTimeoutInSeconds": whole(queue, "visibilityTimeoutInSeconds", wrong, least=1),
        spelled: retention,
    }
    config = {"filter": _filter(body, source), "queue": kept, "used": call.world.clock.now().isoformat()}
    call.shelf.put("feed", _key(call), config)
    return Answer(b"")


def _config(call: Call, kind: str) -> Doc:
    config = alive(call.world, call.shelf, kind, _key(call))
    if config is None:
        source = f"{ORDERS}: GET /api/orders/{kind}, '404 Not Found if there is no configuration'"
        raise refuse("404", f"There is no {kind} configuration for this appKey", source, 404)
    return config


def _events(call: Call, config: Doc) -> list[tuple[str, Doc]]:
    """The events of this key that the retention period has not removed."""
    retention = timedelta(seconds=config["queue"]["MessageRetentionPeriodInSeconds"])
    oldest = (call.world.clock.now() - retention).isoformat()
    kept = []
    for id_, event in call.shelf.scan("feed_event", f"{_key(call)}:"):
        if event["since"] < oldest:
            call.shelf.delete("feed_event", id_)
        else:
            kept.append((id_, event))
    return kept


def _get_feed_config(call: Call) -> Answer:
    config = _config(call, "feed")
    events = _events(call, config)
    now = call.world.clock.now()
    ages = [(now - datetime.fromisoformat(event["since"])).total_seconds() for _, event in events]
    return Answer({
        "filter": config["filter"], "queue": config["queue"], "quantity": len(events),
        "approximateAgeOfOldestMessageInSeconds": int(max(ages, default=0)),
    })  # fmt: skip


def _delete_config(kind: str) -> Any:
    def delete(call: Call) -> Answer:
        _config(call, kind)
        call.shelf.delete(kind, _key(call))
        return Answer(b"")

    return delete


def _pull(call: Call) -> Answer:
    """At most ten, in no order, each hidden until the visibility timeout; sometimes fewer than there are."""
    config, lot = _config(call, "feed"), call.query.get("maxlot", "")
    if not lot.isdecimal() or not 1 <= int(lot) <= 10:
        raise refuse("400", "maxlot is missing or above 10", f"{ORDERS}: GET /api/orders/feed?maxlot")
    now = call.world.clock.now()
    visible = [(id_, event) for id_, event in _events(call, config) if event["hidden_until"] <= now.isoformat()]
    # a queue of its kind gives no order: the draw is by the number of pulls, so that a test can be repeated
    draw = random.Random(call.shelf.next_id("pull"))
    chosen = draw.sample(visible, min(len(visible), int(lot)))
    hidden = now + timedelta(seconds=config["queue"]["visibilityTimeoutInSeconds"])
    given = []
    for id_, event in chosen:
        event |= {"hidden_until": hidden.isoformat(), "pulls": event["pulls"] + 1}
        call.shelf.put("feed_event", id_, event)
        given.append(_shown(id_, event))
    return Answer(given)


def _shown(id_: str, event: Doc) -> Doc:
    names = ("eventId", "domain", "state", "lastState", "orderId", "lastChange", "currentChange")
    return {name: event[name] for name in names} | {"handle": f"{id_}:{event['pulls']}"}


def _commit(call: Call) -> Answer:
    """A handle counts until its event is visible again; an old handle commits nothing."""
    body, now = object_body(call, f"{ORDERS}: POST /api/orders/feed"), call.world.clock.now().isoformat()
    handles = body.get("handles")
    if not isinstance(handles, list) or not all(isinstance(handle, str) for handle in handles):
        raise field_refusal(f"{ORDERS}: POST /api/orders/feed")("handles")
    for handle in handles:
        id_, _, pulls = handle.rpartition(":")
        event = call.shelf.get("feed_event", id_)
        own = id_.startswith(f"{_key(call)}:")
        if event and own and str(event["pulls"]) == pulls and event["hidden_until"] > now:
            call.shelf.delete("feed_event", id_)
    return Answer(b"")


def _checked_hook(call: Call) -> Doc:
    source = f"{ORDERS}: POST /api/orders/hook/config"
    body, wrong = object_body(call, source), field_refusal(source)
    rule, hook = _filter(body, source), body.get("hook")
    if not isinstance(hook, dict) or not isinstance(hook.get("headers"), dict):
        raise wrong("hook")
    url = urlsplit(text(hook, "url", wrong))
    if url.scheme != "https" and not _is_loopback(url.hostname or ""):
        raise refuse("400", "Only https scheme is accepted", f"{ORDERS}: feed/config, 400")
    return {"filter": rule, "hook": {"url": hook["url"], "headers": hook["headers"]}}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _ping(call: Call) -> Doc:
    """VTEX asks the address for a 200 before it keeps the hook."""
    config = _checked_hook(call)
    headers = {"Content-Type": "application/json"} | config["hook"]["headers"]
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            answer = await client.post(config["hook"]["url"], content=dumps({"hookConfig": "ping"}), headers=headers)
        good = answer.status_code == 200
    except httpx.HTTPError:
        good = False
    if not good:
        raise refuse("400", "The endpoint did not answer the ping with 200", f"{FEED_GUIDE}: Hook configuration")
    return config


def _configure_hook(call: Call) -> Answer:
    call.shelf.put("hook", _key(call), call.prepared | {"used": call.world.clock.now().isoformat()})
    return Answer(b"")


def _get_hook_config(call: Call) -> Answer:
    config = _config(call, "hook")
    return Answer({"filter": config["filter"], "hook": config["hook"]})


OPERATIONS = (
    Operation("configure_feed", "POST", "/api/orders/feed/config", _configure_feed),
    Operation("get_feed_config", "GET", "/api/orders/feed/config", _get_feed_config),
    Operation("delete_feed_config", "DELETE", "/api/orders/feed/config", _delete_config("feed")),
    Operation("pull_feed", "GET", "/api/orders/feed", _pull),
    Operation("commit_feed", "POST", "/api/orders/feed", _commit),
    Operation("configure_hook", "POST", "/api/orders/hook/config", _configure_hook, prepare=_ping),
    Operation("get_hook_config", "GET", "/api/orders/hook/config", _get_hook_config),
    Operation("delete_hook_config", "DELETE", "/api/orders/hook/config", _delete_config("hook")),
)
