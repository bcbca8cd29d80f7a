"""Shipments as the seller's applications read them.

Source: gerenciamento-de-envios (updated 2026-08-07: `x-format-new: true` is compulsory; the array of
`/orders/{id}/shipments`; the address is hidden until the order is paid).
"""

from __future__ import annotations

from typing import Any, Final

from sandbox.mercado_livre import order_api, purchases, shipments, users
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.partial import partly
from sandbox.mercado_livre.site import Document, Site, public
from sandbox.operation import Answer, Call

PAGE: Final = "gerenciamento-de-envios"
_HIDDEN: Final = "XXXXXXX"


def of_order(call: Call) -> Answer:
    """GET /orders/{order}/shipments: ids and types in a list; 204 while there is none."""
    order = order_api.owned(call)
    if order["shipping"]["id"] is None:
        return Answer(None, 204)
    return Answer([{"id": order["shipping"]["id"], "type": "forward"}])


def read(call: Call) -> Answer:
    """GET /shipments/{shipment}."""
    shipment = _new_format(call)
    return partly(call, _masked(Site(call.world), shipment))


def items(call: Call) -> Answer:
    """GET /shipments/{shipment}/items."""
    shipment = _new_format(call)
    lines = [(order, order["order_items"][0]) for order in _orders(Site(call.world), shipment)]
    return Answer(
        [
            {
                "item_id": line["item"]["id"],
                "description": line["item"]["title"],
                "quantity": line["quantity"],
                "variation_id": line["item"]["variation_id"],
                "user_product_id": line["item"]["user_product_id"],
                "dimensions": shipment["dimensions"],
                "order_id": order["id"],
                "sender_id": order["seller"]["id"],
            }
            for order, line in lines
        ]
    )


def orders(call: Call) -> Answer:
    """GET /shipments/{shipment}/orders; the header `X-New-Domain: true` is compulsory."""
    if call.headers.get("x-new-domain") != "true":
        raise refuse(400, "bad_request", "The header X-New-Domain: true is required", PAGE)
    shipment = owned(call)
    lines = [(order, order["order_items"][0]) for order in _orders(Site(call.world), shipment)]
    return Answer(
        [
            {
                "order_id": str(order["id"]),
                "pack_id": str(order["pack_id"] or order["id"]),
                "item_id": line["item"]["id"],
                "variation_id": line["item"]["variation_id"],
                "user_product_id": line["item"]["user_product_id"],
                "seller_id": order["seller"]["id"],
                "requested_quantity": line["quantity"],
            }
            for order, line in lines
        ]
    )


def costs(call: Call) -> Answer:
    """GET /shipments/{shipment}/costs."""
    shipment = _new_format(call)
    cost, listed = shipment["lead_time"]["cost"], shipment["lead_time"]["list_cost"]
    receiver = {"user_id": shipment["destination"]["receiver_id"], "cost": cost, "discounts": []}
    sender = {"user_id": shipment["_"]["seller"], "cost": 0, "compensation": 0, "discounts": []}
    return Answer({"gross_amount": listed, "receiver": receiver, "senders": [sender]})


def payments(call: Call) -> Answer:
    """GET /shipments/{shipment}/payments."""
    shipment = _new_format(call)
    paid = [one for order in _orders(Site(call.world), shipment) for one in order["payments"] if one["shipping_cost"]]
    return Answer(
        [
            {
                "payment_id": one["id"],
                "user_id": one["payer_id"],
                "amount": one["shipping_cost"],
                "status": one["status"],
            }
            for one in paid
        ]
    )


def sla(call: Call) -> Answer:
    """GET /shipments/{shipment}/sla: until when to dispatch; none for Full and for cancelled ones."""
    shipment = owned(call)
    if shipment["logistic"]["type"] == "fulfillment" or shipment["status"] == "cancelled":
        raise refuse(404, "not_found", "failed to retrieve data", PAGE)
    body = {"status": "on_time", "service": None, "expected_date": shipments.expected_date(shipment)}
    return Answer(body | {"last_updated": shipment["last_updated"]})


def lead_time(call: Call) -> Answer:
    """GET /shipments/{shipment}/lead_time."""
    return Answer(_new_format(call)["lead_time"] | {"delay": []})


def history(call: Call) -> Answer:
    """GET /shipments/{shipment}/history, latest first."""
    return Answer(_new_format(call)["_"]["history"])


def carrier(call: Call) -> Answer:
    """GET /shipments/{shipment}/carrier."""
    shipment = _new_format(call)
    url = f"https://www.mercadolivre.com.br/envios/{shipment['id']}" if shipment["tracking_number"] else None
    return Answer({"name": shipment["tracking_method"], "url": url})


def delays(call: Call) -> Answer:
    """GET /shipments/{shipment}/delays: nothing is late here, which is a 404."""
    _new_format(call)
    raise refuse(404, "not_found", "Delays Not Found for shipment", PAGE)


def billing_info(call: Call) -> Answer:
    """GET /shipments/{shipment}/billing_info: the documents of receiver, sender and carrier."""
    site, shipment = Site(call.world), owned(call)
    buyer = site.need("buyer", shipment["destination"]["receiver_id"])
    seller = users.user(site, shipment["_"]["seller"])
    company = seller["_"]["company"]
    return Answer(
        {
            "receiver": _documents(buyer["id"], buyer["document"]["type"], buyer["document"]["number"], buyer["ie"]),
            "senders": [_documents(seller["id"], "CNPJ", company["cnpj"], company["ie"])],
            "carrier": {"document": {"id": "CNPJ", "value": "20121850000317"}, "additional_documents": []},
        }
    )


def owned(call: Call) -> Document:
    """The shipment of the path, which must be there and be the caller's."""
    shipment = Site(call.world).get("shipment", call.params["shipment"])
    if shipment is None:
        raise refuse(404, "not_found", f"Not found shipment with id {call.params['shipment']}", PAGE)
    users.own(call, str(shipment["_"]["seller"]))
    return shipment


def _new_format(call: Call) -> Document:
    if call.headers.get("x-format-new") != "true":
        raise refuse(400, "bad_request", "The header x-format-new: true is required", PAGE)
    return owned(call)


def _orders(site: Site, shipment: Document) -> list[Document]:
    purchase = site.need("purchase", shipment["_"]["purchase"])
    return purchases.live_orders(site, purchase) or [site.need("order", id_) for id_ in purchase["orders"]]


def _masked(site: Site, shipment: Document) -> Document:
    view, destination = public(shipment), dict(shipment["destination"])
    paid = all("paid" in order["tags"] for order in _orders(site, shipment))
    if shipment["logistic"]["mode"] != "me1":
        destination["receiver_phone"] = _HIDDEN
    if not paid:
        shown = ("street_name", "street_number", "address_line", "zip_code", "comment")
        address = destination["shipping_address"] | dict.fromkeys(shown, _HIDDEN)
        destination |= {"receiver_name": _HIDDEN, "shipping_address": address}
    return view | {"destination": destination}


def _documents(id_: int, kind: str, value: str, registration: str | None) -> dict[str, Any]:
    further = [{"id": "IE", "value": registration}] if registration else []
    return {"id": id_, "document": {"id": kind, "value": value}, "additional_documents": further}
