"""The NF-e of a shipment: sent as raw XML, it unlocks the label.

Source: importar-nota-fiscal (updated 2026-08-03).
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from sandbox.mercado_livre import invoice_rules, shipments, users
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.invoice_rules import PAGE, deny
from sandbox.mercado_livre.site import SITE_ID, Document, Site, public, stamp
from sandbox.nfe import NfeFacts
from sandbox.operation import Answer, Call

_WAITING: Final = ("ready_to_ship", "invoice_pending")


def create(call: Call) -> Answer:
    """POST /shipments/{shipment}/invoice_data/?siteId=MLB."""
    site, shipment = Site(call.world), _shipment(call)
    _check_form(call)
    _check_seller(site, shipment)
    _check_state(site, shipment)
    facts = invoice_rules.accepted(call.body, invoice_rules.sale(site, shipment))
    _claim_key(site, facts.key, shipment)
    number = site.number("invoice", 429348053940001)
    invoice = _invoice(site, shipment, facts, number, call.body)
    site.put("invoice", shipment["id"], invoice)
    site.put("invoice_number", number, {"shipment": shipment["id"]})
    site.later(shipments.PROCESSING_S, "invoice_processed", {"shipment": shipment["id"]})
    return Answer(public(invoice))


def read(call: Call) -> Answer:
    """GET /shipments/{shipment}/invoice_data?siteId=MLB."""
    site, shipment = Site(call.world), _shipment(call)
    _check_site(call)
    invoice = site.get("invoice", shipment["id"])
    if invoice is None:
        raise deny("invoice_not_found", f"Invoice not found for shipment {shipment['id']}", 404)
    return Answer(public(invoice))


def change(call: Call) -> Answer:
    """PUT /shipment_invoice/{invoice}/?siteId=MLB: "uma vez impressa a etiqueta, não será possível alterar"."""
    site = Site(call.world)
    known = site.get("invoice_number", call.params["invoice"])
    if known is None:
        raise deny("invoice_not_found", f"Invoice {call.params['invoice']} not found", 404)
    shipment = site.need("shipment", known["shipment"])
    users.own(call, str(shipment["_"]["seller"]))
    _check_form(call)
    if shipment["status"] != "ready_to_ship" or shipment["substatus"] not in ("invoice_pending", "ready_to_print"):
        raise deny("invalid_shipment", "Shipment status is wrong")
    old = site.need("invoice", shipment["id"])
    facts = invoice_rules.accepted(call.body, invoice_rules.sale(site, shipment))
    if facts.key != old["fiscal_key"]:
        _claim_key(site, facts.key, shipment)
    invoice = _invoice(site, shipment, facts, old["id"], call.body) | {"status": old["status"]}
    site.put("invoice", shipment["id"], invoice)
    return Answer(public(invoice))


def _shipment(call: Call) -> Document:
    shipment = Site(call.world).get("shipment", call.params["shipment"])
    if shipment is None:
        raise deny("shipment_not_found", f"Not found shipment with id {call.params['shipment']}", 404)
    if str(shipment["_"]["seller"]) != call.account:
        message = f"You are not allowed to perform this operation on the resource Shipment {shipment['id']}"
        raise deny("invalid_user", message, 403)
    if call.query.get("caller.id", call.account) != call.account:
        raise deny("invalid_caller_id", "Invalid caller id")
    return shipment


def _check_form(call: Call) -> None:
    _check_site(call)
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/xml":
        message = f"unsupported type {kind.rpartition('/')[2].upper() or 'absent'}"
        raise refuse(415, "unsupported_media_type", message, PAGE)


def _check_site(call: Call) -> None:
    site_id = call.query.get("siteId")
    if site_id is None:
        raise deny("invalid_site_id", "siteId is a required parameter")
    if site_id != SITE_ID:
        raise deny("invalid_operation_for_site_id", f"Invalid operation for site id: {site_id}")


def _check_seller(site: Site, shipment: Document) -> None:
    if shipment["logistic"]["type"] == "fulfillment":
        raise deny("nf_already_generated", "A NF-e dessa venda já foi gerada pelo Faturador.")
    if not users.user(site, shipment["_"]["seller"])["_"]["company"]["imports_invoices"]:
        raise deny("seller_not_allowed_to_import_nfe", f"Seller not allowed to import nfe {shipment['_']['seller']}")


def _check_state(site: Site, shipment: Document) -> None:
    known = site.get("invoice", shipment["id"])
    if known is not None and known["status"] == "pending":
        message = f"We're already processing a request for shipment_id:{shipment['id']}."
        raise deny("shipment_already_being_processed", message)
    if known is not None:
        raise deny("shipment_invoice_already_saved", "shipment invoice already saved")
    imports = shipment["logistic"]["type"] in shipments.INVOICED_TYPES
    if not imports or (shipment["status"], shipment["substatus"]) != _WAITING:
        raise deny("invalid_shipment", "Shipment status is wrong")


def _claim_key(site: Site, key: str, shipment: Document) -> None:
    if site.get("fiscal_key", key) is not None:
        raise deny("duplicated_fiscal_key", "fiscal key has already been used")
    site.put("fiscal_key", key, {"shipment": shipment["id"]})


def _invoice(site: Site, shipment: Document, facts: NfeFacts, number: int, xml: bytes) -> dict[str, Any]:
    now = stamp(site.now)
    return {
        "id": number,
        "sender_id": shipment["_"]["seller"],
        "shipment_id": shipment["id"],
        "fiscal_key": facts.key,
        "weight": 0,
        "item_title": facts.lines[0].name,
        "invoice_serie": str(facts.series),
        "invoice_number": f"{facts.number:05d}",
        "invoice_amount": facts.total,
        "status": "pending",
        "invoice_date": stamp(facts.issued_at),
        "date_created": now,
        "last_updated": now,
        "_": {"sha256": hashlib.sha256(xml).hexdigest()},
    }
