"""The platform file of Mercado Livre: what a pack asks, the outcomes of documented answers, what hooks speak of."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from canned import Canned, answer, case, platform

from cais.errors import MissingSetting
from cais.http.steps import render
from cais.model import wire
from cais.model.order import Cancellation, Order
from cais.model.package import Invoice, Package, PackedItem, Shipping
from cais.model.price import Price
from cais.model.vocabulary import CancelledBy, CancelReason
from cais.rules.pages import Page

ML = platform("mercado_livre")
PARAMS = ML.params({"user": "123"})
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONTEXT = {"params": PARAMS, "run": {"now": NOW}, "window": {"from": NOW, "to": NOW}}
PACK = case("mercado_livre", "pack_paid.json")
FIRST, SECOND = PACK["rest"]
SHIPMENT = f"/shipments/{PACK['shipment']['id']}"
BILLING = "/orders/billing-info/MLB/677487519924852462"


def served(**changes: Any) -> dict[str, Any]:
    return {
        f"/orders/{FIRST['id']}": FIRST,
        f"/orders/{SECOND['id']}": SECOND,
        f"/packs/{PACK['pack']['id']}": PACK["pack"],
        SHIPMENT: PACK["shipment"],
        f"{SHIPMENT}/sla": PACK["sla"],
        BILLING: PACK["billing"],
        **changes,
    }


def order() -> Order:
    read: Order = ML.operations["get_order"].read({**CONTEXT, **PACK})
    return read


async def test_any_order_of_a_pack_and_the_pack_itself_read_as_the_pack() -> None:
    for known in (FIRST["id"], SECOND["id"], PACK["pack"]["id"]):
        outcome, read = await Canned(served()).call("get_order", {**CONTEXT, "id": str(known)}, ML)
        assert outcome.kind == "ok"
        assert read == order()


async def test_an_order_alone_in_its_pack_is_read_once() -> None:
    pack = {**PACK["pack"], "orders": [{"id": FIRST["id"]}]}
    canned = Canned(served(**{f"/packs/{pack['id']}": pack}))
    _, read = await canned.call("get_order", {**CONTEXT, "id": str(FIRST["id"])}, ML)
    assert read.id == str(pack["id"])
    assert read.parts == (str(FIRST["id"]),)
    assert canned.asked == [f"/orders/{FIRST['id']}", f"/packs/{pack['id']}", SHIPMENT, f"{SHIPMENT}/sla", BILLING]


async def test_what_is_delivered_asks_for_its_history_and_no_deadline() -> None:
    shipment = {**PACK["shipment"], "status": "delivered", "substatus": None}
    canned = Canned(served(**{SHIPMENT: shipment}))
    _, read = await canned.call("get_order", {**CONTEXT, "id": str(FIRST["id"])}, ML)
    assert f"{SHIPMENT}/history" in canned.asked
    assert f"{SHIPMENT}/sla" not in canned.asked
    assert read.packages[0].delivered_at is not None


async def test_an_order_that_does_not_exist_is_not_found() -> None:
    outcome, _ = await Canned({}).call("get_order", {**CONTEXT, "id": "1"}, ML)
    assert outcome.kind == "not_found"


def test_orders_are_listed_by_last_change_without_an_end() -> None:
    listing = ML.operations["list_orders"]
    query = dict(listing.request(CONTEXT, page=Page(2)).query)
    assert query == {
        "seller": "123",
        "order.date_last_updated.from": "2026-11-24T12:00:00Z",
        "sort": "date_desc",
        "offset": "100",
        "limit": "50",
    }
    page = answer({"results": [{"id": 5, "date_last_updated": "x"}], "paging": {"total": 101, "offset": 100}})
    assert [(ref.id, ref.version) for ref in listing.refs(page, CONTEXT)] == [("5", "x")]
    assert listing.next_page(Page(1), page, CONTEXT) == Page(2)
    assert listing.next_page(Page(2), page, CONTEXT) is None


def test_a_pack_is_cancelled_order_by_order() -> None:
    word = Cancellation(by=CancelledBy.SELLER, reason=CancelReason.OUT_OF_STOCK)
    sent = render(ML.operations["cancel_order"], {**CONTEXT, "order": order(), "cancellation": word})
    assert [request.path for request in sent] == [f"/orders/{part}/feedback" for part in order().parts]
    assert {wire.loads(request.body)["reason"] for request in sent} == {"OUT_OF_STOCK"}
    one = word.model_copy(update={"lines": (PackedItem(line="2", quantity=2),)})
    (sent_one,) = render(ML.operations["cancel_order"], {**CONTEXT, "order": order(), "cancellation": one})
    assert sent_one.path == f"/orders/{order().lines[1].order}/feedback"
    twice = answer({"message": "Feedback already exists", "error": "bad_request", "status": 400}, 400)
    assert ML.operations["cancel_order"].classify(twice, CONTEXT).kind == "exists"


INVOICE = Invoice(number="1", key="35" * 22, xml='<?xml version="1.0"?>\n<nfeProc><Signature>é</Signature></nfeProc>\n')


def of_invoice(invoice: Invoice = INVOICE, **shipment: Any) -> dict[str, Any]:
    """The context of an invoice after its reading step."""
    return {**CONTEXT, "order": order(), "invoice": invoice, "shipment": {**PACK["shipment"], **shipment}}


def test_the_nfe_goes_out_byte_for_byte() -> None:
    request = ML.operations["send_invoice"].request(of_invoice(), 1)
    assert request.body == str(INVOICE.xml).encode()
    assert request.content_type == "application/xml"
    assert (request.path, request.query) == (f"{SHIPMENT}/invoice_data/", (("siteId", "MLB"),))


def test_an_nfe_without_xml_waits_for_it() -> None:
    without = INVOICE.model_copy(update={"xml": None})
    with pytest.raises(MissingSetting) as missing:
        ML.operations["send_invoice"].request(of_invoice(without), 1)
    assert missing.value.cause == f"nfe-xml:{order().id}"


@pytest.mark.parametrize(("type_", "takes"), [("cross_docking", True), ("self_service", False), ("default", False)])
def test_flex_and_own_carriers_take_no_nfe(type_: str, takes: bool) -> None:
    step = ML.operations["send_invoice"].steps[1]
    assert step.applies(of_invoice(logistic={"mode": "me2", "type": type_})) is takes


@pytest.mark.parametrize(
    ("status", "substatus", "kind"),
    [("pending", "buffered", "retry"), ("handling", None, "retry"), ("ready_to_ship", "invoice_pending", "ok")],
)
def test_a_shipment_that_is_not_ready_for_the_nfe_is_looked_at_again(
    status: str, substatus: str | None, kind: str
) -> None:
    shown = answer({**PACK["shipment"], "status": status, "substatus": substatus})
    assert ML.operations["send_invoice"].classify(shown, of_invoice()).kind == kind


@pytest.mark.parametrize(
    ("document", "status", "kind", "code"),
    [
        ({}, 200, "ok", None),
        ({"error_code": "shipment_invoice_already_saved"}, 400, "exists", "shipment_invoice_already_saved"),
        ({"error_code": "duplicated_fiscal_key"}, 409, "exists", "duplicated_fiscal_key"),
        ({"error_code": "shipment_already_being_processed"}, 409, "retry", "409"),
        ({"error_code": "invalid_sender_cnpj"}, 400, "reject", "invalid_sender_cnpj"),
        ({"message": "local_rate_limited"}, 429, "throttled", "429"),
        (None, 502, "unknown", "502"),
    ],
)
def test_sending_an_nfe(document: Any, status: int, kind: str, code: str | None) -> None:
    context = {**CONTEXT, "order": order(), "invoice": INVOICE}
    outcome = ML.operations["send_invoice"].classify(answer(document, status), context)
    assert (outcome.kind, outcome.code) == (kind, code)


def test_another_nfe_on_the_shipment_is_not_ours() -> None:
    context = {**CONTEXT, "order": order(), "invoice": INVOICE}
    find = ML.operations["find_invoice"]
    assert find.classify(answer({"id": 4, "fiscal_key": INVOICE.key}), context).remote_id == "4"
    assert find.classify(answer({"id": 4, "fiscal_key": "41" * 22}), context).kind == "not_found"


def test_a_price_that_does_not_come_back_was_not_taken() -> None:
    context = {**CONTEXT, "price": Price(sku="A", price_list="ml", sale=Decimal("10.90"))}
    put = ML.operations["put_price"]
    assert put.classify(answer({"id": "MLB1", "price": Decimal("10.9")}), context).kind == "ok"
    ignored = put.classify(answer({"id": "MLB1", "price": 12, "warnings": [{"code": "item.price.ignored"}]}), context)
    assert (ignored.kind, ignored.code) == ("reject", "price-not-taken")
    refused = put.classify(
        answer({"error": "validation_error", "cause": [{"code": "item.price.not_modifiable"}]}, 400), context
    )
    assert (refused.kind, refused.code) == ("reject", "item.price.not_modifiable")


def test_tracking_alone_is_not_told_before_the_package_has_left() -> None:
    package = Package(id="1", shipping=Shipping(tracking_number="JD1", tracking_url="https://rastreio.example/JD1"))
    context = {**CONTEXT, "order": order(), "package": package}
    assert render(ML.operations["send_shipping"], context) == ()
    left = {**context, "package": package.model_copy(update={"shipped_at": NOW})}
    assert [request.path for request in render(ML.operations["send_shipping"], left)] == [
        f"/v2{SHIPMENT}/seller_notifications"
    ]


def test_the_token_is_fetched_by_a_form_and_its_answer_is_read() -> None:
    fetch = ML.operations["refresh_token"]
    secrets = {"client_id": "4567", "client_secret": "s", "refresh_token": "TG-0"}
    request = fetch.request({**CONTEXT, "secrets": secrets, "token": {"refresh": "TG-1"}})
    assert request.content_type == "application/x-www-form-urlencoded"
    assert request.body == b"grant_type=refresh_token&client_id=4567&client_secret=s&refresh_token=TG-1"
    given = {"access_token": "APP-1", "expires_in": 21600, "refresh_token": "TG-2", "user_id": 123}
    assert fetch.classify(answer(given), CONTEXT).result == {"access": "APP-1", "refresh": "TG-2", "expires_in": 21600}
    assert fetch.classify(answer({"error": "invalid_grant"}, 400), CONTEXT).kind == "reauth"


def hook(document: Any) -> Any:
    return ML.hook("notifications", "POST", {}, {}, wire.dumps(document), params=PARAMS, run={"now": NOW})


@pytest.mark.parametrize(
    ("topic", "resource", "kind", "id_"),
    [
        ("orders_v2", "/orders/2000009047722568", "order", "2000009047722568"),
        ("shipments", "/shipments/43729529445", "shipment", "43729529445"),
        ("items", "/items/MLB3737188005", "listing", "MLB3737188005"),
    ],
)
def test_a_notification_points_at_what_is_to_be_read(topic: str, resource: str, kind: str, id_: str) -> None:
    notice = {
        "_id": "f9f08571",
        "resource": resource,
        "user_id": 123,
        "topic": topic,
        "application_id": 1,
        "attempts": 1,
    }
    verdict = hook(notice)
    assert (verdict.kind, verdict.id, verdict.event) == (kind, id_, "f9f08571")
    assert hook({**notice, "user_id": 999}).ignored
    assert hook({**notice, "topic": "questions"}).ignored


def test_a_shipment_belongs_to_an_order() -> None:
    assert ML.file.resolve["shipment"].operation == "find_order_of_shipment"
    find = ML.operations["find_order_of_shipment"]
    rows = [{"order_id": "2000014428837134", "pack_id": "2000015428123455", "seller_id": 123}]
    assert find.classify(answer(rows), {**CONTEXT, "id": "1"}).remote_id == "2000014428837134"
    assert find.classify(answer(None, 204), {**CONTEXT, "id": "1"}).kind == "not_found"
    assert dict(find.request({**CONTEXT, "id": "1"}).headers)["X-New-Domain"] == "true"
