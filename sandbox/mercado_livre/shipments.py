"""The life of a shipment: it appears after its orders, waits for payment, for the NF-e, for the label; then it
is the carrier's.

Sources: gerenciamento-de-envios (updated 2026-08-07), mercado-envios-2 (buffering, labels), importar-nota-fiscal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sandbox.mercado_livre import purchases, statuses
from sandbox.mercado_livre.notifications import announce
from sandbox.mercado_livre.site import SITE_ID, Document, Site, moment, stamp
from sandbox.world import World

READY_DELAY_S: Final = 3.0  # from payment to `ready_to_ship`; a guess
PROCESSING_S: Final = 5.0  # from the NF-e to `ready_to_print` (SEFAZ, CT-e); a guess
INVOICED_TYPES: Final = ("drop_off", "xd_drop_off", "cross_docking", "xd_same_day")
_NO_SIBLING: Final = {"reason": None, "sibling_id": None, "description": None, "source": None}
_GONE: Final = ("picked_up", "dropped_off", "in_hub", "authorized_by_carrier", "in_packing_list")


def appears(world: World, args: Mapping[str, Any]) -> None:
    """The shipment of a purchase comes into being, unless everything was cancelled meanwhile."""
    site = Site(world)
    purchase = site.need("purchase", args["purchase"])
    orders = purchases.live_orders(site, purchase)
    if not orders or purchase["shipment"] is not None or purchase["mode"] == "not_specified":
        return
    shipment = _shipment(site, purchase, orders)
    site.put("purchase", purchase["id"], purchase | {"shipment": shipment["id"]})
    for order in orders:
        order["shipping"] = {"id": shipment["id"]}
        site.put("order", order["id"], order)
        announce(site, order["seller"]["id"], "orders_v2", f"/orders/{order['id']}")
    _save(site, shipment)
    settle(site, purchase["id"])


def settle(site: Site, purchase_id: int) -> None:
    """Let the shipment follow its orders: cancelled with the last, on its way to be ready once all are paid."""
    purchase = site.get("purchase", purchase_id)
    if purchase is None or purchase["shipment"] is None:
        return
    shipment = site.need("shipment", purchase["shipment"])
    orders = purchases.live_orders(site, purchase)
    if not orders:
        if not gone(shipment):
            move(site, shipment, "cancelled", "closed_by_user")
    elif shipment["substatus"] == "waiting_for_payment" and all(one["status"] == "paid" for one in orders):
        site.later(READY_DELAY_S, "shipment_ready", {"shipment": shipment["id"]})


def ready(world: World, args: Mapping[str, Any]) -> None:
    """All is paid: the shipment becomes the seller's to prepare, now or after its buffer."""
    site = Site(world)
    shipment = site.need("shipment", args["shipment"])
    purchase = site.need("purchase", shipment["_"]["purchase"])
    paid = all(one["status"] == "paid" for one in purchases.live_orders(site, purchase))
    if shipment["substatus"] != "waiting_for_payment" or not paid:
        return
    buffer = timedelta(seconds=float(purchase["buffer_s"]))
    if buffer:
        shipment["lead_time"]["buffering"] = {"date": stamp(site.now + buffer)}
        move(site, shipment, "pending", "buffered")
        site.later(buffer.total_seconds(), "buffer_ends", {"shipment": shipment["id"]})
    else:
        hand_over(site, shipment)


def buffer_ends(world: World, args: Mapping[str, Any]) -> None:
    """The day has come on which a buffered shipment may be prepared."""
    site = Site(world)
    shipment = site.need("shipment", args["shipment"])
    if shipment["substatus"] == "buffered":
        hand_over(site, shipment)


def hand_over(site: Site, shipment: Document) -> None:
    """`ready_to_ship`, with what the logistics asks for next."""
    kind = shipment["logistic"]["type"]
    mode = shipment["logistic"]["mode"]
    substatus = {"self_service": "ready_to_print", "fulfillment": "in_warehouse"}.get(kind, "invoice_pending")
    move(site, shipment, "ready_to_ship", substatus if mode == "me2" else None)
    if kind == "fulfillment":
        site.later(PROCESSING_S, "invoice_issued", {"shipment": shipment["id"]})


def processed(world: World, args: Mapping[str, Any]) -> None:
    """The NF-e has been processed: the label can be printed."""
    site = Site(world)
    shipment = site.need("shipment", args["shipment"])
    invoice = site.need("invoice", shipment["id"])
    site.put("invoice", shipment["id"], invoice | {"status": "approved", "last_updated": stamp(site.now)})
    if shipment["substatus"] == "invoice_pending":
        number = shipment["id"] % 10**9
        shipment |= {"tracking_number": f"MEL{number:09d}FMXDF01", "tracking_method": "MEL Distribution"}
        move(site, shipment, "ready_to_ship", "ready_to_print")


