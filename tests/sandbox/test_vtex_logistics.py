"""Inventory: counts, reservations, the PUT that zeroes, the lock; and the simulation."""

from __future__ import annotations

from typing import Any

import pytest
from vtex_hub import HEADERS, Hub, error

_SKU = "/api/logistics/pvt/inventory/skus/2001"
_QUANTITY = f"{_SKU}/warehouses/1_1/quantity"


def test_quantity_alone(hub: Hub) -> None:
    answer = hub.call("PATCH", _QUANTITY, {"quantity": 18, "unlimitedQuantity": False, "dateUtcOnBalanceSystem": None})
    assert (answer.status_code, answer.content) == (204, b"")
    assert hub.stock(2001) == (18, 0)
    assert hub.get(_SKU)["balance"][0]["leadTime"] == "1.00:00:00"


def test_put_zeroes_what_is_missing_and_says_true(hub: Hub) -> None:
    answer = hub.call("PUT", f"{_SKU}/warehouses/1_1", {"unlimitedQuantity": False})
    assert (answer.status_code, answer.json()) == (200, True)
    assert hub.stock(2001) == (0, 0)
    assert hub.get(_SKU)["balance"][0]["leadTime"] == "00:00:00"


def test_unlimited_is_a_million(hub: Hub) -> None:
    hub.call("PATCH", _QUANTITY, {"quantity": 0, "unlimitedQuantity": True})
    assert hub.stock(2001) == (1_000_000, 0)
    hub.placed()
    assert hub.stock(2001) == (1_000_000, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"quantity": 1},
        {"unlimitedQuantity": False},
        {"quantity": 1.0, "unlimitedQuantity": False},
        {"quantity": "1", "unlimitedQuantity": False},
        {"quantity": -1, "unlimitedQuantity": False},
        {"quantity": 1, "unlimitedQuantity": False, "dateUtcOnBalanceSystem": "yesterday"},
        [],
    ],
)
def test_wrong_quantities(hub: Hub, body: Any) -> None:
    assert error(hub.call("PATCH", _QUANTITY, body)) == "400"
    assert hub.stock(2001) == (20, 0)


def test_body_is_declared_as_json(hub: Hub) -> None:
    url = f"/vtex/lojaaurora{_QUANTITY}"
    answer = hub.running.client.patch(url, content=b'{"quantity":1,"unlimitedQuantity":false}', headers=HEADERS)
    assert error(answer, 415) == "415"
    assert error(hub.call("PATCH", _QUANTITY, None, **{"Content-Type": "application/json"})) == "400"


def test_unknown_places(hub: Hub) -> None:
    body = {"quantity": 1, "unlimitedQuantity": False}
    assert error(hub.call("PATCH", f"{_SKU}/warehouses/9/quantity", body), 404) == "404"
    unknown = "/api/logistics/pvt/inventory/skus/9999"
    assert error(hub.call("PATCH", f"{unknown}/warehouses/1_1/quantity", body), 404) == "404"
    assert error(hub.call("GET", unknown), 404) == "404"


@pytest.mark.faults
def test_lock(hub: Hub) -> None:
    hub.running.fault(platform="vtex", operation="patch_quantity", kind="lock_423", nth=1)
    body = {"quantity": 7, "unlimitedQuantity": False}
    locked = hub.call("PATCH", _QUANTITY, body)
    assert locked.status_code == 423
    assert locked.text == "Unable to acquire lock for key: lojaaurora_item_logistics_2001_1_1."
    assert hub.stock(2001) == (20, 0)
    assert hub.call("PATCH", _QUANTITY, body).status_code == 204


