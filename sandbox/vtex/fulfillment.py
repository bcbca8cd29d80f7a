"""Orders that a marketplace places (route A), and the authorisation to dispatch them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox.operation import Answer, Call, Operation
from sandbox.vtex import workflow
from sandbox.vtex.body import json_body
from sandbox.vtex.checkout import SLAS, channel_of, delivery_ids, promotion_of
from sandbox.vtex.logistics import allocate, reserve
from sandbox.vtex.moment import offset
from sandbox.vtex.order import INNER, UNAUTHORISED_S, find, masked_email, move, receipt, save
from sandbox.vtex.placement import check, diverges, total_of
from sandbox.vtex.refuse import COLLECT, PLACEMENT, refuse, wrong_code

Doc = dict[str, Any]


def _place(call: Call) -> Answer:
    """The body is an array of orders: every guide and working integration sends one, and an object is refused,
    although the specification shows the bare object."""
    body, affiliate = json_body(call, f"{PLACEMENT}: POST /api/fulfillment/pvt/orders"), _affiliate(call)
    if not isinstance(body, list) or not body or not all(isinstance(order, dict) for order in body):
        said = "Cannot be created an empty order. Please send an order or check your input request"
        source = f"{COLLECT}: Place fulfillment order, the request is an array"
        raise refuse("FMT0026", said, source)
    channel = channel_of(call)
    return Answer([_place_one(call, order, affiliate, channel) for order in body])


def _affiliate(call: Call) -> Doc:
    affiliate: Doc | None = call.shelf.get("affiliate", call.query.get("affiliateId", ""))
    if affiliate is None:
        raise wrong_code("FMT0021", "Invalid affiliate id")
    if affiliate["useSellerPaymentMethod"]:
        raise wrong_code("FMT0037", "Invalid merchant")
    return affiliate


def _place_one(call: Call, given: Doc, affiliate: Doc, channel: str) -> Doc:
    check(call, given, channel)
    order_id = f"{affiliate['id']}-{given['marketplaceOrderId']}"
    existing = call.shelf.get("order", order_id)
    said = f"The request order with marketplace order id {given['marketplaceOrderId']} for affiliate {affiliate['id']}"
    if existing and existing["status"] == "canceled":
        raise wrong_code("FMT0060", f"{said} is already canceled and cannot be recreated")
    if existing:
        raise wrong_code("FMT009", f"{said} already exists")
    order = _order(call, given, order_id, affiliate, channel)
    save(call.world, call.account, order)
    waiting = "waiting-for-manual-authorization" if diverges(call, given, channel) else "waiting-ffmt-authorization"
    move(call.world, call.account, order, "on-order-completed-ffm", waiting)
    due = call.world.clock.now() + timedelta(seconds=UNAUTHORISED_S)
    call.world.timers.at(due, "vtex", "unauthorised", {"account": call.account, "order": order_id})
    return _answered(given, order)


def _answered(given: Doc, order: Doc) -> Doc:
    names = ("marketplaceOrderId", "marketplaceServicesEndpoint", "items", "clientProfileData", "shippingData")
    return {name: given[name] for name in names} | {
        "orderId": order["orderId"], "followUpEmail": order["followUpEmail"], "paymentData": None,
        "marketplacePaymentValue": given["marketplacePaymentValue"],
    }  # fmt: skip


def _order(call: Call, given: Doc, order_id: str, affiliate: Doc, channel: str) -> Doc:
    now = offset(call.world.clock.now())
    logistics, reservations = _reserved(call, given)
    sequence = str(call.shelf.next_id("sequence", 502556))
    return workflow.blank_order(order_id, sequence, now) | {
        "marketplaceOrderId": given["marketplaceOrderId"],
        "marketplaceServicesEndpoint": given["marketplaceServicesEndpoint"],
        "sellerOrderId": order_id, "origin": "Fulfillment", "affiliateId": affiliate["id"], "salesChannel": channel,
        "status": "order-accepted", "value": total_of(given), "followUpEmail": f"{sequence}@ct.vtex.com.br",
        "totals": _totals(given), "items": [_item(call, item, channel) for item in given["items"]],
        "clientProfileData": _client(call, given), "shippingData": _shipping(given, logistics),
        "marketplace": {"baseURL": given["marketplaceServicesEndpoint"], "isCertified": None,
                        "name": affiliate["name"]},
        "customData": given.get("customData"), "openTextField": _open_text(given),
        INNER: {
            "created": call.world.clock.now().isoformat(), "reservations": reservations, "resume": None,
        },
    }  # fmt: skip


def _open_text(given: Doc) -> Doc | None:
    said: str | Doc | None = given["openTextField"]
    return {"value": said} if isinstance(said, str) else said


def _client(call: Call, given: Doc) -> Doc:
    client: Doc = given["clientProfileData"]
    email = masked_email(call.account, client["email"])
    return {"id": "clientProfileData", "userProfileId": None, "customerClass": None} | client | {"email": email}


def _shipping(given: Doc, logistics: list[Doc]) -> Doc:
    shipping = given["shippingData"]
    return {
        "id": "shippingData", "address": shipping["address"], "logisticsInfo": logistics, "trackingHints": None,
        "selectedAddresses": [shipping["address"]], "isFob": shipping.get("isFob") is True,
    }  # fmt: skip


def _reserved(call: Call, given: Doc) -> tuple[list[Doc], list[Doc]]:
    """The logistics of each item with the warehouses chosen, and the reservations made there."""
    logistics, reservations = [], []
    for entry in sorted(given["shippingData"]["logisticsInfo"], key=lambda entry: entry["itemIndex"]):
        item = given["items"][entry["itemIndex"]]
        served = allocate(call.shelf, item["id"], item["quantity"])
        if not served:  # another line of the same order took the last units
            raise wrong_code("FMT002", "Order reservation couldn't be done")
        for warehouse, units in served:
            reservations += reserve(call.world, call.account, item["id"], warehouse, units)
        logistics.append(_logistics(entry, served))
    return logistics, reservations


def _logistics(entry: Doc, served: list[tuple[str, int]]) -> Doc:
    way = next((sla for sla in SLAS if sla[0] == entry["selectedSla"]), SLAS[0])
    return {
        "itemIndex": entry["itemIndex"], "selectedSla": entry["selectedSla"], "lockTTL": entry["lockTTL"],
        "price": entry["price"], "listPrice": entry["price"], "sellingPrice": entry["price"],
        "deliveryWindow": entry["deliveryWindow"], "deliveryCompany": way[2],
        "shippingEstimate": entry["shippingEstimate"], "shippingEstimateDate": None, "slas": [], "shipsTo": ["BRA"],
        "deliveryIds": delivery_ids(way, served), "deliveryChannels": [{"id": "delivery", "stockBalance": 0}],
        "selectedDeliveryChannel": "delivery", "pickupStoreInfo": None, "addressId": None, "polygonName": None,
        "pickupPointId": None, "transitTime": way[3],
    }  # fmt: skip


def _item(call: Call, item: Doc, channel: str) -> Doc:
    sku = call.shelf.get("sku", item["id"]) or {}
    product = call.shelf.get("product", sku["product"]) or {}
    brand = call.shelf.get("brand", product["brand"]) or {}
    promotion = promotion_of(call.shelf, item["id"], channel, item["price"])
    height, length, width, weight = sku["packed"]
    return {
        "uniqueId": f"{call.shelf.next_id('unique'):032X}", "id": item["id"], "productId": str(sku["product"]),
        "ean": sku["eans"][0] if sku["eans"] else None, "refId": sku["ref"], "quantity": item["quantity"],
        "seller": "1", "name": f"{product['name']} {sku['name']}", "price": item["price"],
        "listPrice": item["price"] + (promotion["off"] if promotion else 0), "sellingPrice": _net(item),
        "sellerSku": item["id"], "priceTags": item.get("priceTags") or [], "bundleItems": [], "attachments": [],
        "isGift": item.get("isGift") is True, "measurementUnit": "un", "unitMultiplier": Decimal("1.0"),
        "taxCode": product["ncm"], "tax": 0, "parentItemIndex": None, "components": [],
        "additionalInfo": {
            "brandName": brand["name"], "brandId": str(brand["id"]), "categoriesIds": f"/{product['category']}/",
            "dimension": {"cubicweight": 1, "height": height, "length": length, "weight": weight, "width": width},
        },
    }  # fmt: skip


def _net(item: Doc) -> int:
    """The unit price after the line's price tags, rounded down."""
    tags = sum(tag["value"] for tag in item.get("priceTags") or [])
    net: int = item["price"] + tags // item["quantity"]
    return net