def move(site: Site, shipment: Document, status: str, substatus: str | None) -> None:
    """Go to a status that the vendor lists (ValueError otherwise), remember it and tell."""
    if not statuses.known(status, substatus):
        raise ValueError(f"{status}/{substatus} is no status of a shipment")
    shipment |= {"status": status, "substatus": substatus}
    shipment["_"]["history"].insert(0, {"status": status, "substatus": substatus, "date": stamp(site.now)})
    _save(site, shipment)


def gone(shipment: Document) -> bool:
    """Whether the goods have left the seller (then nothing is cancelled any more)."""
    if shipment["status"] in ("shipped", "delivered", "not_delivered"):
        return True
    return shipment["status"] == "ready_to_ship" and shipment["substatus"] in _GONE


def expected_date(shipment: Document) -> str:
    """The end of the day after the shipment was created, Brasília time."""
    day = moment(shipment["date_created"]).date() + timedelta(days=1)
    return f"{day.isoformat()}T23:59:59-03:00"


def _save(site: Site, shipment: Document) -> None:
    shipment["last_updated"] = stamp(site.now)
    site.put("shipment", shipment["id"], shipment)
    announce(site, shipment["_"]["seller"], "shipments", f"/shipments/{shipment['id']}")


def _shipment(site: Site, purchase: Mapping[str, Any], orders: list[Document]) -> Document:
    now = stamp(site.now)
    return {
        "id": site.number("shipment", 44012345678),
        "status": "pending",
        "substatus": "waiting_for_payment",
        "date_created": now,
        "last_updated": now,
        "declared_value": sum(order["total_amount"] for order in orders),
        "dimensions": {"height": 10, "width": 20, "length": 30, "weight": 500},
        "logistic": {"mode": purchase["mode"], "type": purchase["type"], "direction": "forward"},
        "source": {"site_id": SITE_ID, "market_place": "MELI", "customer_id": None, "application_id": None},
        "tracking_number": None,
        "tracking_method": None,
        **_ends(site, purchase),
        "lead_time": _lead_time(site, purchase),
        "items_types": ["new"],
        "tags": [],
        "sibling": purchase.get("sibling") or _NO_SIBLING,
        "snapshot_packing": None,
        "quotation": None,
        "_": {
            "purchase": purchase["id"],
            "seller": purchase["seller"],
            "history": [{"status": "pending", "substatus": "waiting_for_payment", "date": now}],
        },
    }


def _ends(site: Site, purchase: Mapping[str, Any]) -> Document:
    seller, buyer = site.need("user", purchase["seller"]), site.need("buyer", purchase["buyer"])
    origin = {"node": None, "type": "selling_address", "sender_id": seller["id"]}
    destination = {
        "type": "buying_address",
        "receiver_id": buyer["id"],
        "receiver_name": f"{buyer['first_name']} {buyer['last_name']}".strip(),
        "receiver_phone": buyer["phone"],
        "comments": None,
        "shipping_address": buyer["address"],
    }
    return {"origin": origin | {"shipping_address": seller["_"]["address"]}, "destination": destination}


def _lead_time(site: Site, purchase: Mapping[str, Any]) -> Document:
    arrives = site.now + timedelta(days=4)
    return {
        "option_id": 3033979541,
        "shipping_method": {"id": 100009, "name": "Normal", "type": "standard", "deliver_to": "address"},
        "currency_id": "BRL",
        "cost": purchase["freight"],
        "list_cost": purchase["freight"],
        "cost_type": "charged" if purchase["freight"] else "free",
        "service_id": 831,
        "delivery_type": "estimated",
        "estimated_schedule_limit": {"date": None},
        "buffering": {"date": None},
        "estimated_delivery_time": {
            "type": "known",
            "date": stamp(arrives),
            "unit": "hour",
            "shipping": 72,
            "handling": 24,
            "offset": {"date": None, "shipping": None},
            "time_frame": {"from": None, "to": None},
            "pay_before": stamp(site.now + timedelta(days=1)),
            "schedule": None,
        },
        "estimated_delivery_limit": {"date": stamp(arrives + timedelta(days=10))},
        "estimated_delivery_final": {"date": stamp(arrives + timedelta(days=20))},
        "estimated_delivery_extended": {"date": stamp(arrives + timedelta(days=3))},
    }