def test_handled_orders_are_counted_until_the_next_count(hub: Hub) -> None:
    order_id = hub.ready()
    before = hub.running.control("clock")["now"]
    hub.advance(60)
    assert hub.call("POST", f"/api/oms/pvt/orders/{order_id}/start-handling").status_code == 204
    assert hub.stock(2001) == (20, 1)
    early = {"quantity": 20, "unlimitedQuantity": False, "dateUtcOnBalanceSystem": before}
    hub.call("PATCH", _QUANTITY, early)
    assert hub.stock(2001) == (20, 1)  # counted before handling began: the unit was still on the shelf
    hub.call("PATCH", _QUANTITY, {"quantity": 19, "unlimitedQuantity": False, "dateUtcOnBalanceSystem": None})
    assert hub.stock(2001) == (19, 0)


def test_a_kit_has_what_its_parts_allow(hub: Hub) -> None:
    assert hub.stock(2018) == (30, 0)
    hub.act("set_stock", sku=2012, warehouse="1_1", quantity=4)
    assert hub.stock(2018) == (4, 0)
    item = {"id": "2018", "quantity": 1, "seller": "1", "price": 18990}
    hub.placed(items=[item], marketplacePaymentValue=20980, shippingData=_one_line(hub))
    assert (hub.stock(2012), hub.stock(2014), hub.stock(2018)) == ((4, 1), (30, 1), (3, 0))


def _one_line(hub: Hub) -> dict[str, Any]:
    shipping = dict(hub.body()["shippingData"])
    return shipping | {"logisticsInfo": shipping["logisticsInfo"][:1]}


def _simulate(hub: Hub, sku: str, quantity: int = 1, query: str = "?sc=1", **more: Any) -> Any:
    body = {"items": [{"id": sku, "quantity": quantity, "seller": "1"}]} | more
    return hub.call("POST", f"/api/checkout/pub/orderForms/simulation{query}", body)


def test_simulation_is_in_cents(hub: Hub) -> None:
    found = _simulate(hub, "2001", 2, postalCode="01310-100", country="BRA").json()
    item = found["items"][0]
    assert (item["price"], item["listPrice"], item["sellingPrice"]) == (24990, 29990, 24990)
    assert item["priceDefinition"]["total"] == 49980
    assert item["availability"] == "available"
    slas = found["logisticsInfo"][0]["slas"]
    assert [(sla["id"], sla["price"]) for sla in slas] == [("Normal", 1990), ("Expressa", 3490)]
    assert slas[0]["deliveryIds"][0]["warehouseId"] == "1_1"
    assert "stockBalance" not in found["logisticsInfo"][0]


def test_simulation_knows_promotions_and_trade_policies(hub: Hub) -> None:
    hub.act("set_price", sku=2001, trade_policy="2", value="199.90")
    hub.act("set_promotion", sku=2001, trade_policy="2", percent=10)
    item = _simulate(hub, "2001", query="?sc=2&affiliateId=MKP").json()["items"][0]
    assert (item["price"], item["sellingPrice"], item["priceTags"][0]["value"]) == (19990, 17991, -1999)
    assert _simulate(hub, "2001").json()["items"][0]["sellingPrice"] == 24990


def test_simulation_of_what_is_not_sold(hub: Hub) -> None:
    hub.act("deactivate_sku", sku=2001)
    for sku in ("2001", "2019", "9999"):
        found = _simulate(hub, sku).json()
        assert (found["items"], found["messages"][0]["code"]) == ([], "ORD027")
    assert _simulate(hub, "2017").json()["items"][0]["availability"] == "withoutStock"
    assert _simulate(hub, "2015", 2).json()["items"][0]["availability"] == "withoutStock"


def test_wrong_simulations(hub: Hub) -> None:
    assert error(_simulate(hub, "2001", query="?sc=9")) == "FMT0036"
    assert error(_simulate(hub, "2001", query="?affiliateId=ZZZ")) == "FMT0021"
    assert error(_simulate(hub, "2001", postalCode="01310-100")) == "400"
    assert error(_simulate(hub, "2001", postalCode=1310100, country="BRA")) == "400"
    assert error(_simulate(hub, "2001", 0)) == "400"
    assert error(hub.call("POST", "/api/checkout/pub/orderForms/simulation", {"items": []})) == "400"
