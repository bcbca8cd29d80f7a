"""An order of the OMS: its document, its statuses, and the events that each change gives."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.operation import Answer, Call
from sandbox.refusal import Refusal
from sandbox.vtex import events
from sandbox.vtex.moment import offset
from sandbox.vtex.refuse import ORDERS, refuse
from sandbox.world import World

Doc = dict[str, Any]
INNER = "_inner"  # what the platform knows of the order and never shows
WINDOW_S = 30 * 60
UNAUTHORISED_S = 30 * 24 * 3600
DESCRIPTIONS = {
    "canceled": "Cancelado", "handling": "Preparando Entrega", "invoiced": "Faturado",
    "payment-approved": "Pagamento Aprovado", "payment-pending": "Pagamento Pendente",
    "ready-for-handling": "Pronto para o Manuseio", "waiting-ffmt-authorization": "Aguardando Autorização",
    "window-to-cancel": "Carência para Cancelamento",
}  # fmt: skip


def find(call: Call) -> Doc:
    """The order of the path; 404 when there is none, or when a fault hides a new one."""
    order = load(call.world, call.account, call.params["orderId"])
    if order is None:
        raise missing(f"{ORDERS}: {call.operation}, 404")
    return order


def missing(source: str) -> Refusal:
    """The OMS's 404."""
    return refuse("OMS007", "Order not found", source, 404)


def load(world: World, account: str, order_id: str) -> Doc | None:
    """The order, or None."""
    order: Doc | None = world.state.shelf("vtex", account).get("order", order_id)
    return order


def save(world: World, account: str, order: Doc) -> None:
    """Write the order, its row of the list, and tell those who watch its document."""
    order["lastChange"] = offset(world.clock.now())
    shelf = world.state.shelf("vtex", account)
    shelf.put("order", order["orderId"], order)
    shelf.put("order_row", order["orderId"], _row(world, order))
    events.document_changed(world, account, order)


def _row(world: World, order: Doc) -> Doc:
    """What the list shows, and since when it may show it."""
    client = order["clientProfileData"]
    return {
        "indexed": order[INNER]["created"], "orderId": order["orderId"], "creationDate": order["creationDate"],
        "clientName": f"{client['firstName']} {client['lastName']}", "items": None, "totalValue": order["value"],
        "paymentNames": None, "status": order["status"],
        "statusDescription": DESCRIPTIONS.get(order["status"], order["status"]),
        "marketPlaceOrderId": order["marketplaceOrderId"] or None, "sequence": order["sequence"],
        "salesChannel": order["salesChannel"], "affiliateId": order["affiliateId"], "origin": order["origin"],
        "workflowInErrorState": order["workflowIsInError"], "workflowInRetry": False, "lastMessageUnread": None,
        "ShippingEstimatedDate": None, "ShippingEstimatedDateMax": None, "ShippingEstimatedDateMin": None,
        "orderIsComplete": True, "listId": None, "listType": None, "authorizedDate": order["authorizedDate"],
        "callCenterOperatorName": None, "totalItems": sum(item["quantity"] for item in order["items"]),
        "currencyCode": "BRL",
    }  # fmt: skip


def move(world: World, account: str, order: Doc, *statuses: str) -> None:
    """Go through the statuses in turn, each with its event; saves the order."""
    for status in statuses:
        last = {"state": order["status"], "at": order["lastChange"]}
        order["status"] = status
        order["allowCancellation"] = status not in ("invoice", "invoiced", "cancel", "canceled")
        save(world, account, order)
        events.status_changed(world, account, order, last)


def shown(order: Doc) -> Doc:
    """The order as the OMS shows it."""
    return {key: value for key, value in order.items() if key != INNER}


def receipt(call: Call, order: Doc) -> Answer:
    """The OMS's answer to a write: `{date, orderId, receipt}`."""
    now = offset(call.world.clock.now())
    number = call.world.state.next_id("vtex", "receipt")
    code = hashlib.md5(f"{order['orderId']}:{number}".encode(), usedforsecurity=False).hexdigest()
    return Answer({"date": now, "orderId": order["orderId"], "receipt": code})


def masked_email(account: str, email: str) -> str:
    """The address under which VTEX hides the buyer's."""
    digest = hashlib.md5(f"{account}:{email}".encode(), usedforsecurity=False).hexdigest()
    return f"{digest}-{len(email)}b.br@ct.vtex.com.br"


def partly_invoiced(order: Doc) -> bool:
    """Whether a sale's invoice is there, and the order is not yet invoiced whole."""
    outputs = [package for package in order["packageAttachment"]["packages"] if package["type"] == "Output"]
    return bool(outputs) and order["status"] not in ("invoice", "invoiced")
