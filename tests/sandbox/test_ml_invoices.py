"""Mercado Livre: the NF-e of a shipment, with each code of the vendor's table that a sale can bring about."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from ml_seller import Seller, refused

LISTED = frozenset(
    {
        "shipment_invoice_already_saved", "duplicated_fiscal_key", "invalid_nfe_cstat", "wrong_invoice_date",
        "wrong_sender_zipcode", "wrong_receiver_zipcode", "wrong_receiver_cnpj", "wrong_receiver_cpf",
        "wrong_receiver_state_tax", "invalid_user", "seller_not_allowed_to_import_nfe",
        "shipment_invoice_should_contain_company_state_tax_id", "invalid_state_tax_id",
        "invalid_operation_for_site_id", "error_parse_invoice_data", "invalid_parameter", "invalid_caller_id",
        "sender_ie_not_found", "invalid_sender_ie_for_state", "invalid_sender_ie", "invalid_sender_cnpj",
        "different_state_nfe_shipment_origin", "nfe_order_value_divergence", "wrong_invoice_type",
        "unexpected_error_post_biller", "shipment_already_being_processed", "batch_nfe_not_supported",
        "nfe_layout_not_supported",
    }
)  # fmt: skip
PERSON, COMPANY = 2212631001, 2212631004
seen: set[str] = set()


def denied(answer: Any, code: str, status: int = 400) -> None:
    seen.add(code)
    refused(answer, status, code)


@pytest.fixture
def sold(ml: Seller) -> dict[str, Any]:
    ml.publish(available_quantity=9)
    return ml.buy("0007-BR-P", quantity=2, freight="12.50")


def shipment_of(ml: Seller, bought: dict[str, Any]) -> int:
    return int(ml.shipment(bought)["id"])


def test_an_invoice_unlocks_the_label_after_processing(ml: Seller, sold: dict[str, Any]) -> None:
    id_, nfe = shipment_of(ml, sold), ml.nfe(sold)
    assert ml.call("GET", f"/shipments/{id_}/invoice_data?siteId=MLB").status_code == 404
    told = ml.send(id_, nfe.xml).json()
    assert (told["fiscal_key"], told["status"], told["shipment_id"]) == (nfe.key, "pending", id_)
    denied(ml.send(id_, nfe.xml), "shipment_already_being_processed")
    assert ml.shipment(sold)["substatus"] == "invoice_pending"
    ml.later(6)
    assert ml.shipment(sold)["substatus"] == "ready_to_print"
    kept = ml.get(f"/shipments/{id_}/invoice_data?siteId=MLB")
    assert (kept["status"], kept["fiscal_key"], str(kept["invoice_amount"])) == ("approved", nfe.key, "159.8")
    assert (kept["invoice_serie"], kept["id"]) == ("1", told["id"])
    denied(ml.send(id_, nfe.xml), "shipment_invoice_already_saved")


def test_freight_may_be_on_the_invoice(ml: Seller, sold: dict[str, Any]) -> None:
    nfe = ml.nfe(sold, total=Decimal("172.30"), freight=Decimal("12.50"))
    assert ml.send(shipment_of(ml, sold), nfe.xml).status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"total": Decimal("159.81")}, "nfe_order_value_divergence"),
        ({"issuer_cnpj": "11444777000161"}, "invalid_sender_cnpj"),
        ({"issuer_ie": "110042490115"}, "invalid_sender_ie"),
        ({"uf": "RJ"}, "different_state_nfe_shipment_origin"),
        ({"issuer_zip": "01310000"}, "wrong_sender_zipcode"),
        ({"buyer_document": "11144477735"}, "wrong_receiver_cpf"),
        ({"buyer_zip": "20040002"}, "wrong_receiver_zipcode"),
        ({"buyer_ie": "123456789"}, "wrong_receiver_state_tax"),
        ({"buyer_ie": "ISENTO"}, "invalid_state_tax_id"),
        ({"status": "110"}, "invalid_nfe_cstat"),
        ({"environment": "2"}, "invalid_nfe_cstat"),
        ({"model": "65"}, "nfe_layout_not_supported"),
        ({"services": True}, "wrong_invoice_type"),
    ],
)
def test_what_the_invoice_must_say(ml: Seller, sold: dict[str, Any], changes: dict[str, Any], code: str) -> None:
    id_ = shipment_of(ml, sold)
    denied(ml.send(id_, ml.nfe(sold, **changes).xml), code)
    assert ml.shipment(sold)["substatus"] == "invoice_pending"
    assert ml.send(id_, ml.nfe(sold).xml).status_code == 200


def test_the_date_lies_between_the_sale_and_now(ml: Seller, sold: dict[str, Any]) -> None:
    id_ = shipment_of(ml, sold)
    for moment in (ml.now() - timedelta(hours=1), ml.now() + timedelta(hours=1)):
        denied(ml.send(id_, ml.nfe(sold, issued_at=moment).xml), "wrong_invoice_date")


def test_a_company_buys_with_its_registration(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P", buyer=COMPANY)
    id_, right = shipment_of(ml, bought), {"buyer_document": "45997418000153", "buyer_zip": "40130000"}
    denied(ml.send(id_, ml.nfe(bought, buyer_document="11222333000181").xml), "wrong_receiver_cnpj")
    missing = ml.send(id_, ml.nfe(bought, **right).xml)
    denied(missing, "shipment_invoice_should_contain_company_state_tax_id")
    assert ml.send(id_, ml.nfe(bought, **right, buyer_ie="063250303").xml).status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"registered": False}, "sender_ie_not_found"),
        ({"ie_state": "RJ"}, "invalid_sender_ie_for_state"),
        ({"imports_invoices": False}, "seller_not_allowed_to_import_nfe"),
    ],
)
def test_what_is_registered_of_the_seller(ml: Seller, sold: dict[str, Any], change: dict[str, Any], code: str) -> None:
    ml.act("set_company", **change)
    denied(ml.send(shipment_of(ml, sold), ml.nfe(sold).xml), code)


def test_the_form_of_the_request(ml: Seller, legacy: Seller, sold: dict[str, Any]) -> None:
    id_, xml = shipment_of(ml, sold), ml.nfe(sold).xml
    refused(ml.send(id_, xml, **{"content-type": "application/json"}), 415, "unsupported_media_type")
    refused(ml.send(id_, xml, **{"content-type": "multipart/form-data"}), 415, "unsupported_media_type")
    refused(ml.send(id_, xml, query=""), 400, "invalid_site_id")
    denied(ml.send(id_, xml, query="?siteId=MLA"), "invalid_operation_for_site_id")
    denied(ml.send(id_, xml, query="?siteId=MLB&caller.id=9"), "invalid_caller_id")
    denied(legacy.send(id_, xml), "invalid_user", 403)
    refused(ml.send(1, xml), 404, "shipment_not_found")
    without_slash = ml.call("POST", f"/shipments/{id_}/invoice_data?siteId=MLB", content=xml,
                            headers={"content-type": "application/xml; charset=utf-8"})  # fmt: skip
    assert without_slash.status_code == 200


def test_the_bytes_are_the_invoice(ml: Seller, sold: dict[str, Any]) -> None:
    id_, xml = shipment_of(ml, sold), ml.nfe(sold).xml
    written_anew = ElementTree.tostring(ElementTree.fromstring(xml))
    denied(ml.send(id_, written_anew), "unexpected_error_post_biller")
    denied(ml.send(id_, xml.replace(b"<det ", b"\n  <det ")), "unexpected_error_post_biller")
    refused(ml.send(id_, xml[:-20]), 400, "malformed_XML")
    denied(ml.send(id_, b'{"key": "35"}'), "error_parse_invoice_data")
    denied(ml.send(id_, b"<enviNFe xmlns='x'/>"), "batch_nfe_not_supported")
    denied(ml.send(id_, b"<NFe/>"), "nfe_layout_not_supported")
    key = ml.nfe(sold).key.encode()
    denied(ml.send(id_, xml.replace(key, key[:43] + bytes([key[43] ^ 1]))), "invalid_parameter")


def test_a_key_belongs_to_one_shipment(ml: Seller, sold: dict[str, Any]) -> None:
    xml = ml.nfe(sold).xml
    ml.invoiced(sold)
    other = ml.buy("0007-BR-P", quantity=2, freight="12.50")
    same = ml.nfe(other, number=sold["orders"][0] % 10**9, issued_at=ml.now()).xml
    assert same != xml
    denied(ml.send(shipment_of(ml, other), same), "duplicated_fiscal_key")


def test_only_while_it_waits_for_the_invoice(ml: Seller, sold: dict[str, Any]) -> None:
    id_ = shipment_of(ml, sold)
    ml.act("set_status", shipment=id_, status="pending", substatus="under_review")
    refused(ml.send(id_, ml.nfe(sold).xml), 400, "invalid_shipment")


def test_an_invoice_is_replaced_until_the_label_is_printed(ml: Seller, sold: dict[str, Any]) -> None:
    id_ = ml.invoiced(sold)
    number = ml.get(f"/shipments/{id_}/invoice_data?siteId=MLB")["id"]
    path, xml = f"/shipment_invoice/{number}/?siteId=MLB", {"content-type": "application/xml"}
    better = ml.nfe(sold, number=999)
    changed = ml.call("PUT", path, content=better.xml, headers=xml)
    assert (changed.status_code, changed.json()["fiscal_key"], changed.json()["id"]) == (200, better.key, number)
    ml.label(id_)
    refused(ml.call("PUT", path, content=ml.nfe(sold, number=1000).xml, headers=xml), 400, "invalid_shipment")
    refused(ml.call("PUT", "/shipment_invoice/1/?siteId=MLB", headers=xml), 404, "invoice_not_found")


def test_a_pack_is_invoiced_whole(ml: Seller) -> None:
    ml.publish("P")
    ml.publish("M", family_name="Outra", price=50)
    bought = ml.buy("P", "M")
    nfe = ml.nfe(bought, total=Decimal("79.90"))
    denied(ml.send(shipment_of(ml, bought), nfe.xml), "nfe_order_value_divergence")
    assert ml.nfe(bought).xml.count(b"<det ") == 2
    assert ml.send(shipment_of(ml, bought), ml.nfe(bought).xml).status_code == 200


def test_every_listed_code_has_been_met() -> None:
    if len(seen) > 20:  # not when a single test is run
        assert seen == LISTED
