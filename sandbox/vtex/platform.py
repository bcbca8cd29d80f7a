"""VTEX put together: its two hosts, who may call, its limits."""

from __future__ import annotations

from sandbox.limits import Credits, Limit, Verdict, Window
from sandbox.operation import Answer, Call
from sandbox.platform import Platform
from sandbox.vtex import affiliate, cancel, catalogue, checkout, feed, fulfillment, invoice, logistics, oms, pricing
from sandbox.vtex.acts import ACTS
from sandbox.vtex.refuse import ORDERS, refuse, shape
from sandbox.vtex.seed import seed
from sandbox.vtex.store_order import EVENTS as STORE_EVENTS
from sandbox.vtex.workflow import EVENTS

_COMMERCE = (
    *catalogue.OPERATIONS,
    *logistics.OPERATIONS,
    *checkout.OPERATIONS,
    *affiliate.OPERATIONS,
    *fulfillment.OPERATIONS,
    *oms.OPERATIONS,
    *invoice.OPERATIONS,
    *cancel.OPERATIONS,
    *feed.OPERATIONS,
)
# VTEX's stated limits, per account: Catalog by minute (all of it, and each operation), Get order, Pricing writes
_LIMITS: tuple[Limit, ...] = (
    Window("catalog", "catalog_*", amount=45_000),
    *(Window(f"catalog:{one.name}", one.name, amount=15_000) for one in catalogue.OPERATIONS),
    Window("get_order", "get_order", amount=6_000),
    Credits("pricing_write", "pricing_write*", rate=33, burst=500),
    Credits("pricing_delete", "pricing_delete*", rate=16, burst=300),
)
_OPEN = ("simulate", "catalog_category_tree")  # `pub` operations that need no key


def _identify(call: Call) -> str:
    """The account of the path, with a key and token of that account (missing ones pass where none is needed)."""
    account = call.params["account"]
    settings = call.world.state.get("vtex", "account", f"{account}/self")
    if settings is None:
        raise refuse("404", f"There is no account {account}", "VTEX: host names are per account", 404)
    key, token = call.headers.get("x-vtex-api-appkey"), call.headers.get("x-vtex-api-apptoken")
    unasked = call.operation in _OPEN and key is None and token is None
    if not unasked and (key is None or settings["keys"].get(key) != token):
        raise refuse("1", "Unauthorized access", f"{ORDERS}: start-handling, 401", 401)
    return str(account)


def _throttled(seconds: float, verdict: Verdict | None) -> Answer:
    """Only Pricing says how long to wait; elsewhere VTEX recommends a minute."""
    error = {"code": "429", "message": "Too many requests", "exception": None}
    headers = {"X-Sandbox-Source": "VTEX guide: Best practices for avoiding rate limit errors"}
    if verdict is not None and verdict.name.startswith("pricing"):
        headers["Retry-After"] = str(int(seconds))
    return Answer({"error": error}, 429, headers)


def _limit_headers(verdict: Verdict) -> dict[str, str]:
    if not verdict.name.startswith("pricing"):
        return {}
    return {
        "Ratelimit-Limit": str(verdict.limit),
        "Ratelimit-Remaining": str(verdict.remaining),
        "Ratelimit-Reset": str(verdict.reset_s),
    }


VTEX = Platform(
    name="vtex",
    mounts={"/vtex/{account}": _COMMERCE, "/vtex-api/{account}": pricing.OPERATIONS},
    identify=_identify,
    shape=shape,
    throttled=_throttled,
    limit_headers=_limit_headers,
    seed=seed,
    limits=_LIMITS,
    events=EVENTS | STORE_EVENTS,
    acts=ACTS,
    own_faults={"lock_423": logistics.locked},
)
