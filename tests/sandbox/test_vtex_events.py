"""Feed, hook and affiliate notifications, over real HTTP."""

from __future__ import annotations

import time
from typing import Any

import pytest
from served import Receiver, wait_for
from vtex_hub import Hub, error

from sandbox.vtex import jsonata

_QUEUE = {"visibilityTimeoutInSeconds": 250, "MessageRetentionPeriodInSeconds": 345600}
_WORKFLOW = {"type": "FromWorkflow", "status": ["ready-for-handling", "invoiced", "canceled"]}


def _configure(hub: Hub, rule: Any = None, **queue: Any) -> Any:
    body = {"filter": rule or _WORKFLOW, "queue": _QUEUE | queue}
    return hub.call("POST", "/api/orders/feed/config", body)


def _pull(hub: Hub, lot: int = 10) -> list[dict[str, Any]]:
    return list(hub.get(f"/api/orders/feed?maxlot={lot}"))


def _commit(hub: Hub, *handles: str) -> None:
    assert hub.call("POST", "/api/orders/feed", {"handles": list(handles)}).status_code == 200


def test_a_feed_is_pulled_and_committed(hub: Hub) -> None:
    assert error(hub.call("GET", "/api/orders/feed?maxlot=10"), 404) == "404"
    assert _configure(hub).status_code == 200
    order_id = hub.ready()
    events = _pull(hub)
    assert [(one["orderId"], one["state"], one["lastState"], one["domain"]) for one in events] == [
        (order_id, "ready-for-handling", "window-to-cancel", "Fulfillment")
    ]
    assert _pull(hub) == []  # hidden, not gone
    hub.advance(251)
    again = _pull(hub)
    assert again[0]["handle"] != events[0]["handle"]
    _commit(hub, events[0]["handle"])  # too late: that handle is spent
    assert hub.get("/api/orders/feed/config")["quantity"] == 1
    _commit(hub, again[0]["handle"])
    assert hub.get("/api/orders/feed/config")["quantity"] == 0


def test_ten_at_a_time(hub: Hub) -> None:
    _configure(hub, {"type": "FromWorkflow", "status": ["waiting-ffmt-authorization"]})
    for number in range(12):
        hub.placed(str(number))
    first, second = _pull(hub), _pull(hub)
    assert sorted([len(first), len(second)]) == [2, 10]
    assert len({one["orderId"] for one in first + second}) == 12
    assert [one["orderId"] for one in first] != [f"MKP-{number}" for number in range(10)]  # no order is promised
    for lot in ("11", "0", "x", ""):
        assert error(hub.call("GET", f"/api/orders/feed?maxlot={lot}")) == "400"


def test_a_misspelt_status_filters_nothing_in(hub: Hub) -> None:
    assert _configure(hub, {"type": "FromWorkflow", "status": ["ready-for-handeling"]}).status_code == 200
    hub.ready()
    assert _pull(hub) == []


def test_events_of_a_store_order_come_twice(hub: Hub) -> None:
    _configure(hub, {"type": "FromWorkflow", "status": ["payment-approved"]})
    order_id = hub.act("place_store_order", items=[{"sku": 2001, "quantity": 1}])["orderId"]
    hub.advance(61)
    events = _pull(hub)
    assert sorted(one["domain"] for one in events) == ["Fulfillment", "Marketplace"]
    assert {one["orderId"] for one in events} == {order_id}


@pytest.mark.parametrize(("single", "least", "most"), [(False, 1, 1), (True, 2, 99)])
def test_from_orders(hub: Hub, single: bool, least: int, most: int) -> None:
    expression = 'status = "invoiced" or finished = true or $count(packageAttachment.packages) > 0'
    rule = {"type": "FromOrders", "expression": expression, "disableSingleFire": single}
    assert _configure(hub, rule).status_code == 200
    order_id = hub.ready()
    assert _pull(hub) == []
    hub.act("invoice", order=order_id)
    hub.act("ship", order=order_id, tracking_number="AA123456785BR")
    hub.act("deliver", order=order_id)
    assert least <= len(_pull(hub)) <= most


@pytest.mark.parametrize(
    ("rule", "queue", "status"),
    [
        (_WORKFLOW | {"expression": "x"}, {}, 409),
        ({"type": "FromOrders", "expression": "x = 1", "status": []}, {}, 409),
        ({"type": "Other"}, {}, 400),
        ({"type": "FromOrders"}, {}, 400),
        ({"type": "FromOrders", "expression": 'status ~> "x"'}, {}, 400),
        (_WORKFLOW, {"visibilityTimeoutInSeconds": "250"}, 400),
        (_WORKFLOW, {"MessageRetentionPeriodInSeconds": 60}, 400),
        (_WORKFLOW, {"MessageRetentionPeriodInSeconds": 1209601}, 400),
    ],
)
def test_wrong_feeds(hub: Hub, rule: Any, queue: Any, status: int) -> None:
    assert error(_configure(hub, rule, **queue), status) == str(status)
    assert error(hub.call("GET", "/api/orders/feed/config"), 404) == "404"


