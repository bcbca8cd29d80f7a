"""The life of a marketplace's order in VTEX: statuses, windows, deadlines, invoice, tracking, cancellation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import Receiver, Running, wait_for
from vtex_hub import Hub, error

from sandbox.nfe import read_nfe
from sandbox.vtex import VTEX

_ANSWER = (200, {"date": "2026-11-24T10:00:00Z", "orderId": "x", "receipt": None})


@pytest.fixture
def called(hub: Hub, receiver: Receiver) -> Receiver:
    """The marketplace that VTEX calls back, answering as it should."""
    receiver.answer = _ANSWER
    hub.callback = f"{receiver.url}/cb/secret/"
    return receiver


def _reaches(hub: Hub, order_id: str, status: str) -> None:
    wait_for(lambda: hub.status(order_id) == status)


def test_from_placed_to_handling(hub: Hub) -> None:
    order_id = hub.placed()
    assert hub.status(order_id) == "waiting-ffmt-authorization"
    answer = hub.authorise(order_id)
    assert answer.status_code == 200
    assert set(answer.json()) == {"date", "marketplaceOrderId", "orderId", "receipt"}
    assert hub.status(order_id) == "window-to-cancel"
    hub.advance(1700)
    assert hub.status(order_id) == "window-to-cancel"
    start = f"/api/oms/pvt/orders/{order_id}/start-handling"
    assert error(hub.call("POST", start), 409) == "OMS003"
    hub.advance(101)
    assert hub.status(order_id) == "ready-for-handling"
    assert (hub.call("POST", start).status_code, hub.status(order_id)) == (204, "handling")
    assert error(hub.call("POST", start), 409) == "OMS003"


def test_authorisation_is_checked(hub: Hub) -> None:
    order_id = hub.placed()
    assert error(hub.authorise(order_id, marketplaceOrderId="other")) == "FMT0071"
    assert error(hub.authorise("MKP-none"), 404) == "OMS007"
    path = f"/api/fulfillment/pvt/orders/{order_id}/fulfill"
    body = {"marketplaceOrderId": "2000009876543210"}
    assert error(hub.call("POST", f"{path}?sc=1", body)) == "FMT0021"
    assert hub.call("POST", f"{path}?sc=1&affiliateId=MKP", [body]).status_code == 200  # an array, as guides show it
    assert error(hub.authorise(order_id)) == "FMT0024"


def test_unauthorised_for_thirty_days(hub: Hub, called: Receiver) -> None:
    order_id = hub.placed()
    hub.advance(29 * 86400)
    assert hub.status(order_id) == "waiting-ffmt-authorization"
    hub.advance(86400)
    _reaches(hub, order_id, "canceled")
    order = hub.order(order_id)
    assert order["cancellationData"]["RequestedBySystem"] is True
    assert hub.stock(2001) == (20, 0)
    assert error(hub.place()) == "FMT0060"


def test_a_restart_goes_on(start: Callable[..., Running], tmp_path: Path) -> None:
    hub = Hub(start(tmp_path / "s.db", platforms=[VTEX]))
    order_id = hub.placed()
    hub.authorise(order_id)
    before = hub.order(order_id)
    hub.running.stop()
    again = Hub(start(tmp_path / "s.db", platforms=[VTEX]))
    assert again.order(order_id) == before
    assert again.stock(2001) == (20, 1)
    assert error(again.place()) == "FMT009"
    again.advance(1801)
    assert again.status(order_id) == "ready-for-handling"


@pytest.mark.faults
def test_an_order_in_doubt_is_there(hub: Hub) -> None:
    fault = {"platform": "vtex", "operation": "place_order", "nth": 1, "seconds": 0.05}
    hub.running.fault(kind="timeout_after", **fault)
    with pytest.raises(httpx.TransportError):
        hub.place()
    assert hub.status("MKP-2000009876543210") == "waiting-ffmt-authorization"
    assert error(hub.place()) == "FMT009"
    assert hub.stock(2001) == (20, 1)
    hub.running.control("faults", method="DELETE")
    hub.running.fault(kind="status_500_after", **fault)
    assert error(hub.place([hub.body("2")]), 500) == "500"
    assert hub.status("MKP-2") == "waiting-ffmt-authorization"


@pytest.mark.faults
def test_a_new_order_may_not_be_found_at_once(hub: Hub) -> None:
    hub.running.fault(platform="vtex", operation="get_order", kind="index_lag", seconds=60)
    order_id = hub.placed()
    assert error(hub.call("GET", f"/api/oms/pvt/orders/{order_id}"), 404) == "OMS007"
    hub.advance(61)
    assert hub.status(order_id) == "waiting-ffmt-authorization"


# invoice


def test_the_erp_invoices(hub: Hub, called: Receiver) -> None:
    order_id = hub.ready()
    hub.act("start_handling", order=order_id)
    made = hub.act("invoice", order=order_id)
    _reaches(hub, order_id, "invoiced")
    package = hub.order(order_id)["packageAttachment"]["packages"][0]
    facts = read_nfe(package["embeddedInvoice"].encode())
    assert facts.key == package["invoiceKey"] == made["invoiceKey"]
    assert int(package["invoiceNumber"]) == facts.number
    assert (package["invoiceValue"], int(facts.total * 100)) == (34960, 34960)
    assert facts.buyer_document == "11144477735"
    assert [(line.sku, int(line.quantity)) for line in facts.lines] == [("0012-AZ-P", 1), ("BAT-01-RUBI", 2)]
    posted = called.bodies("/cb/secret/pub/orders/2000009876543210/invoice")
    assert posted[0]["embeddedInvoice"] == package["embeddedInvoice"]
    assert posted[0]["items"][0] == {"id": "2001", "price": 24990, "quantity": 1}


def test_not_invoiced_until_the_callback_is_answered(hub: Hub, called: Receiver) -> None:
    called.answer = (200, {})  # without date, orderId and receipt: not an answer
    order_id = hub.ready()
    hub.act("invoice", order=order_id)
    wait_for(lambda: hub.tried("invoice_callback", 1))
    assert hub.status(order_id) == "invoice"
    called.answer = _ANSWER
    hub.advance(61)
    _reaches(hub, order_id, "invoiced")
    assert hub.order(order_id)["workflowIsInError"] is False


@pytest.mark.faults
def test_a_lost_callback_leaves_the_workflow_in_error(hub: Hub, called: Receiver) -> None:
    hub.running.fault(platform="vtex", operation="invoice_callback", kind="lose")
    order_id = hub.ready()
    hub.act("invoice", order=order_id)
    _reaches(hub, order_id, "invoiced")
    assert hub.order(order_id)["workflowIsInError"] is True
    assert called.got == []


def test_invoices_in_parts(hub: Hub, called: Receiver) -> None:
    order_id = hub.ready()
    hub.act("invoice", order=order_id, lines=[{"line": 0, "quantity": 1}])
    assert hub.status(order_id) == "payment-approved"
    assert error(hub.call("POST", f"/api/oms/pvt/orders/{order_id}/cancel", {"reason": "x"})) == "OMS004"
    hub.act("invoice", order=order_id, lines=[{"line": 1, "quantity": 2}])
    _reaches(hub, order_id, "invoiced")
    values = [one["invoiceValue"] for one in hub.order(order_id)["packageAttachment"]["packages"]]
    assert values == [26980, 7980]


def test_an_invoice_by_api(hub: Hub, called: Receiver) -> None:
    order_id = hub.ready()
    first = hub.invoice(order_id)
    assert set(first.json()) == {"date", "orderId", "receipt"}
    _reaches(hub, order_id, "invoiced")
    again = hub.invoice(order_id, invoiceKey="other")
    assert again.json()["receipt"] != first.json()["receipt"]
    assert hub.order(order_id)["packageAttachment"]["packages"][0]["invoiceKey"].startswith("3526")
    assert error(hub.invoice(order_id, invoiceNumber="2")) == "ORD039"
    back = hub.invoice(order_id, type="Input", invoiceNumber="R1", invoiceValue="24990")
    assert back.status_code == 200
    kinds = [one["type"] for one in hub.order(order_id)["packageAttachment"]["packages"]]
    assert kinds == ["Output", "Input"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": "output"}, "400"),
        ({"issuanceDate": "2026-11-24"}, "400"),
        ({"issuanceDate": "24/11/2026 10:00"}, "400"),
        ({"invoiceNumber": None}, "400"),
        ({"invoiceNumber": 59579}, "400"),
        ({"invoiceValue": "349.60"}, "400"),
        ({"invoiceValue": 349.6}, "400"),
        ({"invoiceValue": "0"}, "400"),
        ({"invoiceValue": "34961"}, "OMS010"),
        ({"courier": None}, "400"),
        ({"invoiceKey": 1}, "400"),
        ({"items": []}, "400"),
        ({"items": [{"id": "2020", "price": 1, "quantity": 1}]}, "400"),
        ({"items": [{"id": "2001", "price": 249.9, "quantity": 1}]}, "400"),
        ({"items": [{"id": 2001, "price": 24990, "quantity": 1}]}, "400"),
        ({"type": "Input"}, "OMS011"),
    ],
)
def test_wrong_invoices(hub: Hub, changes: dict[str, Any], code: str) -> None:
    order_id = hub.ready()
    assert error(hub.invoice(order_id, **changes)) == code
    assert hub.order(order_id)["packageAttachment"]["packages"] == []


def test_no_invoice_before_the_order_is_ready(hub: Hub) -> None:
    assert error(hub.invoice(hub.placed())) == "ORD039"
    assert error(hub.invoice("MKP-none"), 404) == "OMS007"


# tracking and delivery


def test_tracking_needs_an_invoice(hub: Hub, called: Receiver) -> None:
    order_id = hub.ready()
    path = f"/api/oms/pvt/orders/{order_id}/invoice/000059579"
    tracking = {
        "trackingNumber": "AA123456785BR", "trackingUrl": None, "courier": "Correios", "dispatchedDate": None,
    }  # fmt: skip
    events = {"isDelivered": True, "deliveredDate": "2026-11-28 21:15", "events": [_EVENT]}
    assert error(hub.call("PATCH", path, tracking), 404) == "OMS012"
    hub.invoice(order_id)
    _reaches(hub, order_id, "invoiced")
    assert error(hub.call("PUT", f"{path}/tracking", events)) == "OMS013"
    assert error(hub.call("PATCH", path, {"trackingNumber": "AA123456785BR"})) == "400"
    assert hub.call("PATCH", path, tracking).status_code == 200
    assert hub.order(order_id)["packageAttachment"]["packages"][0]["trackingNumber"] == "AA123456785BR"
    wait_for(lambda: len(called.bodies("/cb/secret/pub/")) == 2)
    assert called.bodies()[-1]["trackingNumber"] == "AA123456785BR"
    assert hub.call("PUT", f"{path}/tracking", events).status_code == 200
    order = hub.order(order_id)
    state = order["packageAttachment"]["packages"][0]["courierStatus"]
    assert (state["finished"], state["deliveredDate"], order["status"]) == (True, "2026-11-28 21:15", "invoiced")
    assert state["data"][0]["city"] == "São Paulo"


_EVENT = {"city": "São Paulo", "state": "SP", "description": "Entregue", "date": "2026-11-28"}


@pytest.mark.parametrize(
    "changes",
    [
        {"deliveredDate": "2026-11-28T21:15:00Z"},
        {"isDelivered": "true"},
        {"events": {}},
        {"events": [{"city": "São Paulo"}]},
    ],
)
def test_wrong_tracking_events(hub: Hub, called: Receiver, changes: dict[str, Any]) -> None:
    order_id = hub.ready()
    hub.act("invoice", order=order_id, number=7)
    hub.act("ship", order=order_id, tracking_number="AA123456785BR")
    body = {"isDelivered": True, "deliveredDate": None, "events": [_EVENT]} | changes
    assert error(hub.call("PUT", f"/api/oms/pvt/orders/{order_id}/invoice/000000007/tracking", body)) == "400"


def test_the_merchant_ships_and_the_carrier_delivers(hub: Hub, called: Receiver) -> None:
    order_id = hub.ready()
    hub.act("invoice", order=order_id, embedded=False)
    hub.act("ship", order=order_id, tracking_number="AA123456785BR")
    hub.act("deliver", order=order_id)
    package = hub.order(order_id)["packageAttachment"]["packages"][0]
    assert (package["embeddedInvoice"], package["courier"]) == (None, "Correios")
    assert package["courierStatus"]["finished"] is True
    assert "no such invoice" in hub.refused_act("ship", order=order_id, tracking_number="x", invoice_number="9")


# cancellation


def _cancel(hub: Hub, order_id: str, **body: Any) -> Any:
    return hub.call("POST", f"/api/oms/pvt/orders/{order_id}/cancel", body or {"reason": "Desistência"})


@pytest.mark.parametrize("paid", [False, True])
def test_in_the_window_it_goes_through(hub: Hub, called: Receiver, paid: bool) -> None:
    order_id = hub.placed()
    if paid:
        hub.authorise(order_id)
    assert _cancel(hub, order_id, reason="Desistência", requestedByUser=True).status_code == 200
    _reaches(hub, order_id, "canceled")
    order = hub.order(order_id)
    assert order["cancellationData"]["RequestedByUser"] is True
    assert (order["cancelReason"], order["allowCancellation"]) == ("Desistência", False)
    assert hub.stock(2001) == (20, 0)
    assert called.bodies("/cb/secret/pvt/orders/2000009876543210/cancel") == [{"reason": "Desistência"}]
    assert error(_cancel(hub, order_id)) == "CHK0202"


def test_200_is_not_yet_cancelled(hub: Hub, called: Receiver) -> None:
    called.answer = (500, {})
    order_id = hub.placed()
    assert _cancel(hub, order_id).status_code == 200
    wait_for(lambda: hub.tried("cancel_callback", 1))
    assert hub.status(order_id) == "cancel"
    called.answer = _ANSWER
    hub.advance(61)
    _reaches(hub, order_id, "canceled")


def test_after_the_window_the_merchant_decides(hub: Hub, called: Receiver) -> None:
    order_id = hub.ready()
    assert _cancel(hub, order_id).status_code == 200
    assert hub.status(order_id) == "cancellation-requested"
    assert error(_cancel(hub, order_id)) == "CHK0202"
    hub.advance(301)
    _reaches(hub, order_id, "canceled")
    assert hub.stock(2001) == (20, 0)


def test_a_denied_cancellation(hub: Hub, called: Receiver) -> None:
    hub.act("configure", decides_cancellation="manual")
    order_id = hub.ready()
    hub.act("start_handling", order=order_id)
    _cancel(hub, order_id)
    hub.advance(86400)
    assert hub.status(order_id) == "cancellation-requested"
    hub.act("decide_cancel", order=order_id, accept=False, reason="Já embalado")
    order = hub.order(order_id)
    assert (order["status"], order["cancellationRequests"][0]["deniedBySeller"]) == ("handling", True)
    assert "is in handling" in hub.refused_act("decide_cancel", order=order_id, accept=True)


def test_denied_by_api(hub: Hub) -> None:
    hub.act("configure", decides_cancellation="manual")
    order_id = hub.ready()
    path = f"/api/orders/pvt/document/{order_id}/deny-cancellation-request"
    assert error(hub.call("POST", path, {"cancellationRequestId": "x", "denyReason": "y"})) == "OMS005"
    _cancel(hub, order_id)
    assert error(hub.call("POST", path, {"cancellationRequestId": "x", "denyReason": "y"})) == "OMS006"
    request = hub.order(order_id)["cancellationRequests"][0]["id"]
    assert hub.call("POST", path, {"cancellationRequestId": request, "denyReason": "y"}).status_code == 200
    assert hub.status(order_id) == "ready-for-handling"


def test_handled_units_are_not_given_back(hub: Hub, called: Receiver) -> None:
    order_id = hub.ready()
    hub.act("start_handling", order=order_id)
    _cancel(hub, order_id)
    hub.advance(301)
    _reaches(hub, order_id, "canceled")
    assert hub.stock(2001) == (20, 1)


def test_what_is_invoiced_cannot_be_cancelled(hub: Hub, called: Receiver) -> None:
    order_id = hub.ready()
    hub.act("invoice", order=order_id)
    _reaches(hub, order_id, "invoiced")
    assert error(_cancel(hub, order_id)) == "CHK0202"
    assert "cannot be cancelled" in hub.refused_act("seller_cancel", order=order_id)
    assert error(_cancel(hub, "MKP-none"), 404) == "OMS007"
    assert error(_cancel(hub, order_id, reason=7)) == "400"


def test_the_seller_cancels(hub: Hub, called: Receiver) -> None:
    order_id = hub.ready()
    hub.act("seller_cancel", order=order_id, reason="Produto sem estoque")
    _reaches(hub, order_id, "canceled")
    assert called.bodies("/cb/secret/pvt/")[0] == {"reason": "Produto sem estoque"}
    assert hub.order(order_id)["cancellationData"]["RequestedBySellerNotification"] is True


def test_the_callback_keeps_the_endpoints_query(hub: Hub, called: Receiver) -> None:
    hub.callback = f"{called.url}/cb?an=aurora"
    order_id = hub.placed()
    _cancel(hub, order_id)
    _reaches(hub, order_id, "canceled")
    assert called.got[0][0] == "/cb/pvt/orders/2000009876543210/cancel?an=aurora"


# list


def test_the_list_lags_behind(hub: Hub) -> None:
    order_id = hub.placed()
    path = "/api/oms/pvt/orders?page=1&per_page=100"
    assert hub.get(path)["paging"] == {"total": 0, "pages": 0, "currentPage": 1, "perPage": 100}
    hub.advance(241)
    row = hub.get(path)["list"][0]
    assert (row["orderId"], row["items"], row["totalValue"]) == (order_id, None, 34960)
    assert (row["status"], row["affiliateId"]) == ("waiting-ffmt-authorization", "MKP")


def test_the_list_is_filtered_and_paged(hub: Hub) -> None:
    orders = [hub.placed(str(number)) for number in range(3)]
    hub.authorise(orders[0])
    hub.advance(300)
    path = "/api/oms/pvt/orders"

    def listed(query: str) -> list[str]:
        return [row["orderId"] for row in hub.get(f"{path}?{query}")["list"]]

    assert listed("f_status=window-to-cancel") == [orders[0]]
    assert listed("orderBy=orderId,asc&per_page=2&page=2") == [orders[2]]
    assert listed("q=1") == ["MKP-1"]
    assert listed("f_affiliateId=ZZZ") == []
    assert listed("f_creationDate=creationDate:[2020-01-01T00:00:00.000Z TO 2090-01-01T00:00:00.000Z]") == orders[::-1]
    assert listed("f_creationDate=creationDate:[2020-01-01T00:00:00.000Z TO 2020-01-02T00:00:00.000Z]") == []
    for wrong in ("page=31", "per_page=101", "page=0", "orderBy=status,asc", "f_creationDate=2026-01-01"):
        assert error(hub.call("GET", f"{path}?{wrong}")) == "400"


# the store's own orders


def test_the_stores_own_orders(hub: Hub) -> None:
    order_id = hub.act("place_store_order", items=[{"sku": 2001, "quantity": 1}], paid=False)["orderId"]
    order = hub.order(order_id)
    assert (order["origin"], order["status"], order["affiliateId"]) == ("Marketplace", "payment-pending", "")
    payment = order["paymentData"]["transactions"][0]["payments"][0]["id"]
    path = f"/api/oms/pvt/orders/{order_id}/payments/{{}}/payment-notification"
    assert error(hub.call("POST", path.format("x")), 404) == "OMS007"
    assert hub.call("POST", path.format(payment)).status_code == 200
    assert error(hub.call("POST", path.format(payment))) == "OMS003"
    hub.advance(1801)
    assert hub.status(order_id) == "ready-for-handling"
    foreign = f"/api/oms/pvt/orders/{hub.placed()}/payments/x/payment-notification"
    assert error(hub.call("POST", foreign)) == "OMS001"
    hub.act("invoice", order=order_id)
    assert hub.status(order_id) == "invoiced"  # no marketplace to ask
    assert "cannot sell" in hub.refused_act("place_store_order", items=[{"sku": 2017, "quantity": 1}])


def test_a_paid_store_order(hub: Hub) -> None:
    order_id = hub.act("place_store_order", items=[{"sku": 2001, "quantity": 1}])["orderId"]
    hub.advance(61)
    assert hub.status(order_id) == "window-to-cancel"
    assert hub.stock(2001) == (20, 1)
