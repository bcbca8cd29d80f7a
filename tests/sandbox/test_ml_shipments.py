"""Mercado Livre: shipments from the purchase to the door, labels, what each logistics refuses."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from ml_seller import NEW, Seller, refused

from sandbox.nfe import read_nfe


def state(shipment: dict[str, Any]) -> tuple[str, str | None]:
    return shipment["status"], shipment["substatus"]


def test_the_shipment_appears_seconds_after_the_order(ml: Seller) -> None:
    ml.publish()
    bought = ml.act("buy", lines=[{"sku": "0007-BR-P"}])
    path = f"/orders/{bought['orders'][0]}/shipments"
    assert ml.order(bought)["shipping"] == {"id": None}
    assert ml.call("GET", path).status_code == 204
    ml.later(6)
    id_ = ml.order(bought)["shipping"]["id"]
    assert ml.get(path) == [{"id": id_, "type": "forward"}]
    assert 44_000_000_000 < id_ < 45_000_000_000
    assert state(ml.shipment(bought)) == ("pending", "waiting_for_payment")
    ml.later(4)
    assert state(ml.shipment(bought)) == ("ready_to_ship", "invoice_pending")


def test_the_whole_way_with_mercado_envios(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P")
    id_ = int(ml.shipment(bought)["id"])
    refused(ml.label(id_), 400, "not_printable_status")
    ml.invoiced(bought)
    assert state(ml.shipment(bought)) == ("ready_to_ship", "ready_to_print")
    assert ml.shipment(bought)["tracking_number"].startswith("MEL")
    assert "not ready_to_ship/printed" in ml.refused_act("carrier_pickup", shipment=id_)
    assert ml.label(id_).content.startswith(b"%PDF")
    assert state(ml.shipment(bought)) == ("ready_to_ship", "printed")
    assert ml.label(id_).status_code == 200
    assert ml.act("carrier_pickup", order=bought["orders"][0])["substatus"] == "picked_up"
    refused(ml.label(id_), 400, "not_printable_status")
    assert ml.act("ship", shipment=id_)["status"] == "shipped"
    assert ml.act("deliver", shipment=id_)["status"] == "delivered"
    history = ml.get(f"/shipments/{id_}/history", NEW)
    assert [(one["status"], one["substatus"]) for one in reversed(history)] == [
        ("pending", "waiting_for_payment"),
        ("ready_to_ship", "invoice_pending"),
        ("ready_to_ship", "ready_to_print"),
        ("ready_to_ship", "printed"),
        ("ready_to_ship", "picked_up"),
        ("shipped", None),
        ("delivered", None),
    ]


def test_nothing_is_cancelled_once_it_has_left(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P")
    id_, order = ml.invoiced(bought), bought["orders"][0]
    ml.label(id_)
    ml.act("carrier_pickup", shipment=id_)
    told = {"fulfilled": False, "rating": "neutral", "reason": "OUT_OF_STOCK", "message": "x"}
    refused(ml.call("POST", f"/orders/{order}/feedback", json=told), 400, "shipment_already_shipped")
    assert "has left" in ml.refused_act("buyer_cancel", order=order)
    assert ml.order(bought)["status"] == "paid"


def test_an_order_cancelled_after_the_invoice_stops_the_label(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P")
    id_ = ml.invoiced(bought)
    ml.act("buyer_cancel", order=bought["orders"][0])
    assert state(ml.shipment(bought)) == ("cancelled", "closed_by_user")
    refused(ml.label(id_), 400, "not_printable_status")


def test_a_buffered_shipment_waits_for_its_day(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P", buffer_s=3600)
    shipment = ml.shipment(bought)
    assert state(shipment) == ("pending", "buffered")
    assert shipment["lead_time"]["buffering"]["date"] is not None
    refused(ml.send(shipment["id"], ml.nfe(bought).xml), 400, "invalid_shipment")
    ml.later(3600)
    assert state(ml.shipment(bought)) == ("ready_to_ship", "invoice_pending")
    early = ml.buy("0007-BR-P", buffer_s=3600)
    ml.act("release_buffer", order=early["orders"][0])
    assert state(ml.shipment(early)) == ("ready_to_ship", "invoice_pending")


def test_it_is_ready_when_the_whole_pack_is_paid(ml: Seller) -> None:
    ml.publish("P")
    ml.publish("M", family_name="Outra")
    bought = ml.buy("P", "M", payment="none")
    ml.act("pay", order=bought["orders"][0])
    ml.later(4)
    assert state(ml.shipment(bought)) == ("pending", "waiting_for_payment")
    assert ml.shipment(bought)["destination"]["receiver_name"] == "XXXXXXX"
    ml.act("pay", order=bought["orders"][1])
    ml.later(4)
    assert state(ml.shipment(bought)) == ("ready_to_ship", "invoice_pending")


def test_what_else_is_known_of_a_shipment(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P", freight="12.50")
    path = f"/shipments/{ml.shipment(bought)['id']}"
    assert str(ml.get(f"{path}/costs", NEW)["receiver"]["cost"]) == "12.5"
    assert str(ml.get(f"{path}/payments", NEW)[0]["amount"]) == "12.5"
    assert str(ml.get(f"{path}/lead_time", NEW)["cost"]) == "12.5"
    assert ml.get(f"{path}/sla")["expected_date"].endswith("T23:59:59-03:00")
    assert ml.get(f"{path}/carrier", NEW) == {"name": None, "url": None}
    refused(ml.call("GET", f"{path}/delays", headers=NEW), 404, "not_found")
    documents = ml.get(f"{path}/billing_info")
    assert documents["receiver"]["document"] == {"id": "CPF", "value": "52998224725"}
    assert documents["senders"][0]["additional_documents"] == [{"id": "IE", "value": "110042490114"}]
    listed = ml.get(f"{path}/orders", {"x-new-domain": "true"})
    assert [one["order_id"] for one in listed] == [str(bought["orders"][0])]
    refused(ml.call("GET", f"{path}/orders"), 400, "bad_request")
    known = {one["id"]: one["substatuses"] for one in ml.get("/shipment_statuses")}
    assert {"id": "buffered", "name": "buffered"} in known["pending"]


@pytest.mark.parametrize("rest", ["", "/items", "/costs", "/payments", "/lead_time", "/history", "/carrier", "/delays"])
def test_the_new_format_is_compulsory(ml: Seller, rest: str) -> None:
    ml.publish()
    path = f"/shipments/{ml.shipment(ml.buy('0007-BR-P'))['id']}{rest}"
    refused(ml.call("GET", path), 400, "bad_request")


def test_whose_shipment_it_is(ml: Seller, legacy: Seller) -> None:
    ml.publish()
    id_ = int(ml.shipment(ml.buy("0007-BR-P"))["id"])
    refused(legacy.call("GET", f"/shipments/{id_}", headers=NEW), 403, "forbidden")
    refused(legacy.label(id_), 400, "invalid_shipment_caller")
    refused(ml.call("GET", "/shipments/1", headers=NEW), 404, "not_found")
    refused(ml.label(1), 404, "not_found")


def test_labels_come_as_pdf_or_zipped_zpl_and_fifty_at_most(ml: Seller) -> None:
    ml.publish()
    id_ = ml.invoiced(ml.buy("0007-BR-P"))
    packed = zipfile.ZipFile(io.BytesIO(ml.label(id_, "zpl2").content))
    assert str(id_) in packed.read("Etiqueta de envio.txt").decode()
    refused(ml.label(id_, "png"), 400, "bad_request")
    many = ",".join(["1"] * 51)
    refused(ml.call("GET", f"/shipment_labels?shipment_ids={many}"), 400, "shipment_ids")


def test_mercado_envios_takes_no_tracking_from_the_seller(ml: Seller) -> None:
    ml.publish()
    id_ = ml.invoiced(ml.buy("0007-BR-P"))
    told = {"status": "shipped", "substatus": None, "tracking_number": "X", "tracking_url": "https://x.example"}
    path = f"/shipments/{id_}"
    refused(ml.call("POST", f"/v2{path}/seller_notifications", json=told), 400, "invalid_shipment_mode")
    refused(ml.call("PUT", path, json=told), 400, "invalid_shipment_mode")


def test_me1_is_the_sellers_own(ml: Seller) -> None:
    ml.publish(shipping={"mode": "me1"})
    bought = ml.buy("0007-BR-P")
    shipment = ml.shipment(bought)
    assert (state(shipment), shipment["logistic"]["type"]) == (("ready_to_ship", None), "default")
    assert shipment["destination"]["receiver_phone"] == "11 955448822"
    refused(ml.label(shipment["id"]), 400, "invalid_shipment_mode")
    refused(ml.send(shipment["id"], ml.nfe(bought).xml), 400, "invalid_shipment")
    path = f"/v2/shipments/{shipment['id']}/seller_notifications"
    tracking = {"tracking_number": "AA123", "tracking_url": "https://carrier.example/AA123"}

    def tell(**told: Any) -> Any:
        return ml.call("POST", path, json=told)

    refused(ml.call("POST", path.removeprefix("/v2"), json={}), 404, "not_found")
    refused(tell(status="shipped", **tracking), 400, "bad_request")
    refused(tell(status="shipped", substatus="null", **tracking), 400, "bad_request")
    refused(tell(status="shipped", substatus=None, tracking_number="AA123"), 400, "bad_request")
    refused(tell(status="sent", substatus=None, **tracking), 400, "bad_request")
    assert tell(status="shipped", substatus=None, **tracking).status_code == 201
    assert ml.shipment(bought)["tracking_number"] == "AA123"
    refused(tell(status="ready_to_ship", substatus=None), 400, "invalid_status")
    assert tell(status="delivered", substatus=None).status_code == 201
    refused(tell(status="shipped", substatus=None), 400, "invalid_status")


def test_own_delivery_ends_by_feedback(ml: Seller) -> None:
    ml.publish(shipping={"mode": "custom"})
    bought = ml.buy("0007-BR-P")
    path = f"/shipments/{ml.shipment(bought)['id']}"
    assert ml.call("PUT", path, json={"status": "shipped", "tracking_number": "X1"}).status_code == 200
    told = {"fulfilled": True, "rating": "positive", "message": "Entregue"}
    assert ml.call("POST", f"/orders/{bought['orders'][0]}/feedback", json=told).status_code == 201
    assert state(ml.shipment(bought)) == ("delivered", "fulfilled_feedback")


def test_to_be_agreed_has_no_shipment(ml: Seller) -> None:
    ml.publish(shipping={"mode": "not_specified"})
    bought = ml.buy("0007-BR-P")
    assert ml.order(bought)["shipping"] == {"id": None}


def test_full_is_not_the_sellers_to_prepare(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P", type="fulfillment")
    shipment = ml.shipment(bought)
    assert state(shipment) == ("ready_to_ship", "in_warehouse")
    refused(ml.label(shipment["id"]), 400, "invalid_shipment_ff_public")
    refused(ml.send(shipment["id"], ml.nfe(bought).xml), 400, "nf_already_generated")
    refused(ml.call("GET", f"/shipments/{shipment['id']}/sla"), 404, "not_found")
    ml.later(6)
    told = ml.get(f"/users/123/invoices/orders/{bought['orders'][0]}")
    assert told == ml.get(f"/users/123/invoices/shipments/{shipment['id']}")
    assert told == ml.get(f"/users/123/invoices/{told['id']}")
    assert (told["status"], str(told["amount"])) == ("authorized", "79.9")
    xml = ml.call("GET", told["attributes"]["xml_location"])
    facts = read_nfe(xml.content)
    assert (facts.key, facts.buyer_document) == (told["attributes"]["invoice_key"], "52998224725")
    refused(ml.call("GET", "/users/123/invoices/1"), 404, "not_found")
    refused(ml.call("GET", "/users/123/invoices/orders/1"), 404, "not_found")
    refused(ml.call("GET", f"/users/456/invoices/{told['id']}"), 403, "forbidden")
    assert ml.act("ship", shipment=shipment["id"])["status"] == "shipped"


def test_a_split_pack_is_not_a_cancellation(ml: Seller) -> None:
    item = ml.publish("P")
    ml.publish("M", family_name="Outra")
    bought = ml.buy("P", "M")
    one, two = bought["orders"]
    path = f"/shipments/{ml.shipment(bought)['id']}/split"

    def packs(first: list[int], second: list[int]) -> dict[str, Any]:
        groups = [{"orders": [{"id": id_, "quantity": 1} for id_ in ids]} for ids in (first, second)]
        return {"reason": "FRAGILE", "packs": groups}

    refused(ml.call("POST", path, json=packs([one], [])), 400, "bad_request")
    refused(ml.call("POST", path, json=packs([one], [two]) | {"reason": "LATE"}), 400, "bad_request")
    assert ml.call("POST", path, json=packs([one], [two])).json() == {}
    old = ml.order(bought)
    assert (old["status"], old["cancel_detail"]["code"]) == ("cancelled", "pack_splitted")
    assert state(ml.shipment(bought)) == ("cancelled", "pack_splitted")
    assert ml.get(f"/packs/{bought['pack']}")["status"] == "cancelled"
    assert ml.get(f"/items/{item['id']}")["available_quantity"] == 4
    ml.later(6)
    ml.later(4)
    new = [{"orders": [two + 1]}, {"orders": [two + 2]}]
    assert [ml.order(each)["status"] for each in new] == ["paid", "paid"]
    assert ml.order(new[0])["pack_id"] != ml.order(new[1])["pack_id"]
    assert [ml.shipment(each)["sibling"]["reason"] for each in new] == ["FRAGILE", "FRAGILE"]
    assert [state(ml.shipment(each)) for each in new] == [("ready_to_ship", "invoice_pending")] * 2
    assert ml.send(ml.shipment(new[0])["id"], ml.nfe(new[0]).xml).status_code == 200


def test_drop_off_is_handed_in_and_flex_needs_no_import(ml: Seller) -> None:
    ml.publish(available_quantity=9)
    bought = ml.buy("0007-BR-P", type="drop_off")
    id_ = ml.invoiced(bought)
    ml.act("print_label", shipment=id_)
    assert ml.act("carrier_pickup", shipment=id_)["substatus"] == "dropped_off"
    flex = ml.buy("0007-BR-P", type="self_service")
    assert state(ml.shipment(flex)) == ("ready_to_ship", "ready_to_print")


def test_any_listed_status_can_be_set_and_no_other(ml: Seller) -> None:
    ml.publish()
    id_ = int(ml.shipment(ml.buy("0007-BR-P"))["id"])
    ml.act("set_status", shipment=id_, status="shipped", substatus="receiver_absent")
    assert "no status" in ml.refused_act("set_status", shipment=id_, status="shipped", substatus="printed")
    assert "no status" in ml.refused_act("set_status", shipment=id_, status="sent")
    ml.act("set_status", shipment=id_, status="shipped")
    back = ml.act("not_deliver", shipment=id_)
    assert (back["status"], back["substatus"]) == ("not_delivered", "returning_to_sender")
