"""Invoices of an order (nota fiscal), their tracking, and the delivery events on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.operation import Answer, Call, Operation
from sandbox.refusal import Refusal
from sandbox.vtex import workflow
from sandbox.vtex.body import declared, field_refusal, flag, object_body, text, whole
from sandbox.vtex.callback import call_back, invoice_body
from sandbox.vtex.moment import offset
from sandbox.vtex.order import find, move, receipt, save
from sandbox.vtex.refuse import ORDERS, refuse, wrong_code
from sandbox.world import World

Doc = dict[str, Any]
_INVOICE = f"{ORDERS}: POST …/invoice"
_TRACKING = f"{ORDERS}: PATCH …/invoice/{{invoiceNumber}}"
_EVENTS = f"{ORDERS}: PUT …/invoice/{{invoiceNumber}}/tracking"
# `payment-approved` is where a partly invoiced order waits for the rest
_INVOICEABLE = ("ready-for-handling", "handling", "payment-approved")


def packages(order: Doc, kind: str = "Output") -> list[Doc]:
    """The invoices of one type."""
    return [package for package in order["packageAttachment"]["packages"] if package["type"] == kind]


def _post(call: Call) -> Answer:
    order, body = find(call), object_body(call, _INVOICE)
    package = _package(order, body)
    if any(one["invoiceNumber"] == package["invoiceNumber"] for one in order["packageAttachment"]["packages"]):
        return receipt(call, order)  # the same number again gives a new receipt and changes nothing else
    if package["type"] == "Input":
        _check_return(order)
        add_return(call.world, call.account, order, package)
    else:
        check_invoiceable(order, package)
        add_invoice(call.world, call.account, order, package)
    return receipt(call, order)


def _package(order: Doc, body: Doc) -> Doc:
    wrong = field_refusal(_INVOICE)
    if body.get("type") not in ("Output", "Input"):
        raise wrong("type")
    issued = text(body, "issuanceDate", wrong)
    _check_moment(issued, wrong("issuanceDate"))
    for name in ("invoiceKey", "invoiceUrl", "embeddedInvoice", "trackingNumber", "trackingUrl", "dispatchedDate"):
        if not (body.get(name) is None or isinstance(body[name], str)):
            raise wrong(name)
    if "courier" in body and not isinstance(body["courier"], str):
        raise wrong("courier")
    return blank_package() | {
        "type": body["type"], "invoiceNumber": text(body, "invoiceNumber", wrong), "issuanceDate": issued,
        "invoiceValue": _value(body), "items": _items(order, body), "courier": body.get("courier"),
        "invoiceKey": body.get("invoiceKey"), "invoiceUrl": body.get("invoiceUrl"),
        "embeddedInvoice": body.get("embeddedInvoice"), "trackingNumber": body.get("trackingNumber"),
        "trackingUrl": body.get("trackingUrl"),
    }  # fmt: skip


def blank_package() -> Doc:
    """The members of a package that nobody sends."""
    return {"courierStatus": None, "cfop": None, "restitutions": {}, "volumes": None, "EnableInferItems": None}


def _check_moment(given: str, refusal: Refusal) -> None:
    """`You must add date and time in this field.`"""
    try:
        datetime.fromisoformat(given)
    except ValueError:
        raise refusal from None
    if "T" not in given:
        raise refusal


def _value(body: Doc) -> int:
    """Cents, as a string by the specification, as a number by the guides; never with a separator; above 0."""
    given = body.get("invoiceValue")
    if isinstance(given, str) and re.fullmatch(r"\d+", given):
        given = int(given)
    return whole({"invoiceValue": given}, "invoiceValue", field_refusal(_INVOICE), least=1)


def _items(order: Doc, body: Doc) -> list[Doc]:
    wrong, given = field_refusal(_INVOICE), body.get("items")
    if not isinstance(given, list) or not given or not all(isinstance(item, dict) for item in given):
        raise wrong("items")
    return [_item(order, item) for item in given]


def _item(order: Doc, item: Doc) -> Doc:
    wrong = field_refusal(f"{_INVOICE}.items")
    sku_id, quantity = text(item, "id", wrong), whole(item, "quantity", wrong, least=1)
    index = next((at for at, line in enumerate(order["items"]) if line["id"] == sku_id), None)
    if index is None:
        raise wrong("id")
    price, said = whole(item, "price", wrong), item.get("description", "")
    return {"itemIndex": index, "id": sku_id, "quantity": quantity, "price": price, "description": said}


def check_invoiceable(order: Doc, package: Doc) -> None:
    """Refuse an invoice that the order's status or what is left of it does not allow."""
    if order["status"] not in _INVOICEABLE:
        said = f"Order {order['orderId']} is in state {order['status']} and cannot accept invoice"
        raise wrong_code("ORD039", said)
    if invoiced_value(order) + package["invoiceValue"] > order["value"]:
        # more than the total is not described; it is refused, so that no invoice counts twice unseen
        raise refuse("OMS010", "The invoices exceed the value of the order", f"{_INVOICE}: 'Partial invoices'")


