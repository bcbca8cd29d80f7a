"""What VTEX refuses in an order that a marketplace places, code by code."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from vtex_hub import Hub, error, logistics


def _changed(hub: Hub, path: str, value: Any) -> Any:
    """The good order with one value changed; the value `…` removes the key."""
    body = deepcopy(hub.body())
    *way, last = path.split(".")
    place: Any = body
    for step in way:
        place = place[int(step) if step.isdecimal() else step]
    if value is ...:
        del place[last]
    else:
        place[int(last) if last.isdecimal() else last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("marketplaceOrderId", ..., "FMT015"),
        ("marketplaceOrderId", "", "FMT015"),
        ("marketplaceOrderId", 2000009876543210, "FMT015"),
        ("marketplaceServicesEndpoint", ..., "FMT0070"),
        ("marketplaceServicesEndpoint", "hub.example", "FMT0070"),
        ("marketplacePaymentValue", 34961, "FMT007"),
        ("marketplacePaymentValue", 34960.0, "FMT0042"),
        ("marketplacePaymentValue", "34960", "FMT0042"),
        ("marketplacePaymentValue", ..., "FMT0042"),
        ("openTextField", ..., "ORD002"),
        ("openTextField", 7, "ORD002"),
        ("marketingData", ..., "ORD002"),
        ("paymentData", ..., "ORD002"),
        ("customData", {"customApps": [{"id": "unknown", "major": 1, "fields": {}}]}, "ORD002"),
        ("items", [], "ORD005"),
        ("items.0.id", 2001, "FMT0039"),
        ("items.0.id", "9999", "ORD027"),
        ("items.0.id", "2019", "ORD027"),
        ("items.0.id", "2017", "ORD027"),
        ("items.0.quantity", 0, "FMT0038"),
        ("items.0.quantity", 1.5, "FMT0038"),
        ("items.0.seller", 1, "FMT0040"),
        ("items.0.seller", "2", "FMT0040"),
        ("items.0.price", 249.9, "FMT0041"),
        ("items.0.price", 24990.0, "FMT0041"),
        ("items.0.price", "24990", "FMT0041"),
        ("items.0.price", -1, "FMT0041"),
        ("items.0.priceTags", [{"name": "discount@x", "value": -5.0}], "CHK0053"),
        ("clientProfileData", ..., "FMT0045"),
        ("clientProfileData.stateInscription", ..., "ORD002"),
        ("clientProfileData.email", "ana", "ORD007"),
        ("clientProfileData.firstName", "", "ORD007"),
        ("clientProfileData.documentType", "rg", "ORD007"),
        ("clientProfileData.document", "11144477736", "ORD007"),
        ("clientProfileData.document", "111.444.777-35", "ORD007"),
        ("clientProfileData.document", 11144477735, "ORD007"),
        ("clientProfileData.isCorporate", True, "ORD007"),
        ("clientProfileData.isCorporate", "true", "ORD007"),
        ("clientProfileData.phone", 5511999990000, "ORD007"),
        ("shippingData", ..., "FMT001"),
        ("shippingData.address", None, "ORD006"),
        ("shippingData.address.complement", ..., "ORD002"),
        ("shippingData.address.postalCode", 1310100, "ORD006"),
        ("shippingData.address.postalCode", "1310100", "ORD006"),
        ("shippingData.address.country", "Brasil", "ORD006"),
        ("shippingData.address.number", 1000, "ORD006"),
        ("shippingData.updateStatus", "outdated", "ORD006"),
        ("shippingData.isFob", "yes", "ORD006"),
        ("shippingData.logisticsInfo", ..., "ORD006"),
        ("shippingData.logisticsInfo", [logistics(0, 1990)], "FMT0057"),
        ("shippingData.logisticsInfo", [logistics(0, 1990), logistics(0, 0)], "FMT0089"),
        ("shippingData.logisticsInfo", [logistics(0, 1990), logistics(2, 0)], "FMT0057"),
        ("shippingData.logisticsInfo.0.price", 19.9, "ORD006"),
        ("shippingData.logisticsInfo.0.deliveryWindow", ..., "ORD002"),
        ("shippingData.logisticsInfo.0.lockTTL", None, "FMT017"),
        ("shippingData.logisticsInfo.0.lockTTL", "eight days", "FMT0077"),
        ("shippingData.logisticsInfo.0.shippingEstimate", None, "FMT0078"),
        ("shippingData.logisticsInfo.0.shippingEstimate", "soon", "FMT0079"),
        ("shippingData.logisticsInfo.0.selectedSla", None, "FMT004"),
        ("shippingData.logisticsInfo.0.selectedSla", "Drone", "FMT010"),
    ],
)
def test_refused(hub: Hub, path: str, value: Any, code: str) -> None:
    assert error(hub.place([_changed(hub, path, value)])) == code
    assert hub.running.control("state/vtex/order") == {}
    assert hub.stock(2012) == (80, 0)


def test_the_body_is_an_array(hub: Hub) -> None:
    assert error(hub.place(hub.body())) == "FMT0026"
    assert error(hub.place([])) == "FMT0026"
    assert "array" in hub.place(hub.body()).headers["x-sandbox-source"]


@pytest.mark.parametrize(
    ("query", "code"),
    [("?sc=1", "FMT0021"), ("?sc=1&affiliateId=ZZZ", "FMT0021"), ("?sc=7&affiliateId=MKP", "FMT0036")],
)
def test_wrong_queries(hub: Hub, query: str, code: str) -> None:
    assert error(hub.place(query=query)) == code


def test_an_affiliate_paid_by_the_seller_cannot_place_orders(hub: Hub) -> None:
    path = "/api/fulfillment/pvt/affiliates/MKP"
    assert hub.call("PUT", path, hub.get(path) | {"useSellerPaymentMethod": True}).status_code == 204
    assert error(hub.place()) == "FMT0037"


def test_the_same_order_is_made_once(hub: Hub) -> None:
    hub.placed()
    again = hub.place()
    assert error(again) == "FMT009"
    assert "2000009876543210 for affiliate MKP already exists" in again.json()["error"]["message"]
    assert hub.stock(2001) == (20, 1)


def test_too_few_units(hub: Hub) -> None:
    many = [hub.body()["items"][0] | {"quantity": 24}]
    shipping = hub.body()["shippingData"] | {"logisticsInfo": [logistics(0, 0)]}
    body = hub.body(items=many, marketplacePaymentValue=24 * 24990, shippingData=shipping)
    assert error(hub.place([body])) == "FMT002"
    many[0]["quantity"] = 23  # both warehouses together have as many
    answer = hub.place([body | {"marketplacePaymentValue": 23 * 24990}])
    served = hub.order(answer.json()[0]["orderId"])["shippingData"]["logisticsInfo"][0]["deliveryIds"]
    assert [(one["warehouseId"], one["quantity"]) for one in served] == [("1_1", 20), ("1_2", 3)]


def test_lines_of_one_sku_share_its_units(hub: Hub) -> None:
    line = hub.body()["items"][0] | {"id": "2015", "price": 22990}
    body = hub.body(items=[line, line], marketplacePaymentValue=2 * 22990 + 1990)
    assert error(hub.place([body])) == "FMT002"
    assert hub.stock(2015) == (1, 0)


def test_a_marketplace_that_delivers_names_no_sla(hub: Hub) -> None:
    shipping = hub.body()["shippingData"]
    entries = [logistics(0, 1990, None), logistics(1, 0, None)]
    order_id = hub.placed(shippingData=shipping | {"isFob": True, "logisticsInfo": entries})
    assert hub.order(order_id)["shippingData"]["isFob"] is True


def test_price_tags_count_for_the_line(hub: Hub) -> None:
    tag = {"identifier": "c1", "isPercentual": False, "name": "discount@cupom", "value": -500, "rawValue": -5.0}
    items = deepcopy(hub.body()["items"])
    items[1]["priceTags"] = [tag]
    order_id = hub.placed(items=items, marketplacePaymentValue=34460)
    order = hub.order(order_id)
    assert (order["value"], order["items"][1]["sellingPrice"]) == (34460, 3740)
    assert {one["id"]: one["value"] for one in order["totals"]} == {
        "Items": 32970, "Discounts": -500, "Shipping": 1990, "Tax": 0,
    }  # fmt: skip


@pytest.mark.parametrize("document", ["12ABC34501DE35", "11222333000181"])
def test_a_company_buys(hub: Hub, document: str) -> None:
    client = hub.body()["clientProfileData"] | {
        "documentType": "cnpj", "document": document, "isCorporate": True, "corporateDocument": document,
        "corporateName": "Souza ME", "stateInscription": "ISENTO",
    }  # fmt: skip
    assert hub.order(hub.placed(clientProfileData=client))["clientProfileData"]["corporateName"] == "Souza ME"
    wrong = client | {"corporateDocument": "12ABC34501DE36"}
    assert error(hub.place([hub.body("2", clientProfileData=wrong)])) == "ORD007"


def test_a_price_divergence_rule_asks_for_async_creation(hub: Hub) -> None:
    hub.act("configure", price_divergence_percent=5)
    items = deepcopy(hub.body()["items"])
    items[0]["price"] = 20000
    body = hub.body(items=items, marketplacePaymentValue=29970)
    assert error(hub.place([body])) == "FMT006"
    order_id = hub.place([body | {"isCreatedAsync": True}]).json()[0]["orderId"]
    assert hub.status(order_id) == "waiting-for-manual-authorization"
    assert error(hub.authorise(order_id)) == "FMT0024"
    hub.act("decide_divergence", order=order_id, accept=True)
    assert hub.authorise(order_id).status_code == 200


def test_the_answer_and_the_order(hub: Hub) -> None:
    answer = hub.place().json()
    assert [(one["orderId"], one["marketplaceOrderId"]) for one in answer] == [
        ("MKP-2000009876543210", "2000009876543210")
    ]
    order = hub.order("MKP-2000009876543210")
    assert (order["origin"], order["affiliateId"], order["value"]) == ("Fulfillment", "MKP", 34960)
    assert order["clientProfileData"]["email"].endswith("@ct.vtex.com.br")
    assert order["clientProfileData"]["document"] == "11144477735"
    assert order["items"][0]["refId"] == "0012-AZ-P"
    assert order["shippingData"]["logisticsInfo"][0]["deliveryIds"][0]["warehouseId"] == "1_1"
    assert "_inner" not in order
    assert hub.stock(2012) == (80, 2)
