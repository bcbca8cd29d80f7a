"""A shipment split in two boxes: the old orders are `cancelled` as `pack_splitted`, which is no cancellation, and
new ones take their place.

Source: gerenciamento-de-envios ("Criar pacotes adicionais de envio"). Left out: splitting the units of one order.
"""

from __future__ import annotations

from typing import Any, Final

from sandbox.mercado_livre import checkout, items, orders, purchases, shipment_api, shipments
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.site import Document, Site, stamp
from sandbox.operation import Answer, Call

_PAGE: Final = "gerenciamento-de-envios"
_REASONS: Final = ("FRAGILE", "ANOTHER_WAREHOUSE", "IRREGULAR_SHAPE", "OTHER_MOTIVE", "DIMENSIONS_EXCEEDED")


def split(call: Call) -> Answer:
    """POST /shipments/{shipment}/split; the answer says nothing of what came of it."""
    site, shipment, body = Site(call.world), shipment_api.owned(call), items.json_object(call)
    purchase = site.need("purchase", shipment["_"]["purchase"])
    groups = _groups(site, purchase, shipment, body)
    for group in groups:
        _new_purchase(site, purchase, shipment, body["reason"], [site.need("order", id_) for id_ in group])
    for order in purchases.live_orders(site, purchase):
        _retire(site, order)
    shipments.move(site, shipment, "cancelled", "pack_splitted")
    return Answer({})


def _groups(site: Site, purchase: Document, shipment: Document, body: Document) -> list[list[int]]:
    kind = shipment["logistic"]["type"]
    if kind in ("fulfillment", "self_service") or shipments.gone(shipment) or body.get("reason") not in _REASONS:
        raise refuse(400, "bad_request", "The shipment cannot be split, or not for that reason", _PAGE)
    packs: Any = body.get("packs")
    if not isinstance(packs, list) or len(packs) != 2:
        raise refuse(400, "bad_request", "a shipment is split in two", _PAGE)
    told = [(one.get("id"), one.get("quantity")) for pack in packs for one in pack.get("orders", [])]
    live = purchases.live_orders(site, purchase)
    if sorted(told) != sorted((order["id"], order["order_items"][0]["quantity"]) for order in live):
        raise refuse(400, "bad_request", "every order must be there with all of its units", _PAGE)
    return [[one["id"] for one in pack["orders"]] for pack in packs]


def _new_purchase(site: Site, old: Document, shipment: Document, reason: str, moved: list[Document]) -> None:
    pack = site.number("pack", 2000007654321001)
    new = [_again(site, order, pack) for order in moved]
    sibling = {"reason": reason, "sibling_id": shipment["id"], "description": None, "source": "pack_split"}
    changed = {"id": pack, "pack": pack, "orders": [order["id"] for order in new], "shipment": None, "sibling": sibling}
    site.put("purchase", pack, old | changed | {"date_created": old["date_created"]})
    for order in new:
        orders.save(site, order)
    site.later(checkout.SHIPMENT_DELAY_S, "shipment_appears", {"purchase": pack})


def _again(site: Site, order: Document, pack: int) -> Document:
    number = site.number("order", 2000009876543210)
    paid = [one | {"order_id": number} for one in order["payments"]]
    tags = [*dict.fromkeys([*order["tags"], "pack_order"])]
    new = order | {"id": number, "pack_id": pack, "shipping": {"id": None}, "payments": paid, "tags": tags}
    return new | {"date_created": stamp(site.now), "_": order["_"] | {"purchase": pack}}


def _retire(site: Site, order: Document) -> None:
    detail = {"group": "shipment", "code": "pack_splitted", "description": "Pack splitted", "requested_by": "seller"}
    order |= {"status": "cancelled", "cancel_detail": detail | {"date": stamp(site.now)}}
    order["_"]["taken"] = False  # its units are the new order's
    orders.save(site, order)
