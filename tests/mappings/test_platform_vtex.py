"""The platform file of VTEX: which outcome each documented answer has, what its hooks speak of, what readings ask."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from canned import Canned, answer, case, platform

from cais.model import wire
from cais.model.package import Invoice, Package
from cais.model.price import Price
from cais.model.product import Product
from cais.model.stock import Stock
from cais.rules.pages import Page

VTEX = platform("vtex")
PARAMS = VTEX.params({"account": "lojaaurora"})
RUN = {
    "now": datetime(2026, 11, 24, 12, tzinfo=UTC),
    "stamp": "ml-2000009876543210",
    "hook_url": "https://hub.example/h",
}
CONTEXT = {"id": "HUB-ml-2000009876543210", "params": PARAMS, "run": RUN}


def refusal(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "refused", "exception": None}}


@pytest.mark.parametrize(
    ("document", "status", "kind", "code", "remote_id"),
    [
        ([{"marketplaceOrderId": "1", "orderId": "HUB-1"}], 200, "ok", None, "HUB-1"),
        ({"marketplaceOrderId": "1", "orderId": "HUB-1"}, 200, "ok", None, "HUB-1"),
        ([], 200, "unknown", "200", None),
        (refusal("FMT009"), 400, "exists", "FMT009", None),
        (refusal("FMT007"), 400, "reject", "FMT007", None),
        (refusal("CHK003"), 403, "reauth", "403", None),
        (None, 500, "unknown", "500", None),
        (None, 429, "throttled", "429", None),
    ],
)
def test_placing_an_order(document: Any, status: int, kind: str, code: str | None, remote_id: str | None) -> None:
    outcome = VTEX.operations["create_order"].classify(answer(document, status), CONTEXT)
    assert (outcome.kind, outcome.code, outcome.remote_id) == (kind, code, remote_id)


def test_a_placed_order_is_found_by_the_number_under_which_it_was_placed() -> None:
    find = VTEX.operations["find_order"]
    assert find.request(CONTEXT).path == "/api/oms/pvt/orders/HUB-ml-2000009876543210"
    shown = {"orderId": "HUB-ml-2000009876543210", "marketplaceOrderId": "ml-2000009876543210"}
    assert find.classify(answer(shown), CONTEXT).remote_id == "HUB-ml-2000009876543210"
    assert find.classify(answer({**shown, "marketplaceOrderId": "another"}), CONTEXT).kind == "not_found"
    assert find.classify(answer(None, 404), CONTEXT).kind == "not_found"


def test_a_request_to_cancel_that_is_taken_is_not_a_cancellation() -> None:
    receipt = {"date": "2026-11-24", "orderId": "HUB-1", "receipt": "38e0"}
    assert VTEX.operations["cancel_order"].classify(answer(receipt), CONTEXT).kind == "unknown"
    found = VTEX.operations["find_cancelled"]
    assert found.classify(answer({"status": "cancellation-requested"}), CONTEXT).kind == "not_found"
    assert found.classify(answer({"status": "canceled"}), CONTEXT).kind == "ok"


def test_an_invoiced_order_refuses_to_be_cancelled() -> None:
    outcome = VTEX.operations["cancel_order"].classify(answer(refusal("OMS013"), 400), CONTEXT)
    assert (outcome.kind, outcome.code) == ("reject", "OMS013")


def test_a_locked_count_is_tried_again() -> None:
    lock = answer("Unable to acquire lock for key: lojaaurora_item_logistics_1_1_1.", 423)
    assert VTEX.operations["put_stock"].classify(lock, CONTEXT).kind == "retry"


def test_tracking_is_written_onto_the_invoice_and_waits_for_it() -> None:
    package = Package(id="1", invoice=Invoice(number="59579"))
    for name in ("send_shipping", "send_dispatch", "send_delivery"):
        assert VTEX.operations[name].requires == ("invoice",)
    path = VTEX.operations["send_dispatch"].request({**CONTEXT, "package": package}).path
    assert path == "/api/oms/pvt/orders/HUB-ml-2000009876543210/invoice/59579"


async def test_a_product_is_read_with_all_of_its_skus() -> None:
    first, second = case("vtex", "product.json")["skus"]
    sku = "/api/catalog_system/pvt/sku/stockkeepingunitbyid"
    canned = Canned(
        {
            "/api/catalog_system/pvt/sku/stockkeepingunitByProductId/2001426": [{"Id": 2001773}, {"Id": 2001774}],
            f"{sku}/2001773": first,
            f"{sku}/2001774": second,
        }
    )
    _, product = await canned.call("get_product", {**CONTEXT, "id": "2001426"}, VTEX)
    assert isinstance(product, Product)
    assert [variant.remote_id for variant in product.variants] == ["2001773", "2001774"]
    outcome, same = await canned.call("get_product", {**CONTEXT, "id": "sku-2001774"}, VTEX)
    assert outcome.kind == "ok"
    assert same == product


async def test_a_product_without_sku_is_none() -> None:
    canned = Canned({"/api/catalog_system/pvt/sku/stockkeepingunitByProductId/6": []})
    outcome, _ = await canned.call("get_product", {**CONTEXT, "id": "6"}, VTEX)
    assert outcome.kind == "not_found"


async def test_price_and_count_bear_the_sellers_code_of_the_sku() -> None:
    canned = Canned(
        {
            "/api/catalog_system/pvt/sku/stockkeepingunitbyid/7": {"Id": 7, "AlternateIds": {"RefId": "A"}},
            "/api/logistics/pvt/inventory/skus/7": {"skuId": "7", "balance": []},
        }
    )
    _, price = await canned.call("get_price", {**CONTEXT, "id": "7"}, VTEX)
    _, stock = await canned.call("get_stock", {**CONTEXT, "id": "7"}, VTEX)
    assert price == Price(sku="A", price_list="1", sale=None)
    assert stock == Stock(sku="A", counts=())


def test_products_are_paged_by_position_to_the_end() -> None:
    listing = VTEX.operations["list_products"]
    request = listing.request(CONTEXT, page=Page(1))
    assert dict(request.query) == {"_from": "251", "_to": "500"}
    page = answer({"data": {"3": [5], "8": [9, 10]}, "range": {"total": 500, "from": 251, "to": 500}})
    assert [ref.id for ref in listing.refs(page, CONTEXT)] == ["3", "8"]
    assert listing.next_page(Page(1), page, CONTEXT) is None
    assert listing.next_page(Page(0), page, CONTEXT) == Page(1)


def hook(route: str, document: Any) -> Any:
    return VTEX.hook(route, "POST", {}, {}, wire.dumps(document), params=PARAMS, run=RUN)


NOTICE = {"IdSku": "2001773", "ProductId": 2001426, "An": "lojaaurora", "IdAffiliate": "HUB", "StockModified": False}


@pytest.mark.parametrize(
    ("document", "kind", "id_"),
    [
        ({**NOTICE, "StockModified": True}, "stock", "2001773"),
        ({**NOTICE, "PriceModified": True}, "price", "2001773"),
        ({**NOTICE, "PriceModified": True, "StockModified": True}, "product", "2001426"),
        ({**NOTICE, "HasStockKeepingUnitModified": True, "StockModified": True}, "product", "2001426"),
        ({"idSKU": 2001773, "an": "lojaaurora", "StockModified": True}, "stock", "2001773"),
        ({"idSKU": 2001773, "productId": "2001426"}, "product", "2001426"),
        ({"idSKU": 2001773}, "product", "sku-2001773"),
    ],
)
def test_a_notice_of_the_affiliate(document: Any, kind: str, id_: str) -> None:
    verdict = hook("catalogue", document)
    assert (verdict.kind, verdict.id, verdict.by, verdict.event) == (kind, id_, "id", None)


def test_the_order_hook_tells_of_one_side_only() -> None:
    news = {"Domain": "Fulfillment", "OrderId": "HUB-1", "State": "invoiced", "CurrentChange": "2026-11-24T12:00:00Z"}
    verdict = hook("orders", news)
    assert (verdict.kind, verdict.id, verdict.event) == ("order", "HUB-1", "HUB-1/invoiced/2026-11-24T12:00:00Z")
    assert hook("orders", {**news, "Domain": "Marketplace"}).ignored


def test_the_ping_of_a_new_hook_is_answered() -> None:
    verdict = hook("orders", {"hookConfig": "ping"})
    assert verdict.ignored
    assert verdict.reply.status == 200


@pytest.mark.parametrize(
    ("route", "receipt"),
    [("pub/orders/ml-1/invoice", None), ("pvt/orders/ml-1/invoice", None), ("pvt/orders/ml-1/cancel", "ml-1")],
)
def test_a_callback_names_the_order_by_the_hubs_stamp_and_is_answered_with_a_receipt(
    route: str, receipt: str | None
) -> None:
    verdict = hook(route, {"invoiceNumber": "59579"})
    assert (verdict.kind, verdict.id, verdict.by) == ("order", "ml-1", "correlation")
    assert wire.loads(verdict.reply.body) == {"date": "2026-11-24T12:00:00Z", "orderId": "ml-1", "receipt": receipt}


def test_a_price_goes_to_one_trade_policy() -> None:
    price = Price(sku="A", price_list="1", sale=Decimal("10.90"))
    request = VTEX.operations["put_price"].request({**CONTEXT, "price": price, "listing": {"remote_id": "7"}})
    assert (request.method, request.host, request.path) == ("PATCH", "pricing", "/pricing/prices/7/fixed")
    assert request.body == b'[{"tradePolicyId":"1","value":10.90,"minQuantity":1}]'
