"""What the seller may say of a shipment: everything with ME1, nothing with Mercado Envios 2 and Full.

Source: estados-de-ordenes-me1 (V2 of `seller_notifications`: `substatus` present, null when there is none;
`tracking_number` and `tracking_url` together; final states irreversible; V1 ends on 2026-10-31).
"""

from __future__ import annotations

from typing import Final

from sandbox.mercado_livre import items, shipment_api, shipments, statuses
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.site import Document, Site
from sandbox.operation import Answer, Call

_PAGE: Final = "estados-de-ordenes-me1"
_ORDER: Final = ("ready_to_ship", "shipped", "delivered")


def notify(call: Call) -> Answer:
    """POST /v2/shipments/{shipment}/seller_notifications."""
    shipment, body = _own_carrier(call), items.json_object(call)
    status = _checked(shipment, body)
    payload = body.get("payload") or body
    shipment |= {"tracking_number": payload.get("tracking_number") or shipment["tracking_number"]}
    shipments.move(Site(call.world), shipment, status, body["substatus"])
    return Answer({"status": status, "substatus": body["substatus"], "shipment_id": shipment["id"]}, 201)


def first_version(call: Call) -> Answer:
    """POST /shipments/{shipment}/seller_notifications: gone since 2026-10-31."""
    raise refuse(404, "not_found", "seller_notifications V1 is discontinued; use /v2", _PAGE)


def change(call: Call) -> Answer:
    """PUT /shipments/{shipment}: tracking of one's own carrier, without Mercado Envios."""
    shipment, body = _own_carrier(call), items.json_object(call)
    if shipment["logistic"]["mode"] == "me1":
        raise refuse(400, "bad_request", "ME1 is told by seller_notifications", _PAGE)
    shipment |= {"tracking_number": body.get("tracking_number") or shipment["tracking_number"]}
    status = str(body.get("status") or shipment["status"])
    if not statuses.known(status, None):
        raise refuse(400, "bad_request", f"{status} is no status", _PAGE)
    shipments.move(Site(call.world), shipment, status, None)
    return Answer({"id": shipment["id"], "status": status})


def _own_carrier(call: Call) -> Document:
    shipment = shipment_api.owned(call)
    if shipment["logistic"]["mode"] == "me2":
        message = f"shipment {shipment['id']} is me2: its tracking is Mercado Envios' own"
        raise refuse(400, "invalid_shipment_mode", message, "gerenciamento-de-envios")
    return shipment


def _checked(shipment: Document, body: Document) -> str:
    status, payload = body.get("status"), body.get("payload") or body
    if "substatus" not in body or body["substatus"] == "null":
        raise refuse(400, "bad_request", "substatus must be present, null when there is none", _PAGE)
    if not isinstance(status, str) or not statuses.known(status, body["substatus"]):
        raise refuse(400, "bad_request", f"{status}/{body['substatus']} is no status", _PAGE)
    if ("tracking_number" in payload) != ("tracking_url" in payload):
        raise refuse(400, "bad_request", "tracking_number and tracking_url go together", _PAGE)
    before = shipment["status"]
    final = before in ("delivered", "not_delivered", "cancelled")
    backward = status in _ORDER and before in _ORDER and _ORDER.index(status) < _ORDER.index(before)
    if final or backward or before == "pending":
        raise refuse(400, "invalid_status", f"the shipment is {before}: it cannot become {status}", _PAGE)
    return status
