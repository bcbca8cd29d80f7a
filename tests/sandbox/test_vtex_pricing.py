"""The Pricing API: decimals, fixed prices, the PUT that deletes, the limits' headers."""

from __future__ import annotations

from typing import Any

import pytest
from vtex_hub import Hub, error


def _fixed(value: float, policy: str = "2", least: int = 1, **more: Any) -> dict[str, Any]:
    return {"tradePolicyId": policy, "value": value, "minQuantity": least} | more


def test_price_of_a_sku(hub: Hub) -> None:
    price = hub.pricing("GET", "/2001").json()
    assert price == {
        "itemId": "2001", "listPrice": 299.9, "costPrice": 124.95, "markup": 100, "basePrice": 249.9, "fixedPrices": [],
    }  # fmt: skip
    assert b'"basePrice":249.90' in hub.pricing("GET", "/2001").content
    assert error(hub.pricing("GET", "/9999"), 404) == "404"


def test_patch_keeps_the_other_fixed_prices(hub: Hub) -> None:
    assert hub.pricing("PATCH", "/2001/fixed", [_fixed(229.9), _fixed(199.9, least=5)]).status_code == 200
    assert hub.pricing("PATCH", "/2001/fixed", [_fixed(219.9)]).status_code == 200
    assert hub.pricing("POST", "/2001/fixed/1", [{"value": 239.9, "minQuantity": 1}]).status_code == 200
    found = {
        (one["tradePolicyId"], one["minQuantity"]): one["value"] for one in hub.pricing("GET", "/2001/fixed").json()
    }
    assert found == {("2", 5): 199.9, ("2", 1): 219.9, ("1", 1): 239.9}
    assert hub.pricing("DELETE", "/2001/fixed/2").status_code == 200
    assert [one["tradePolicyId"] for one in hub.pricing("GET", "/2001/fixed").json()] == ["1"]


def test_put_deletes_the_fixed_prices(hub: Hub) -> None:
    hub.pricing("PATCH", "/2001/fixed", [_fixed(229.9)])
    assert hub.pricing("PUT", "/2001", {"listPrice": 310, "basePrice": 259.9, "costPrice": 100}).status_code == 200
    price = hub.pricing("GET", "/2001").json()
    assert (price["basePrice"], price["listPrice"], price["fixedPrices"]) == (259.9, 310, [])


def test_computed_price(hub: Hub) -> None:
    now = hub.running.control("clock")["now"]
    later = now.replace("2026", "2036") if "2026" in now else f"{int(now[:4]) + 1}{now[4:]}"
    dated = _fixed(209.9, dateRange={"from": "2020-01-01T00:00:00Z", "to": later})
    hub.pricing("PATCH", "/2001/fixed", [_fixed(229.9), dated, _fixed(189.9, least=3)])
    computed = hub.pricing("GET", "/2001/computed/2").json()
    assert (computed["sellingPrice"], computed["listPrice"], computed["tradePolicyId"]) == (209.9, 299.9, "2")
    assert hub.pricing("GET", "/2001/computed/2?quantity=3").json()["sellingPrice"] == 189.9
    assert hub.pricing("GET", "/2001/computed/1").json()["sellingPrice"] == 249.9
    assert error(hub.pricing("GET", "/2001/computed/9"), 404) == "404"


@pytest.mark.parametrize(
    "body",
    [
        {"basePrice": 1, "costPrice": 1, "markup": 1},
        {"basePrice": 1},
        {"basePrice": "249.90", "costPrice": 1},
        {"basePrice": 249.999, "costPrice": 1},
        {"basePrice": -1, "costPrice": 1},
        [],
    ],
)
def test_wrong_base_prices(hub: Hub, body: Any) -> None:
    assert error(hub.pricing("PUT", "/2001", body)) == "400"
    assert hub.pricing("GET", "/2001").json()["basePrice"] == 249.9


def test_markup_is_a_percentage(hub: Hub) -> None:
    hub.pricing("PUT", "/2001", {"costPrice": 35, "markup": 30})
    assert hub.pricing("GET", "/2001").json()["basePrice"] == 45.5


@pytest.mark.parametrize(
    "entry",
    [
        {"value": 1, "minQuantity": 1},
        _fixed(1, least=0),
        _fixed("1"),  # type: ignore[arg-type]
        _fixed(1, dateRange={"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:00Z"}),
        _fixed(1, dateRange={"from": "2026-01-02T00:00:00", "to": "2026-01-03T00:00:00"}),
        _fixed(1, dateRange={"from": "2026-01-02T00:00:00Z"}),
    ],
)
def test_wrong_fixed_prices(hub: Hub, entry: Any) -> None:
    assert error(hub.pricing("PATCH", "/2001/fixed", [entry])) == "400"
    assert hub.pricing("GET", "/2001/fixed").json() == []


def test_unknown_sku_and_deleted_price(hub: Hub) -> None:
    assert error(hub.pricing("PUT", "/9999", {"basePrice": 1, "costPrice": 1}), 404) == "404"
    assert hub.pricing("DELETE", "/2001").status_code == 200
    assert error(hub.pricing("GET", "/2001"), 404) == "404"


def test_writes_report_their_credits(hub: Hub) -> None:
    answer = hub.pricing("PATCH", "/2001/fixed", [_fixed(1)])
    assert answer.headers["ratelimit-limit"] == "533"
    assert int(answer.headers["ratelimit-remaining"]) <= 500
    hub.running.control("clock", {"speed": 0.001})
    hub.running.control("limits", {"clock": "virtual"})  # however slow the machine, the sixty come at once
    hub.running.control("limits", {"platform": "vtex", "name": "pricing_write", "amount": 0})
    statuses = [hub.pricing("PATCH", "/2001/fixed", [_fixed(1)]) for _ in range(60)]
    limited = [one for one in statuses if one.status_code == 429]
    assert limited
    assert int(limited[0].headers["retry-after"]) >= 1
    assert "ratelimit-reset" in limited[0].headers


def test_other_modules_throttle_without_headers(hub: Hub) -> None:
    hub.running.fault(platform="vtex", operation="catalog_sku_context", kind="throttle_429", nth=1)
    answer = hub.call("GET", "/api/catalog_system/pvt/sku/stockkeepingunitbyid/2001")
    assert error(answer, 429) == "429"
    assert "retry-after" not in answer.headers
    hub.running.control("limits", {"platform": "vtex", "name": "get_order", "amount": 1})
    assert [hub.call("GET", "/api/oms/pvt/orders/x").status_code for _ in range(2)] == [404, 429]