def test_a_feed_dies_without_events(hub: Hub) -> None:
    _configure(hub)
    hub.advance(345_601)
    assert error(hub.call("GET", "/api/orders/feed?maxlot=1"), 404) == "404"


def test_events_are_kept_for_the_retention_period_only(hub: Hub) -> None:
    _configure(hub)
    hub.ready("1")
    hub.advance(200_000)
    hub.ready("2")
    hub.advance(150_000)
    assert [one["orderId"] for one in _pull(hub)] == ["MKP-2"]


def test_a_feed_can_be_deleted(hub: Hub) -> None:
    _configure(hub)
    assert hub.call("DELETE", "/api/orders/feed/config").status_code == 200
    assert error(hub.call("DELETE", "/api/orders/feed/config"), 404) == "404"
    assert error(hub.call("POST", "/api/orders/feed", {"handles": "x"})) == "400"


# hook


def _hook(hub: Hub, url: str, **hook: Any) -> Any:
    body = {"filter": _WORKFLOW, "hook": {"url": url, "headers": {"x-hub-key": "secret"}} | hook}
    return hub.call("POST", "/api/orders/hook/config", body)


def test_a_hook_is_pinged_then_notified(hub: Hub, receiver: Receiver) -> None:
    assert _hook(hub, f"{receiver.url}/hook").status_code == 200
    path, headers, body = receiver.got[0]
    assert (path, headers["x-hub-key"], body) == ("/hook", "secret", {"hookConfig": "ping"})
    order_id = hub.ready()
    wait_for(lambda: len(receiver.got) == 2)
    _, headers, body = receiver.got[1]
    assert headers["x-hub-key"] == "secret"
    assert set(body) == {"Domain", "OrderId", "State", "LastState", "LastChange", "CurrentChange", "Origin"}
    assert (body["Domain"], body["OrderId"], body["State"]) == ("Fulfillment", order_id, "ready-for-handling")
    assert body["Origin"] == {"Account": "lojaaurora", "Key": "vtexappkey-lojaaurora-SANDBOX"}
    assert body["CurrentChange"].endswith("Z")
    assert hub.get("/api/orders/hook/config")["hook"]["url"] == f"{receiver.url}/hook"


def test_a_hook_is_not_kept_unless_the_ping_is_answered(hub: Hub, receiver: Receiver) -> None:
    receiver.answer = (202, {})
    assert error(_hook(hub, receiver.url)) == "400"
    assert error(_hook(hub, "http://127.0.0.1:9/")) == "400"
    assert error(_hook(hub, "http://hub.example/")) == "400"  # only https, but for this machine
    assert error(_hook(hub, receiver.url, headers=None)) == "400"
    assert error(hub.call("GET", "/api/orders/hook/config"), 404) == "404"


def test_a_hook_is_tried_again(hub: Hub, receiver: Receiver) -> None:
    _hook(hub, receiver.url)
    receiver.answers = [(500, {})]
    hub.ready()
    wait_for(lambda: hub.tried("hook", 1))
    hub.advance(31)
    wait_for(lambda: len(receiver.got) == 3)
    assert receiver.got[1][2] == receiver.got[2][2]


@pytest.mark.faults
def test_hook_faults(hub: Hub, receiver: Receiver) -> None:
    _hook(hub, receiver.url)
    hub.running.fault(platform="vtex", operation="hook", kind="duplicate", nth=1)
    hub.running.fault(platform="vtex", operation="hook", kind="lose", nth=2)
    hub.ready("1")
    hub.ready("2")
    wait_for(lambda: len(receiver.got) == 3)
    time.sleep(0.05)
    assert [body["OrderId"] for body in receiver.bodies()[1:]] == ["MKP-1", "MKP-1"]


def test_a_hook_dies_after_three_days(hub: Hub, receiver: Receiver) -> None:
    _hook(hub, receiver.url)
    hub.advance(3 * 86400 + 1)
    assert error(hub.call("GET", "/api/orders/hook/config"), 404) == "404"


# affiliates


@pytest.fixture
def notified(hub: Hub, receiver: Receiver) -> Receiver:
    """The hub as the search endpoint of the affiliate MKP."""
    hub.act("set_search_endpoint", affiliate="MKP", url=f"{receiver.url}/notification/")
    return receiver


def _next(notified: Receiver) -> dict[str, Any]:
    body: dict[str, Any] = wait_for(lambda: notified.bodies("/notification/") or None)[0]
    notified.got.clear()
    return body