def invoiced_value(order: Doc) -> int:
    """Σ of the sale's invoices, in cents."""
    return sum(package["invoiceValue"] for package in packages(order))


def _check_return(order: Doc) -> None:
    if order["status"] != "invoiced":
        said = "A return invoice needs the full order amount to be invoiced"
        raise refuse("OMS011", said, f"{_INVOICE}: 'Returning items'")


def add_invoice(world: World, account: str, order: Doc, package: Doc) -> None:
    """Keep a sale's invoice. All invoiced: verified with the marketplace, then `invoiced`; part of it: the order
    goes to `payment-approved` and can no longer be cancelled."""
    order["packageAttachment"]["packages"].append(package)
    whole_order = invoiced_value(order) == order["value"]
    if whole_order:
        workflow.invoiced(world, account, order)
    elif order["status"] == "payment-approved":
        save(world, account, order)
    else:
        move(world, account, order, "payment-approved")
    called = call_back(world, account, order, "invoice_callback", invoice_body(package), "invoice_called_back")
    if whole_order and not called:
        order["invoicedDate"] = offset(world.clock.now())
        move(world, account, order, "invoiced")


def add_return(world: World, account: str, order: Doc, package: Doc) -> None:
    """Keep a return's invoice; VTEX refunds by itself."""
    refund = {"value": package["invoiceValue"], "giftCardData": None, "items": package["items"]}
    order["packageAttachment"]["packages"].append(package | {"restitutions": {"Refund": refund}})
    save(world, account, order)


def _find_package(order: Doc, number: str, source: str) -> Doc:
    """The package of an invoice: without the invoice there is no tracking in VTEX."""
    for package in order["packageAttachment"]["packages"]:
        if package["invoiceNumber"] == number:
            found: Doc = package
            return found
    raise refuse("OMS012", f"Invoice {number} not found in order", source, 404)


def _patch(call: Call) -> Answer:
    order, body = find(call), object_body(call, _TRACKING)
    package = _find_package(order, call.params["invoiceNumber"], _TRACKING)
    wrong = field_refusal(_TRACKING)
    declared(body, ("trackingNumber", "trackingUrl", "dispatchedDate", "courier"), wrong)
    text(body, "trackingNumber", wrong)
    for name in ("trackingUrl", "dispatchedDate", "courier"):
        if not (body[name] is None or isinstance(body[name], str)):
            raise wrong(name)
    track(call.world, call.account, order, package, body)
    return receipt(call, order)


def track(world: World, account: str, order: Doc, package: Doc, tracking: Mapping[str, Any]) -> None:
    """Fill in tracking: no status changes; the marketplace gets the invoice call again."""
    names = ("trackingNumber", "trackingUrl", "courier")
    package |= {name: tracking.get(name) for name in names}
    state = package["courierStatus"] or {"status": None, "finished": False, "deliveredDate": None, "data": []}
    package["courierStatus"] = state
    save(world, account, order)
    call_back(world, account, order, "invoice_callback", invoice_body(package), "invoice_called_back")


def _put_events(call: Call) -> Answer:
    order, body = find(call), object_body(call, _EVENTS)
    package, wrong = _find_package(order, call.params["invoiceNumber"], _EVENTS), field_refusal(_EVENTS)
    declared(body, ("deliveredDate", "events"), wrong)
    delivered, events = flag(body, "isDelivered", wrong), body["events"]
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise wrong("events")
    for event in events:
        for name in ("city", "state", "description", "date"):
            text(event, name, wrong)
    at = body["deliveredDate"]
    if not (at is None or (isinstance(at, str) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", at))):
        raise wrong("deliveredDate")
    if not package["trackingNumber"]:
        raise refuse("OMS013", "The invoice has no tracking number", f"{_EVENTS}: 'already has a tracking number'")
    deliver(call.world, call.account, order, package, events, at if delivered else None, delivered=delivered)
    return receipt(call, order)


def deliver(
    world: World, account: str, order: Doc, package: Doc, events: list[Doc], at: str | None, *, delivered: bool
) -> None:
    """Add a carrier's events. Delivery is no status: it is `courierStatus.finished`."""
    state, now = package["courierStatus"] or {"data": []}, offset(world.clock.now())
    data = [
        {"lastChange": event["date"], "city": event["city"], "state": event["state"],
         "description": event["description"], "createDate": now}
        for event in events
    ]  # fmt: skip
    package["courierStatus"] = {
        "status": "delivered" if delivered else "in transit", "finished": delivered or state.get("finished", False),
        "deliveredDate": at or state.get("deliveredDate"), "data": state["data"] + data,
    }  # fmt: skip
    save(world, account, order)


_PATH = "/api/oms/pvt/orders/{orderId}/invoice"
OPERATIONS = (
    Operation("send_invoice", "POST", _PATH, _post),
    Operation("send_tracking", "PATCH", f"{_PATH}/{{invoiceNumber}}", _patch),
    Operation("send_tracking_events", "PUT", f"{_PATH}/{{invoiceNumber}}/tracking", _put_events),
)
