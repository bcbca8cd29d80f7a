"""Orders, packs and billing data as the seller's applications read them.

Sources: gerenciamento-de-vendas (updated 2026-08-07), gestao-packs, faturamento (updated 2026-06-16).
"""

from __future__ import annotations

from typing import Final

from sandbox.mercado_livre import purchases
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.partial import partly
from sandbox.mercado_livre.site import SITE_ID, Document, Site, public
from sandbox.operation import Answer, Call

PAGE: Final = "gerenciamento-de-vendas"


def read(call: Call) -> Answer:
    """GET /orders/{order}."""
    return partly(call, shown(Site(call.world), owned(call)))


def pack(call: Call) -> Answer:
    """GET /packs/{pack}; the id of a single order without a pack works too."""
    site, id_ = Site(call.world), call.params["pack"]
    purchase = site.get("purchase", id_)
    if purchase is None:
        raise refuse(404, "not_found", "Order do not exists", "gestao-packs")
    if str(purchase["seller"]) != call.account:
        raise refuse(403, "forbidden", "The user has not access to the order", "gestao-packs")
    live = purchases.live_orders(site, purchase)
    return Answer(
        {
            "id": purchase["id"],
            "status": "released" if live else "cancelled",
            "status_detail": None,
            "orders": [{"id": order} for order in purchase["orders"]],
            "shipment": {"id": purchase["shipment"]} if purchase["shipment"] else None,
            "buyer": {"id": purchase["buyer"]},
            "date_created": purchase["date_created"],
            "last_updated": max(site.need("order", id_)["last_updated"] for id_ in purchase["orders"]),
        }
    )


def billing(call: Call) -> Answer:
    """GET /orders/billing-info/MLB/{billing}: the buyer's tax data."""
    site = Site(call.world)
    known = site.get("billing", call.params["billing"])
    if call.params["site"] != SITE_ID or known is None or str(known["seller"]) != call.account:
        raise refuse(404, "not_found", "billing info not found", "faturamento")
    buyer = site.need("buyer", known["buyer"])
    info = {"buyer": {"cust_id": buyer["id"], "billing_info": _billing_info(buyer)}}
    return Answer({"site_id": SITE_ID} | info | {"seller": {"cust_id": known["seller"]}})


def owned(call: Call) -> Document:
    """The order of the path, which must be a number, be there, and be the caller's."""
    id_ = call.params["order"]
    if not id_.isdigit():
        raise refuse(400, "invalid_order_id", "Invalid order id", PAGE)
    order = Site(call.world).get("order", id_)
    if order is None:
        raise refuse(404, "order_not_found", "Order do not exists", PAGE)
    if str(order["seller"]["id"]) != call.account:
        raise refuse(403, "not_owned_order", "The user has not access to the order", PAGE)
    return order


def shown(site: Site, order: Document) -> Document:
    """The order as the seller sees it: who the buyer is shows only once it is paid."""
    view = public(order)
    if "paid" in order["tags"]:
        buyer = site.need("buyer", order["buyer"]["id"])
        names = {"first_name": buyer["first_name"], "last_name": buyer["last_name"]}
        view["buyer"] = order["buyer"] | names | {"billing_info": {"id": order["_"]["billing"]}}
    return view


def _billing_info(buyer: Document) -> Document:
    address = buyer["address"]
    company = buyer["document"]["type"] == "CNPJ"
    names = {"name": buyer["first_name"]} if company else {
        "name": buyer["first_name"],
        "last_name": buyer["last_name"],
    }  # fmt: skip
    taxes = {
        "taxes": {
            "inscriptions": {"state_registration": buyer["ie"]},
            "taxpayer_type": {"description": "Contribuinte" if buyer["ie"] else "Não Contribuinte"},
        }
    }
    return {
        **names,
        "identification": buyer["document"],
        **(taxes if company else {}),
        "address": {
            "street_name": address["street_name"],
            "street_number": address["street_number"],
            "city_name": address["city"]["name"],
            "comment": address["comment"],
            "neighborhood": address["neighborhood"]["name"],
            "state": {"name": address["state"]["name"]},
            "zip_code": address["zip_code"],
            "country_id": "BR",
        },
        "attributes": {"is_normalized": True, "cust_type": "BU" if company else "CO"},
    }