def test_changes_are_told_without_their_values(hub: Hub, notified: Receiver) -> None:
    hub.act("set_stock", sku=2001, warehouse="1_1", quantity=7)
    body = _next(notified)
    assert (body["IdSku"], body["An"], body["IdAffiliate"]) == ("2001", "lojaaurora", "MKP")
    flags = [key for key, value in body.items() if value is True]
    assert flags == ["IsActive", "StockModified"]
    hub.act("set_price", sku=2001, base="199.90")
    assert _next(notified)["PriceModified"] is True
    hub.pricing("PATCH", "/2001/fixed", [{"tradePolicyId": "1", "value": 1, "minQuantity": 1}])
    assert _next(notified)["PriceModified"] is True
    hub.act("deactivate_sku", sku=2001)
    body = _next(notified)
    assert (body["IsActive"], body["HasStockKeepingUnitModified"]) == (False, True)


def test_a_product_id_is_a_number_a_string_or_absent(hub: Hub, notified: Receiver) -> None:
    shown = []
    for sku in (2001, 2002, 2003):
        hub.act("update_sku", sku=sku, name="Outro")
        shown.append(_next(notified).get("ProductId"))
    assert sorted(map(repr, shown)) == ["'1001'", "1001", "None"]


def test_orders_change_stock(hub: Hub, notified: Receiver) -> None:
    hub.placed()
    bodies = wait_for(lambda: len(notified.got) == 2 and notified.bodies())
    assert {(body["IdSku"], body["StockModified"]) for body in bodies} == {("2001", True), ("2012", True)}


def test_a_product_leaves_the_trade_policy(hub: Hub, notified: Receiver) -> None:
    hub.act("update_product", product=1009, channels=[2])
    assert _next(notified)["HasStockKeepingUnitRemovedFromAffiliate"] is True
    hub.act("set_stock", sku=2020, warehouse="1_1", quantity=1)
    time.sleep(0.05)
    assert notified.got == []


def test_nobody_repeats_an_affiliate_notification(hub: Hub, notified: Receiver) -> None:
    notified.answer = (500, {})
    hub.act("set_stock", sku=2001, warehouse="1_1", quantity=7)
    _next(notified)
    wait_for(lambda: hub.tried("affiliate", 1))
    hub.advance(86400)
    time.sleep(0.05)
    assert notified.got == []


def test_affiliate_settings(hub: Hub) -> None:
    path = "/api/fulfillment/pvt/affiliates"
    hub.act("create_affiliate", id="XYZ", name="Outro canal", sales_channel="2")
    assert [one["id"] for one in hub.get(path)] == ["MKP", "XYZ"]
    body = hub.get(f"{path}/XYZ") | {"name": "Canal", "minimumValueAccumulated": 5000}
    assert hub.call("PUT", f"{path}/XYZ", body).status_code == 204
    assert hub.get(f"{path}/XYZ") == body
    for changes, code in (
        ({"name": ""}, "FMT0034"),
        ({"followUpEmail": "x"}, "FMT0032"),
        ({"salesChannel": "9"}, "FMT0036"),
        ({"salesChannel": 2}, "FMT0036"),
        ({"searchURIEndpointVersion": "2.x.x"}, "FMT0029"),
    ):
        assert error(hub.call("PUT", f"{path}/XYZ", body | changes)) == code
    assert error(hub.call("PUT", f"{path}/NWS", body), 404) == "404"
    assert hub.call("DELETE", f"{path}/XYZ").status_code == 204
    assert error(hub.call("GET", f"{path}/XYZ"), 404) == "404"
    assert "FMT0031" in hub.refused_act("create_affiliate", id="HUB", name="tem vogal")


# the filter language


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ('status = "invoiced"', True),
        ("status = 'handling' or value > 1000", True),
        ('(status = "handling" or value >= 2000) and salesChannel = "2"', False),
        ("$count(items) = 2", True),
        ("$count(items.id) > 2", False),
        ("$exists(items.ean)", False),
        ("isAllDelivered = false", True),
        ("status != null", True),
        ("status > 1", False),
        ("missing", False),
    ],
)
def test_jsonata(expression: str, wanted: bool) -> None:
    order = {"status": "invoiced", "value": 2000, "salesChannel": "1", "items": [{"id": "1"}, {"id": "2"}]}
    assert jsonata.holds(expression, order | {"isAllDelivered": False}) is wanted


@pytest.mark.parametrize("expression", ["", "status =", "(status = 1", "status ~> /x/", "$sum(items)", "a = 1 b"])
def test_jsonata_that_is_not_known_here(expression: str) -> None:
    with pytest.raises(ValueError):
        jsonata.holds(expression, {})
