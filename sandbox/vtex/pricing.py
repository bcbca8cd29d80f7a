"""Pricing API: base and fixed prices, the computed price of a trade policy. Amounts are decimals in BRL."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.operation import Answer, Call, Operation
from sandbox.state import Shelf
from sandbox.vtex.affiliate import notify_sku
from sandbox.vtex.body import amount, field_refusal, json_body, object_body, text, whole
from sandbox.vtex.refuse import PRICING, not_found, refuse

Doc = dict[str, Any]
_CENT = Decimal("0.01")


def price_of(shelf: Shelf, sku_id: str | int, channel: str, quantity: int, now: datetime) -> Decimal | None:
    """What a trade policy sells a SKU for before promotions, or None without a price."""
    price = shelf.get("price", sku_id)
    if price is None:
        return None
    fixed = _applying(price, channel, quantity, now)
    value: Decimal = Decimal(fixed["value"]) if fixed else Decimal(price["base"])
    return value


def _applying(price: Doc, channel: str, quantity: int, now: datetime) -> Doc | None:
    """The fixed price in force with the highest minimum quantity reached; a dated one goes before an undated."""
    applying = [
        fixed
        for fixed in price["fixed"]
        if fixed["tradePolicyId"] == channel and fixed["minQuantity"] <= quantity and _in_force(fixed, now)
    ]
    return max(applying, key=lambda fixed: (fixed["minQuantity"], fixed["dateRange"] is not None), default=None)


def _in_force(fixed: Doc, now: datetime) -> bool:
    dates = fixed["dateRange"]
    return dates is None or _moment(dates["from"]) <= now < _moment(dates["to"])


def _moment(text_: str) -> datetime:
    moment = datetime.fromisoformat(text_)
    if moment.tzinfo is None:
        raise ValueError("a date with its time zone")
    return moment


def _find(call: Call) -> Doc:
    price: Doc | None = call.shelf.get("price", call.params["itemId"])
    if price is None:
        # the status for a SKU without price is not documented; 404 is taken
        raise not_found("Price", f"{PRICING}: /pricing/prices/{{itemId}}")
    return price


def _get(call: Call) -> Answer:
    price = _find(call)
    base, cost = Decimal(price["base"]), Decimal(price["cost"])
    markup = ((base / cost - 1) * 100).quantize(Decimal(1), ROUND_HALF_UP) if cost else Decimal(0)
    return Answer({
        "itemId": call.params["itemId"], "listPrice": price["list"], "costPrice": cost, "markup": int(markup),
        "basePrice": base, "fixedPrices": [_shown(fixed) for fixed in price["fixed"]],
    })  # fmt: skip


def _shown(fixed: Doc) -> Doc:
    """A fixed price without a period has no `dateRange` at all."""
    return {key: value for key, value in fixed.items() if key != "dateRange" or value is not None}


def _put(call: Call) -> Answer:
    """Replaces everything: fixed prices that the body does not name are gone."""
    source = f"{PRICING}: PUT /pricing/prices/{{itemId}}"
    if call.shelf.get("sku", call.params["itemId"]) is None:
        raise not_found("SKU", source)
    body, wrong = object_body(call, source), field_refusal(source)
    given = {key: amount(body, key, wrong) for key in ("basePrice", "costPrice", "markup") if body.get(key) is not None}
    if len(given) != 2:
        # the text of one field also allows basePrice alone; the operation asks for exactly two, which is stricter
        said = "exactly two values among basePrice, costPrice, and markup"
        raise refuse("400", f"You must provide {said}", f"{source}, '{said}'")
    listed = amount(body, "listPrice", wrong) if body.get("listPrice") is not None else None
    fixed = _fixed_list(body.get("fixedPrices", []), source, None)
    call.shelf.put("price", call.params["itemId"], _completed(given) | {"list": listed, "fixed": fixed})
    return _changed(call)


def _completed(given: Doc) -> Doc:
    """Base and cost from the two that were given; `markup` is a percentage."""
    if "markup" not in given:
        return {"base": given["basePrice"], "cost": given["costPrice"]}
    factor = 1 + given["markup"] / 100
    if "costPrice" in given:
        base = (given["costPrice"] * factor).quantize(_CENT, ROUND_HALF_UP)
        return {"base": base, "cost": given["costPrice"]}
    return {"base": given["basePrice"], "cost": (given["basePrice"] / factor).quantize(_CENT, ROUND_HALF_UP)}


def _fixed_list(body: Any, source: str, table: str | None) -> list[Doc]:
    if not isinstance(body, list):
        raise refuse("400", "The fixed prices are not a list", f"{source}: request body")
    return [_fixed(entry, source, table) for entry in body]


def _fixed(entry: Any, source: str, table: str | None) -> Doc:
    wrong = field_refusal(source)
    if not isinstance(entry, dict):
        raise wrong("[]")
    value = amount(entry, "value", wrong)
    return {
        "tradePolicyId": table or text(entry, "tradePolicyId", wrong),
        "value": value,
        "listPrice": amount(entry, "listPrice", wrong) if entry.get("listPrice") is not None else None,
        "minQuantity": whole(entry, "minQuantity", wrong, least=1),
        "dateRange": _dates(entry.get("dateRange"), source),
    }


def _dates(given: Any, source: str) -> Doc | None:
    if given is None:
        return None
    try:
        dates = {"from": given["from"], "to": given["to"]}
        ordered = _moment(dates["from"]) < _moment(dates["to"])
    except (TypeError, KeyError, ValueError):
        raise field_refusal(source)("dateRange") from None
    if not ordered:
        raise refuse("400", "dateRange: to is not after from", f"{source}: 'Ensure that to is after than from'")
    return dates


def _merge(price: Doc, changes: list[Doc]) -> Doc:
    """Each change replaces the fixed price with the same policy, quantity and period; the others stay."""
    keys = ("tradePolicyId", "minQuantity", "dateRange")
    new = [[change[key] for key in keys] for change in changes]
    kept = [fixed for fixed in price["fixed"] if [fixed[key] for key in keys] not in new]
    return price | {"fixed": kept + changes}


def _patch_fixed(call: Call) -> Answer:
    source = f"{PRICING}: PATCH /pricing/prices/{{itemId}}/fixed"
    changes = _fixed_list(json_body(call, source), source, None)
    call.shelf.put("price", call.params["itemId"], _merge(_find(call), changes))
    return _changed(call)


def _post_fixed(call: Call) -> Answer:
    source = f"{PRICING}: POST /pricing/prices/{{itemId}}/fixed/{{priceTableId}}"
    changes = _fixed_list(json_body(call, source), source, call.params["table"])
    call.shelf.put("price", call.params["itemId"], _merge(_find(call), changes))
    return _changed(call)


def _get_fixed(call: Call) -> Answer:
    table = call.params.get("table")
    every = _find(call)["fixed"]
    return Answer([_shown(fixed) for fixed in every if table in (None, fixed["tradePolicyId"])])


def _delete_fixed(call: Call) -> Answer:
    price = _find(call)
    kept = [fixed for fixed in price["fixed"] if fixed["tradePolicyId"] != call.params["table"]]
    call.shelf.put("price", call.params["itemId"], price | {"fixed": kept})
    return _changed(call)


def _delete(call: Call) -> Answer:
    _find(call)
    call.shelf.delete("price", call.params["itemId"])
    return _changed(call)


def _computed(call: Call) -> Answer:
    price, table = _find(call), call.params["table"]
    if call.shelf.get("sales_channel", table) is None:
        raise not_found("Price table", f"{PRICING}: computed/{{priceTableId}}")
    quantity = call.query.get("quantity", "1")
    if not quantity.isdecimal():
        raise field_refusal(f"{PRICING}: computed")("quantity")
    now = call.world.clock.now()
    fixed = _applying(price, table, int(quantity), now)
    until = fixed["dateRange"]["to"] if fixed and fixed["dateRange"] else _in_a_year(now)
    listed = fixed["listPrice"] if fixed and fixed["listPrice"] is not None else price["list"]
    return Answer({
        "tradePolicyId": table, "listPrice": listed, "costPrice": price["cost"],
        "sellingPrice": fixed["value"] if fixed else price["base"], "priceValidUntil": until,
    })  # fmt: skip


def _in_a_year(now: datetime) -> str:
    return now.replace(year=now.year + 1, day=min(now.day, 28)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _changed(call: Call) -> Answer:
    if call.shelf.get("sku", call.params["itemId"]) is not None:
        notify_sku(call.world, call.account, int(call.params["itemId"]), "PriceModified")
    return Answer(b"")


_PATH = "/pricing/prices/{itemId}"
OPERATIONS = (
    Operation("pricing_get", "GET", _PATH, _get),
    Operation("pricing_write", "PUT", _PATH, _put),
    Operation("pricing_delete", "DELETE", _PATH, _delete),
    Operation("pricing_get_fixed", "GET", f"{_PATH}/fixed", _get_fixed),
    Operation("pricing_write_fixed", "PATCH", f"{_PATH}/fixed", _patch_fixed),
    Operation("pricing_get_fixed_of_table", "GET", f"{_PATH}/fixed/{{table}}", _get_fixed),
    Operation("pricing_write_fixed_of_table", "POST", f"{_PATH}/fixed/{{table}}", _post_fixed),
    Operation("pricing_delete_fixed_of_table", "DELETE", f"{_PATH}/fixed/{{table}}", _delete_fixed),
    Operation("pricing_computed", "GET", f"{_PATH}/computed/{{table}}", _computed),
)
