"""What the NF-e of a shipment must say; each refusal is one of the vendor's error codes.

Source: importar-nota-fiscal (updated 2026-08-03), table of error codes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from sandbox.mercado_livre import purchases
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.site import Document, Site, moment
from sandbox.nfe import InvalidNfeError, NfeFacts, read_nfe

PAGE: Final = "importar-nota-fiscal"
_PARSING: Final = {
    "malformed": ("malformed_XML", "Malformed XML"),
    "batch": ("batch_nfe_not_supported", "NFe cannot have batch layout."),
    "layout": ("nfe_layout_not_supported", "NFe layout not supported."),
    "missing": ("unexpected_error_post_biller", "The file has invalid XML. Check the XML and try again."),
    "digest": ("unexpected_error_post_biller", "The file has invalid XML. Check the XML and try again."),
    "key": ("invalid_parameter", "Body cannot contain id"),
    "status": ("invalid_nfe_cstat", "Invalid NFe cStat"),
}
_REGISTRATION: Final = re.compile(r"\d{8,14}")
_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Sale:
    """The sale that an invoice is for. `items` and `freight` are BRL."""

    seller: Document
    buyer: Document
    sold: str
    now: str
    items: Decimal
    freight: Decimal


def sale(site: Site, shipment: Document) -> Sale:
    """The sale behind a shipment: its live orders, without the cancelled ones."""
    purchase = site.need("purchase", shipment["_"]["purchase"])
    return Sale(
        seller=site.need("user", purchase["seller"]),
        buyer=site.need("buyer", purchase["buyer"]),
        sold=purchase["date_created"],
        now=site.now.isoformat(),
        items=purchases.value(site, purchase),
        freight=Decimal(purchase["freight"]),
    )


def accepted(xml: bytes, sold: Sale) -> NfeFacts:
    """Read the NF-e and hold it to the sale; raises the Refusal of the first rule that it breaks."""
    if not xml.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise deny("error_parse_invoice_data", "The body is no XML")
    try:
        facts = read_nfe(xml)
    except InvalidNfeError as error:
        raise deny(*_PARSING[error.reason]) from None
    for rule in _RULES:
        rule(facts, sold)
    return facts


def deny(code: str, message: str, status: int = 400) -> Exception:
    """The refusal with one of the vendor's invoice codes."""
    return refuse(status, code, message, PAGE)


def _document(facts: NfeFacts, sold: Sale) -> None:
    if facts.model != "55":
        raise deny("nfe_layout_not_supported", "NFe layout not supported.")
    if facts.environment != "1":
        # "não serão aceitas Notas Fiscais geradas pelo ambiente de homologação"; which code, the page leaves open.
        raise deny("invalid_nfe_cstat", "Invalid NFe cStat")
    if facts.services:
        raise deny("wrong_invoice_type", "Invoices with ISSQN are not allowed.")


def _sender(facts: NfeFacts, sold: Sale) -> None:
    company = sold.seller["_"]["company"]
    if facts.issuer_cnpj != company["cnpj"]:
        message = (
            f"Issue an NF-e with the correct CNPJ because the one entered, {facts.issuer_cnpj}, "
            f"is different from what is on Mercado Livre: {company['cnpj']}."
        )
        raise deny("invalid_sender_cnpj", message)
    if not company["registered"]:
        raise deny("sender_ie_not_found", "Seller CNPJ not registered on SEFAZ as tax payer")
    if company["ie_state"] != company["uf"]:
        raise deny("invalid_sender_ie_for_state", "Invalid seller state registry for registered state")
    if facts.uf != company["uf"]:
        message = "Emit state from XML is different to shipment origin address state"
        raise deny("different_state_nfe_shipment_origin", message)
    if facts.issuer_ie != company["ie"]:
        message = (
            "Issue an NF-e with the correct State Registration (IE) because the information provided, "
            f"{facts.issuer_ie}, is different from the one on Mercado Livre: {company['ie']}."
        )
        raise deny("invalid_sender_ie", message)
    if facts.issuer_zip != sold.seller["_"]["address"]["zip_code"]:
        raise deny("wrong_sender_zipcode", "NFe sender zipcode must be the same as the sale zipcode.")


def _receiver(facts: NfeFacts, sold: Sale) -> None:
    kind, number = sold.buyer["document"]["type"], sold.buyer["document"]["number"]
    if facts.buyer_document != number:
        message = f"NFe receiver {kind} must be the same as the sale {kind}."
        raise deny(f"wrong_receiver_{kind.lower()}", message)
    if facts.buyer_zip != sold.buyer["address"]["zip_code"]:
        raise deny("wrong_receiver_zipcode", "NFe receiver zipcode must be the same as the sale zipcode.")
    registration = sold.buyer["ie"]
    if registration and facts.buyer_ie is None:
        message = "shipment invoice should contain company_state_tax_id"
        raise deny("shipment_invoice_should_contain_company_state_tax_id", message)
    if facts.buyer_ie is not None and not _REGISTRATION.fullmatch(facts.buyer_ie):
        raise deny("invalid_state_tax_id", "Invalid state tax id")
    if facts.buyer_ie != registration:
        message = "NFe receiver state tax must be the same as the sale state tax."
        raise deny("wrong_receiver_state_tax", message)


def _date(facts: NfeFacts, sold: Sale) -> None:
    earliest = moment(sold.sold).replace(microsecond=0)
    if not earliest <= facts.issued_at <= moment(sold.now) + _SKEW:
        raise deny("wrong_invoice_date", "NFe date must be greater than the sale date.")


def _value(facts: NfeFacts, sold: Sale) -> None:
    # "o valor total dos itens do pedido"; freight that the buyer pays may be on the invoice ("preço, descontos e
    # frete"), so both sums are taken.
    if facts.total not in (sold.items, sold.items + sold.freight):
        raise deny("nfe_order_value_divergence", "The NFe value does not equal the purchase value.")


_RULES: Final[tuple[Callable[[NfeFacts, Sale], None], ...]] = (_document, _sender, _receiver, _date, _value)