def _totals(given: Doc) -> list[Doc]:
    items = sum(item["price"] * item["quantity"] for item in given["items"])
    tags = sum(tag["value"] for item in given["items"] for tag in item.get("priceTags") or [])
    freight = sum(entry["price"] for entry in given["shippingData"]["logisticsInfo"])
    return workflow.totals(items, tags, freight)


def _fulfill(call: Call) -> Answer:
    """Authorise the dispatch: the marketplace says that the order is paid."""
    body, order = json_body(call, f"{PLACEMENT}: fulfill"), find(call)
    _affiliate(call)
    given = body[0] if isinstance(body, list) and len(body) == 1 else body  # guides also show it in an array
    if not isinstance(given, dict) or given.get("marketplaceOrderId") != order["marketplaceOrderId"]:
        raise wrong_code("FMT0071", "Marketplace id do not match with original order")
    if order["status"] != "waiting-ffmt-authorization":
        # what a second authorisation answers is not documented: it is refused, and who retries reads the order
        raise wrong_code("FMT0024", f"Reservation {order['orderId']} is not in the authorized status")
    workflow.authorise(call.world, call.account, order)
    answer = receipt(call, order)
    return Answer(answer.body | {"marketplaceOrderId": order["marketplaceOrderId"]})


_PATH = "/api/fulfillment/pvt/orders"
OPERATIONS = (
    Operation("place_order", "POST", _PATH, _place),
    Operation("authorise_order", "POST", f"{_PATH}/{{orderId}}/fulfill", _fulfill),
)
