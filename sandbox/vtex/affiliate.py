"""Affiliates: their settings (Marketplace API), and the change notifications posted to their search endpoint."""

from __future__ import annotations

import re
from typing import Any

from sandbox.notify import Message, Retry
from sandbox.operation import Answer, Call, Operation
from sandbox.vtex.body import object_body
from sandbox.vtex.moment import zulu
from sandbox.vtex.refuse import MARKETPLACE, not_found, wrong_code
from sandbox.world import World

_FLAGS = (
    "StockModified",
    "PriceModified",
    "HasStockKeepingUnitModified",
    "HasStockKeepingUnitRemovedFromAffiliate",
)
# VTEX documents no retry of these, and recommends a sweep: one attempt, so that who relies on them alone fails
_ONCE = Retry(delays=(), patience_s=5, accepts=(200, 201, 202, 204))


def notify_sku(world: World, account: str, sku_id: int, *flags: str) -> None:
    """Tell each affiliate whose trade policy sells the SKU that it changed, naming the `flags` that are true."""
    shelf = world.state.shelf("vtex", account)
    sku = shelf.get("sku", sku_id) or {}
    product = shelf.get("product", sku["product"]) or {}
    removed = "HasStockKeepingUnitRemovedFromAffiliate" in flags
    for _, affiliate in shelf.scan("affiliate"):
        sells = int(affiliate["salesChannel"]) in product["channels"]
        if affiliate["searchURIEndpoint"] and (sells or removed):
            body = _body(world, account, affiliate["id"], sku, product, flags)
            url = affiliate["searchURIEndpoint"]
            world.notifier.send(Message("vtex", account, "affiliate", url, body, {}, _ONCE))


def _body(
    world: World, account: str, affiliate: str, sku: dict[str, Any], product: dict[str, Any], flags: tuple[str, ...]
) -> dict[str, Any]:
    """Key spelling as seen live; `ProductId` comes as number, as string, or not at all, as seen live too."""
    shown = ({"ProductId": product["id"]}, {"ProductId": str(product["id"])}, {})[sku["id"] % 3]
    return (
        {"IdSku": str(sku["id"])}
        | shown
        | {
            "An": account,
            "IdAffiliate": affiliate,
            "Version": "1.x.x",
            "DateModified": zulu(world.clock.now()),
            "IsActive": sku["active"] and product["active"],
        }
        | {flag: flag in flags for flag in _FLAGS}
    )


def _list(call: Call) -> Answer:
    return Answer([body for _, body in call.shelf.scan("affiliate")])


def _find(call: Call) -> dict[str, Any]:
    affiliate: dict[str, Any] | None = call.shelf.get("affiliate", call.params["affiliateId"])
    if affiliate is None:
        # whether PUT creates a missing affiliate is not stated; here it does not
        raise not_found("Affiliate", f"{MARKETPLACE}: /fulfillment/pvt/affiliates/{{affiliateId}}")
    return affiliate


def _get(call: Call) -> Answer:
    return Answer(_find(call))


def _put(call: Call) -> Answer:
    affiliate = _find(call)
    body = object_body(call, f"{MARKETPLACE}: PUT affiliates")
    check(call.shelf.ids("sales_channel"), affiliate["id"], body)
    kept = {"id": affiliate["id"], "searchURIEndpointAvailableVersions": ["1.x.x"]}
    known = {key: body.get(key) for key in affiliate if key not in kept}
    known["useSellerPaymentMethod"] = body.get("useSellerPaymentMethod") is True
    call.shelf.put("affiliate", affiliate["id"], known | kept)
    return Answer(status=204)


def check(channels: list[str], id_: str, body: dict[str, Any]) -> None:
    """Refuse settings of an affiliate that are not valid."""
    if not re.fullmatch(r"[B-DF-HJ-NP-TV-Z]{3}", id_):
        raise wrong_code("FMT0031", "Affiliate id must have 3 characters")
    if not isinstance(body.get("name"), str) or not body["name"]:
        raise wrong_code("FMT0034", "Invalid affiliate name")
    if "@" not in str(body.get("followUpEmail")):
        raise wrong_code("FMT0032", "Invalid email")
    if body.get("salesChannel") not in channels:
        raise wrong_code("FMT0036", "Invalid sales channel")
    if body.get("searchURIEndpointVersion", "1.x.x") != "1.x.x":
        raise wrong_code("FMT0029", "Invalid search URI endpoint version")


def _delete(call: Call) -> Answer:
    call.shelf.delete("affiliate", _find(call)["id"])
    return Answer(status=204)


_PATH = "/api/fulfillment/pvt/affiliates"
OPERATIONS = (
    Operation("list_affiliates", "GET", _PATH, _list),
    Operation("get_affiliate", "GET", f"{_PATH}/{{affiliateId}}", _get),
    Operation("put_affiliate", "PUT", f"{_PATH}/{{affiliateId}}", _put),
    Operation("delete_affiliate", "DELETE", f"{_PATH}/{{affiliateId}}", _delete),
)
