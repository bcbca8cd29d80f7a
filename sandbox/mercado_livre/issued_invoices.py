"""The NF-e that Mercado Livre issues itself, for Full ("Faturador"): to be fetched, never to be sent.

Source: obtendo-nota-fiscal (updated 2026-08-18).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sandbox.mercado_livre import purchases, users
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.notifications import announce
from sandbox.mercado_livre.site import Document, Site, public, utc_stamp
from sandbox.nfe import Nfe, NfeLine, build_nfe
from sandbox.operation import Answer, Call
from sandbox.world import World

_PAGE: Final = "obtendo-nota-fiscal"
_SERIES: Final = 813


def issue(world: World, args: Mapping[str, Any]) -> None:
    """A Full order is invoiced by the platform; the topic `invoices` tells."""
    site = Site(world)
    shipment = site.need("shipment", args["shipment"])
    purchase = site.need("purchase", shipment["_"]["purchase"])
    orders = purchases.live_orders(site, purchase)
    if not orders:
        return
    number = site.number("issued_invoice", 1377978)
    nfe = _nfe(site, shipment, orders, number)
    site.put("issued_invoice", number, _invoice(site, shipment, number, nfe, purchases.value(site, purchase)))
    for order in orders:
        site.put("issued_invoice_of", f"orders/{order['id']}", {"id": number})
    site.put("issued_invoice_of", f"shipments/{shipment['id']}", {"id": number})
    announce(site, shipment["_"]["seller"], "invoices", f"/users/{shipment['_']['seller']}/invoices/{number}")


def read(call: Call) -> Answer:
    """GET /users/{user}/invoices/{invoice}."""
    return Answer(public(_owned(call, call.params["invoice"])))


def by_order(call: Call) -> Answer:
    """GET /users/{user}/invoices/orders/{order}."""
    return _by(call, f"orders/{call.params['order']}")


def by_shipment(call: Call) -> Answer:
    """GET /users/{user}/invoices/shipments/{shipment}."""
    return _by(call, f"shipments/{call.params['shipment']}")


def xml(call: Call) -> Answer:
    """GET /users/{user}/invoices/documents/xml/{invoice}/authorized: the signed bytes."""
    text: str = _owned(call, call.params["invoice"])["_"]["xml"]
    return Answer(text.encode(), media_type="application/xml")


def _by(call: Call, what: str) -> Answer:
    known = Site(call.world).get("issued_invoice_of", what) or {"id": ""}
    return Answer(public(_owned(call, known["id"])))


def _owned(call: Call, id_: str) -> Document:
    users.own(call, call.params["user"])
    invoice = Site(call.world).get("issued_invoice", id_)
    if invoice is None or invoice["_"]["seller"] != int(call.account):
        raise refuse(404, "not_found", "Invoice not found", _PAGE)
    return invoice


def _nfe(site: Site, shipment: Document, orders: list[Document], number: int) -> Nfe:
    seller, buyer = (
        site.need("user", shipment["_"]["seller"]),
        site.need("buyer", shipment["destination"]["receiver_id"]),
    )
    lines = [_line(order["order_items"][0]) for order in orders]
    company = seller["_"]["company"]
    return build_nfe(
        issuer_cnpj=company["cnpj"],
        uf=company["uf"],
        number=number,
        series=_SERIES,
        issued_at=site.now,
        lines=lines,
        total=sum((line.quantity * line.unit_price for line in lines), Decimal(0)),
        buyer_document=buyer["document"]["number"],
        buyer_ie=buyer["ie"] or "",
        buyer_zip=buyer["address"]["zip_code"],
        buyer_name=f"{buyer['first_name']} {buyer['last_name']}".strip(),
    )


def _line(line: Document) -> NfeLine:
    sku = line["item"]["seller_sku"] or line["item"]["id"]
    return NfeLine(sku, line["item"]["title"], Decimal(line["quantity"]), Decimal(line["unit_price"]))


def _invoice(site: Site, shipment: Document, number: int, nfe: Nfe, amount: Decimal) -> Document:
    seller = shipment["_"]["seller"]
    return {
        "id": str(number),
        "status": "authorized",
        "transaction_status": "authorized",
        "shipment": {"id": str(shipment["id"]), "mode": "me2", "logistic_type": shipment["logistic"]["type"]},
        "issued_date": utc_stamp(site.now),
        "invoice_series": str(_SERIES),
        "invoice_number": number,
        "attributes": {
            "invoice_key": nfe.key,
            "xml_version": "4.00",
            "status_code": 100,
            "status_description": "Autorizado o uso da NF-e",
            "environment_type": "production",
            "xml_location": f"/users/{seller}/invoices/documents/xml/{number}/authorized",
            "danfe_location": f"/users/{seller}/invoices/sites/MLB/documents/danfe/{number}",
        },
        "fiscal_data": {"transaction_type": "sale", "customer_type": "b2c"},
        "amount": amount,
        "items_amount": amount,
        "errors": [],
        "site_id": "mlb",
        "_": {"seller": seller, "xml": nfe.xml.decode()},
    }
