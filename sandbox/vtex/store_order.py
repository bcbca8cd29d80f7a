"""Orders of the store's own shoppers: the complete flow, seen on the marketplace's and the seller's side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.vtex import workflow
from sandbox.vtex.checkout import SLAS, delivery_ids, sold_sku, unit_cents
from sandbox.vtex.logistics import allocate, reserve
from sandbox.vtex.moment import offset
from sandbox.vtex.order import INNER, masked_email, move, save
from sandbox.world import World

Doc = dict[str, Any]


def place_store_order(world: World, account: str, items: list[Mapping[str, Any]], *, paid: bool) -> Doc:
    """Place an order in trade policy 1; unpaid it waits in `payment-pending` for a payment notification.
    Raises ValueError for a SKU that the store does not sell, or has too few of."""
    shelf, now = world.state.shelf("vtex", account), offset(world.clock.now())
    sequence = shelf.next_id("sequence", 502556)
    order_id = f"{shelf.next_id('store_order', 1172452900788)}-01"
    lines, logistics, reservations = [], [], []
    for index, item in enumerate(items):
        line, way, held = _line(world, account, index, str(item["sku"]), int(item["quantity"]))
        lines.append(line)
        logistics.append(way)
        reservations += held
    goods = sum(line["price"] * line["quantity"] for line in lines)
    freight = sum(way["price"] for way in logistics)
    order = workflow.blank_order(order_id, str(sequence), now) | {
        "orderGroup": order_id[:-3], "marketplaceOrderId": "", "marketplaceServicesEndpoint": None,
        "sellerOrderId": f"00-{order_id}", "origin": "Marketplace", "affiliateId": "", "salesChannel": "1",
        "status": "order-created", "value": goods + freight, "followUpEmail": f"{sequence}@ct.vtex.com.br",
        "totals": workflow.totals(goods, 0, freight), "items": lines, "clientProfileData": _client(account, sequence),
        "shippingData": {"id": "shippingData", "address": _ADDRESS, "logisticsInfo": logistics,
                         "trackingHints": None, "selectedAddresses": [_ADDRESS]},
        "paymentData": _payment(order_id, goods + freight), "marketplace": None, "customData": None,
        "openTextField": None,
        INNER: {"created": world.clock.now().isoformat(), "reservations": reservations, "resume": None},
    }  # fmt: skip
    save(world, account, order)
    move(world, account, order, "on-order-completed", "waiting-for-authorization", "payment-pending")
    if paid:
        world.timers.at(
            world.clock.now() + timedelta(seconds=60), "vtex", "store_order_paid",
            {"account": account, "order": order_id},
        )  # fmt: skip
    return {"orderId": order_id, "value": order["value"]}


def _line(world: World, account: str, index: int, sku_id: str, quantity: int) -> tuple[Doc, Doc, list[Doc]]:
    shelf = world.state.shelf("vtex", account)
    sku, served = sold_sku(shelf, sku_id, "1"), allocate(shelf, sku_id, quantity)
    if sku is None or not served:
        raise ValueError(f"the store cannot sell {quantity} of {sku_id}")
    product = shelf.get("product", sku["product"]) or {}
    unit = unit_cents(world, shelf, sku_id, "1", quantity)
    line = {
        "uniqueId": f"{shelf.next_id('unique'):032X}", "id": sku_id, "productId": str(sku["product"]),
        "ean": sku["eans"][0] if sku["eans"] else None, "refId": sku["ref"], "quantity": quantity, "seller": "1",
        "name": f"{product['name']} {sku['name']}", "price": unit, "listPrice": unit, "sellingPrice": unit,
        "sellerSku": sku_id, "priceTags": [], "bundleItems": [], "attachments": [], "isGift": False,
        "measurementUnit": "un", "taxCode": product["ncm"], "tax": 0,
    }  # fmt: skip
    way = {
        "itemIndex": index, "selectedSla": "Normal", "lockTTL": "10d", "price": SLAS[0][4], "listPrice": SLAS[0][4],
        "sellingPrice": SLAS[0][4], "deliveryWindow": None, "deliveryCompany": SLAS[0][2],
        "shippingEstimate": SLAS[0][3], "shippingEstimateDate": None, "slas": [], "shipsTo": ["BRA"],
        "deliveryIds": delivery_ids(SLAS[0], served), "selectedDeliveryChannel": "delivery",
    }  # fmt: skip
    held = [one for at, units in served for one in reserve(world, account, sku_id, at, units)]
    return line, way, held


_ADDRESS: Doc = {
    "addressType": "residential", "receiverName": "Bruno Lima", "addressId": "casa", "postalCode": "30130-010",
    "city": "Belo Horizonte", "state": "MG", "country": "BRA", "street": "Av. Afonso Pena", "number": "0042",
    "neighborhood": "Centro", "complement": None, "reference": None, "geoCoordinates": [],
}  # fmt: skip


def _client(account: str, sequence: int) -> Doc:
    return {
        "id": "clientProfileData", "email": masked_email(account, f"comprador{sequence}@example.com"),
        "firstName": "Bruno", "lastName": "Lima", "documentType": "cpf", "document": "52998224725",
        "phone": "+5531999990000", "corporateName": None, "tradeName": None, "corporateDocument": None,
        "stateInscription": None, "corporatePhone": None, "isCorporate": False, "userProfileId": None,
        "customerClass": None,
    }  # fmt: skip


def _payment(order_id: str, value: int) -> Doc:
    payment = {
        "id": f"A536{order_id[:13]}", "paymentSystem": "125", "paymentSystemName": "Pix", "value": value,
        "installments": 1, "group": "instantPayment", "referenceValue": value, "tid": None,
    }  # fmt: skip
    transaction = {
        "isActive": True, "transactionId": f"E4CF{order_id[:13]}", "merchantName": "LOJAAURORA",
        "payments": [payment],
    }  # fmt: skip
    return {"giftCards": [], "transactions": [transaction]}


def paid(world: World, args: Mapping[str, Any]) -> None:
    """The gateway approves the payment."""
    order = world.state.shelf("vtex", args["account"]).get("order", args["order"])
    if order is not None and order["status"] == "payment-pending":
        move(world, args["account"], order, "approve-payment")
        workflow.authorise(world, args["account"], order)


EVENTS = {"store_order_paid": paid}
