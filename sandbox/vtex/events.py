"""Changes of orders, told to feeds and hooks. A feed or hook belongs to one appKey."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sandbox.notify import Message, Retry
from sandbox.state import Shelf
from sandbox.vtex import jsonata
from sandbox.vtex.moment import zulu
from sandbox.world import World

Doc = dict[str, Any]
_RETRY = Retry(delays=tuple(30 * 2**attempt for attempt in range(12)), patience_s=5, accepts=(200,))
HOOK_LIFE_S = 3 * 24 * 3600


def domains(order: Doc) -> tuple[str, ...]:
    """A store's own order lives on both sides of its flow, so each of its changes is told twice."""
    return ("Fulfillment",) if order["origin"] == "Fulfillment" else ("Marketplace", "Fulfillment")


def status_changed(world: World, account: str, order: Doc, last: Doc) -> None:
    """Tell the watchers of statuses (`FromWorkflow`)."""
    for kind, key, config in _watchers(world, account):
        wanted = config["filter"].get("status") or [order["status"]]
        if config["filter"]["type"] == "FromWorkflow" and order["status"] in wanted:
            for domain in domains(order):
                _tell(world, account, kind, key, config, _event(world, order, domain, last))


def document_changed(world: World, account: str, order: Doc) -> None:
    """Tell the watchers of the document (`FromOrders`) whose expression it fulfils."""
    for kind, key, config in _watchers(world, account):
        rule = config["filter"]
        if rule["type"] != "FromOrders" or not jsonata.holds(rule["expression"], _judged(order)):
            continue
        shelf, once = world.state.shelf("vtex", account), f"{kind}:{key}:{order['orderId']}"
        if rule.get("disableSingleFire") or shelf.get("fired", once) is None:
            shelf.put("fired", once, True)
            last = {"state": order["status"], "at": order["lastChange"]}
            for domain in domains(order):
                _tell(world, account, kind, key, config, _event(world, order, domain, last))


def _judged(order: Doc) -> Doc:
    """What an expression sees: the order, and whether it is delivered."""
    states = [package["courierStatus"] or {} for package in order["packageAttachment"]["packages"]]
    delivered = bool(states) and all(state.get("finished") for state in states)
    return order | {"finished": delivered, "isAllDelivered": delivered}


def _watchers(world: World, account: str) -> Iterator[tuple[str, str, Doc]]:
    shelf = world.state.shelf("vtex", account)
    for kind in ("feed", "hook"):
        for key in shelf.ids(kind):
            if (config := alive(world, shelf, kind, key)) is not None:
                yield kind, key, config


def alive(world: World, shelf: Shelf, kind: str, key: str) -> Doc | None:
    """The configuration of a feed or hook, unless VTEX has removed it for want of events."""
    config: Doc | None = shelf.get(kind, key)
    if config is None:
        return None
    life = HOOK_LIFE_S if kind == "hook" else config["queue"]["MessageRetentionPeriodInSeconds"]
    if (world.clock.now() - timedelta(seconds=life)).isoformat() > config["used"]:
        shelf.delete(kind, key)
        return None
    return config


def _event(world: World, order: Doc, domain: str, last: Doc) -> Doc:
    number = world.state.next_id("vtex", "event")
    digest = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest().upper()
    return {
        "eventId": digest, "domain": domain, "state": order["status"], "lastState": last["state"],
        "orderId": order["orderId"], "lastChange": last["at"].replace("+00:00", "Z"),
        "currentChange": zulu(world.clock.now()),
    }  # fmt: skip


def _tell(world: World, account: str, kind: str, key: str, config: Doc, event: Doc) -> None:
    shelf, now = world.state.shelf("vtex", account), world.clock.now().isoformat()
    shelf.put(kind, key, config | {"used": now})
    if kind == "feed":
        number = shelf.next_id("feed_event")
        shelf.put("feed_event", f"{key}:{number:012d}", event | {"since": now, "hidden_until": now, "pulls": 0})
        return
    body = {name[0].upper() + name[1:]: event[name] for name in event if name != "eventId"}
    body |= {"Origin": {"Account": account, "Key": key}}
    hook = config["hook"]
    world.notifier.send(Message("vtex", account, "hook", hook["url"], body, hook["headers"], _RETRY))
