"""What the merchant and the ERP behind VTEX do, and the shoppers of the store itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.nfe import BRASILIA, NfeLine, build_nfe
from sandbox.state import Shelf
from sandbox.vtex import workflow
from sandbox.vtex.affiliate import check as check_affiliate
from sandbox.vtex.affiliate import notify_sku
from sandbox.vtex.invoice import add_invoice, blank_package, check_invoiceable, deliver, invoiced_value, packages, track
from sandbox.vtex.logistics import count
from sandbox.vtex.order import load, move
from sandbox.vtex.seed import affiliate, seed_account
from sandbox.vtex.store_order import place_store_order
from sandbox.world import World

Doc = dict[str, Any]
Given = Mapping[str, Any]


def _shelf(world: World, account: str) -> Shelf:
    return world.state.shelf("vtex", account)


def _keys(given: Given, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    """Refuse an act with a key missing or unknown."""
    if missing := [key for key in required if key not in given]:
        raise ValueError(f"the act needs {missing[0]!r}")
    if unknown := sorted(set(given) - {*required, *optional}):
        raise ValueError(f"unknown key {unknown[0]!r}; known are {', '.join((*required, *optional))}")


def _order(world: World, account: str, given: Given) -> Doc:
    order = load(world, account, str(given["order"]))
    if order is None:
        raise ValueError(f"no order {given['order']!r} in {account}")
    return order


def _document(world: World, account: str, kind: str, id_: Any) -> Doc:
    found: Doc | None = _shelf(world, account).get(kind, str(id_))
    if found is None:
        raise ValueError(f"no {kind} {id_!r} in {account}")
    return found


def _open_account(world: World, account: str, given: Given) -> Any:
    """A further account with the demo store (a white label seller, a test's own)."""
    _keys(given, ())
    if _shelf(world, account).get("account", "self") is not None:
        raise ValueError(f"the account {account} is there already")
    seed_account(world, account)
    return {"key": f"vtexappkey-{account}-SANDBOX", "token": "sandbox-token"}


def _configure(world: World, account: str, given: Given) -> Any:
    """Settings of the account: `price_divergence_percent`, `decides_cancellation` auto or manual, `custom_apps`."""
    _keys(given, (), ("price_divergence_percent", "decides_cancellation", "custom_apps"))
    settings = _document(world, account, "account", "self") | dict(given)
    _shelf(world, account).put("account", "self", settings)
    return {key: value for key, value in settings.items() if key != "keys"}


def _create_affiliate(world: World, account: str, given: Given) -> Any:
    """An affiliate, as the merchant creates it in the Admin. Needs `id`, `name`; `search_endpoint`,
    `sales_channel`."""
    _keys(given, ("id", "name"), ("search_endpoint", "sales_channel"))
    body = affiliate(given["id"], given["name"], str(given.get("sales_channel", "1")), given.get("search_endpoint"))
    check_affiliate(_shelf(world, account).ids("sales_channel"), body["id"], body)
    _shelf(world, account).put("affiliate", body["id"], body)
    return body


def _set_search_endpoint(world: World, account: str, given: Given) -> Any:
    """Where change notifications of an affiliate go: `affiliate`, `url` (null: nowhere)."""
    _keys(given, ("affiliate", "url"))
    body = _document(world, account, "affiliate", given["affiliate"]) | {"searchURIEndpoint": given["url"]}
    _shelf(world, account).put("affiliate", body["id"], body)
    return body


def _set_stock(world: World, account: str, given: Given) -> Any:
    """The merchant counts: `sku`, `warehouse`, `quantity`; `unlimited`."""
    _keys(given, ("sku", "warehouse", "quantity"), ("unlimited",))
    _document(world, account, "sku", given["sku"])
    change = {"total": int(given["quantity"]), "unlimited": bool(given.get("unlimited"))}
    count(world, account, str(given["sku"]), str(given["warehouse"]), change, None)
    return _shelf(world, account).get("balance", f"{given['sku']}:{given['warehouse']}")


def _set_price(world: World, account: str, given: Given) -> Any:
    """`sku` with `base`, `list` (BRL), or with `value` for a `trade_policy`; `remove: true` takes the price away."""
    _keys(given, ("sku",), ("base", "list", "trade_policy", "value", "remove"))
    shelf, id_ = _shelf(world, account), str(given["sku"])
    price = shelf.get("price", id_) or {"base": 0, "list": None, "cost": Decimal("0.00"), "fixed": []}
    if given.get("remove"):
        shelf.delete("price", id_)
    elif "trade_policy" in given:
        shelf.put("price", id_, _with_fixed(price, str(given["trade_policy"]), Decimal(given["value"])))
    else:
        shelf.put("price", id_, price | {key: Decimal(given[key]) for key in ("base", "list") if key in given})
    notify_sku(world, account, int(id_), "PriceModified")
    return shelf.get("price", id_)


def _with_fixed(price: Doc, table: str, value: Decimal) -> Doc:
    fixed = {"tradePolicyId": table, "value": value, "listPrice": None, "minQuantity": 1, "dateRange": None}
    kept = [one for one in price["fixed"] if one["tradePolicyId"] != table]
    return price | {"fixed": [*kept, fixed]}


def _set_promotion(world: World, account: str, given: Given) -> Any:
    """A promotion that only the simulation shows: `sku`, `trade_policy`, `percent` (0 ends it); `name`."""
    _keys(given, ("sku", "trade_policy", "percent"), ("name",))
    _document(world, account, "sku", given["sku"])
    id_ = f"{given['sku']}:{given['trade_policy']}"
    if Decimal(given["percent"]) == 0:
        _shelf(world, account).delete("promotion", id_)
    else:
        body = {"name": given.get("name", "promo"), "percent": Decimal(given["percent"])}
        _shelf(world, account).put("promotion", id_, body)
    notify_sku(world, account, int(given["sku"]), "PriceModified")
    return None


def _update_sku(world: World, account: str, given: Given) -> Any:
    """`sku` with any of `name`, `ref`, `eans`, `packed` (cm, cm, cm, g), `active`, `images`."""
    names = ("name", "ref", "eans", "packed", "active", "images")
    _keys(given, ("sku",), names)
    sku = _document(world, account, "sku", given["sku"]) | {key: given[key] for key in names if key in given}
    _shelf(world, account).put("sku", sku["id"], sku | {"updated": world.clock.now().isoformat()})
    notify_sku(world, account, sku["id"], "HasStockKeepingUnitModified")
    return sku


def _activity(active: bool) -> Any:
    def change(world: World, account: str, given: Given) -> Any:
        """`sku`."""
        _keys(given, ("sku",))
        return _update_sku(world, account, {"sku": given["sku"], "active": active})

    return change


def _update_product(world: World, account: str, given: Given) -> Any:
    """`product` with any of `name`, `description`, `ncm`, `active`, `visible`, `channels`."""
    names = ("name", "description", "ncm", "active", "visible", "channels")
    _keys(given, ("product",), names)
    shelf, before = _shelf(world, account), _document(world, account, "product", given["product"])
    product = before | {key: given[key] for key in names if key in given}
    shelf.put("product", product["id"], product)
    left = set(before["channels"]) - set(product["channels"])
    flags = ("HasStockKeepingUnitModified", "HasStockKeepingUnitRemovedFromAffiliate")[: 2 if left else 1]
    for _, sku in shelf.scan("sku"):
        if sku["product"] == product["id"]:
            shelf.put("sku", sku["id"], sku | {"updated": world.clock.now().isoformat()})
            notify_sku(world, account, sku["id"], *flags)
    return product


def _start_handling(world: World, account: str, given: Given) -> Any:
    """`order`, which is ready for handling."""
    _keys(given, ("order",))
    order = _order(world, account, given)
    if order["status"] != "ready-for-handling":
        raise ValueError(f"the order is in {order['status']}")
    workflow.start_handling(world, account, order)
    return {"status": order["status"]}


def _invoice(world: World, account: str, given: Given) -> Any:
    """The ERP issues the NF-e of an order, whole by default. `order`; `lines` (line, quantity and `freight` true
    for who carries it) for a part; `embedded` false leaves the XML out; `number`."""
    _keys(given, ("order",), ("lines", "value", "embedded", "number"))
    order, shelf = _order(world, account, given), _shelf(world, account)
    number = int(given.get("number") or shelf.next_id("nfe", 59579))
    items = _invoiced_items(order, given.get("lines"))
    value = int(given.get("value") or _invoice_value(order, items, partial="lines" in given))
    package = _nfe_package(world, account, order, number, items, value)
    if given.get("embedded") is False:
        package["embeddedInvoice"] = None
    check_invoiceable(order, package)
    add_invoice(world, account, order, package)
    return {"invoiceNumber": package["invoiceNumber"], "invoiceKey": package["invoiceKey"], "status": order["status"]}


def _invoiced_items(order: Doc, lines: list[Doc] | None) -> list[Doc]:
    chosen = lines or [{"line": at, "quantity": item["quantity"]} for at, item in enumerate(order["items"])]
    return [
        {"itemIndex": one["line"], "id": order["items"][one["line"]]["id"], "quantity": one["quantity"],
         "price": order["items"][one["line"]]["sellingPrice"], "description": order["items"][one["line"]]["name"]}
        for one in chosen
    ]  # fmt: skip


def _invoice_value(order: Doc, items: list[Doc], *, partial: bool) -> int:
    """A part: its items, and the freight with the first invoice; otherwise all that is left."""
    left: int = order["value"] - invoiced_value(order)
    if not partial:
        return left
    freight: int = 0 if packages(order) else sum(one["price"] for one in order["shippingData"]["logisticsInfo"])
    goods: int = sum(item["price"] * item["quantity"] for item in items)
    return min(left, freight + goods)


def _nfe_package(world: World, account: str, order: Doc, number: int, items: list[Doc], value: int) -> Doc:
    settings, client = _document(world, account, "account", "self"), order["clientProfileData"]
    address, issued = order["shippingData"]["address"], world.clock.now().astimezone(BRASILIA).replace(microsecond=0)
    goods = sum(item["price"] * item["quantity"] for item in items)
    document = client["corporateDocument"] if client["isCorporate"] else client["document"]
    nfe = build_nfe(
        issuer_cnpj=settings["cnpj"], uf=settings["uf"], number=number, series=1, issued_at=issued,
        lines=[_nfe_line(order, item) for item in items], total=Decimal(value) / 100, buyer_document=document,
        issuer_zip=settings["zip"], buyer_zip=address["postalCode"].replace("-", ""),
        buyer_uf=address["state"], freight=Decimal(max(0, value - goods)) / 100,
        buyer_ie=client["stateInscription"] or "",
        buyer_name=client["corporateName"] or f"{client['firstName']} {client['lastName']}",
    )  # fmt: skip
    return blank_package() | {
        "type": "Output", "items": items, "invoiceNumber": f"{number:09d}", "invoiceValue": value,
        "invoiceKey": nfe.key, "invoiceUrl": None, "embeddedInvoice": nfe.xml.decode(),
        "issuanceDate": _written(issued), "courier": "", "trackingNumber": "", "trackingUrl": "",
    }  # fmt: skip


def _written(issued: datetime) -> str:
    return issued.isoformat()


def _nfe_line(order: Doc, item: Doc) -> NfeLine:
    line = order["items"][item["itemIndex"]]
    return NfeLine(
        sku=line["refId"], name=line["name"], quantity=Decimal(item["quantity"]),
        unit_price=Decimal(item["price"]) / 100, gtin=line["ean"] or "SEM GTIN", ncm=line["taxCode"],
    )  # fmt: skip


def _package_of(order: Doc, given: Given) -> Doc:
    """The package of the invoice named, or the last."""
    own = packages(order)
    named = [one for one in own if given.get("invoice_number") in (None, one["invoiceNumber"])]
    if not named:
        raise ValueError("the order has no such invoice")
    return named[-1]


def _ship(world: World, account: str, given: Given) -> Any:
    """The merchant dispatches: `order`, `tracking_number`; `invoice_number`, `courier`, `tracking_url`."""
    _keys(given, ("order", "tracking_number"), ("invoice_number", "courier", "tracking_url"))
    order = _order(world, account, given)
    tracking = {
        "trackingNumber": given["tracking_number"], "courier": given.get("courier", "Correios"),
        "trackingUrl": given.get("tracking_url", "https://rastreamento.correios.com.br/"),
    }  # fmt: skip
    track(world, account, order, _package_of(order, given), tracking)
    return {"status": order["status"]}


def _deliver(world: World, account: str, given: Given) -> Any:
    """The carrier delivers: `order`; `invoice_number`."""
    _keys(given, ("order",), ("invoice_number",))
    order, now = _order(world, account, given), world.clock.now().astimezone(BRASILIA)
    address = order["shippingData"]["address"]
    event = {
        "city": address["city"], "state": address["state"], "description": "Entregue", "date": now.date().isoformat(),
    }  # fmt: skip
    at = now.strftime("%Y-%m-%d %H:%M")
    deliver(world, account, order, _package_of(order, given), [event], at, delivered=True)
    return {"status": order["status"]}


def _seller_cancel(world: World, account: str, given: Given) -> Any:
    """The merchant cancels, which an order with an invoice does not allow: `order`; `reason`."""
    _keys(given, ("order",), ("reason",))
    order = _order(world, account, given)
    if order["status"] in ("invoice", "invoiced", "cancel", "canceled") or packages(order):
        raise ValueError(f"an order in {order['status']} cannot be cancelled")
    reason = given.get("reason", "Produto sem estoque")
    workflow.begin_cancel(world, account, order, "RequestedBySellerNotification", reason)
    return {"status": order["status"]}


def _decide_cancel(world: World, account: str, given: Given) -> Any:
    """The merchant decides on a cancellation request: `order`, `accept`; `reason`."""
    _keys(given, ("order", "accept"), ("reason",))
    order = _order(world, account, given)
    if order["status"] != "cancellation-requested":
        raise ValueError(f"the order is in {order['status']}")
    reason = given.get("reason", "Pedido em separação")
    workflow.decide_cancel(world, account, order, accept=bool(given["accept"]), reason=reason)
    return {"status": order["status"]}


def _decide_divergence(world: World, account: str, given: Given) -> Any:
    """The merchant decides on an order whose prices diverge: `order`, `accept`."""
    _keys(given, ("order", "accept"))
    order = _order(world, account, given)
    if order["status"] != "waiting-for-manual-authorization":
        raise ValueError(f"the order is in {order['status']}")
    if given["accept"]:
        move(world, account, order, "waiting-ffmt-authorization")
    else:
        reason = "Divergência de preço"
        workflow.begin_cancel(world, account, order, "RequestedBySellerNotification", reason)
    return {"status": order["status"]}


def _store_order(world: World, account: str, given: Given) -> Any:
    """A shopper buys in the store itself: `items` of {sku, quantity}; `paid` true (default) or false."""
    _keys(given, ("items",), ("paid",))
    return place_store_order(world, account, given["items"], paid=given.get("paid", True) is True)


ACTS = {
    "open_account": _open_account,
    "configure": _configure,
    "create_affiliate": _create_affiliate,
    "set_search_endpoint": _set_search_endpoint,
    "set_stock": _set_stock,
    "set_price": _set_price,
    "set_promotion": _set_promotion,
    "update_sku": _update_sku,
    "activate_sku": _activity(True),
    "deactivate_sku": _activity(False),
    "update_product": _update_product,
    "start_handling": _start_handling,
    "invoice": _invoice,
    "ship": _ship,
    "deliver": _deliver,
    "seller_cancel": _seller_cancel,
    "decide_cancel": _decide_cancel,
    "decide_divergence": _decide_divergence,
    "place_store_order": _store_order,
}
