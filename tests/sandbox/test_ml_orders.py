"""Mercado Livre: buying, paying, packs, search, billing data, cancelling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ml_seller import NEW, Seller, refused
from served import Running

from sandbox.mercado_livre import MERCADO_LIVRE

SINCE = "order.date_created.from=2020-01-01T00:00:00.000-00:00"


def listed(ml: Seller, filters: str = SINCE) -> list[int]:
    return [order["id"] for order in ml.get(f"/orders/search?seller=123&{filters}")["results"]]


def two_skus(ml: Seller) -> None:
    ml.publish("P")
    ml.publish("M", family_name="Camiseta Aurora Gola V")


def test_a_paid_order_as_the_seller_reads_it(ml: Seller) -> None:
    item = ml.publish()
    bought = ml.buy("0007-BR-P", quantity=2, freight="12.50", method="master", installments=3, interest="4.10")
    order = ml.order(bought)
    assert bought["pack"] is None
    assert (order["status"], order["pack_id"], order["tags"]) == ("paid", None, ["paid"])
    line = order["order_items"][0]
    assert (line["item"]["id"], line["item"]["seller_sku"]) == (item["id"], "0007-BR-P")
    assert (line["quantity"], str(line["unit_price"]), str(line["sale_fee"])) == (2, "79.9", "9.59")
    assert (str(order["total_amount"]), str(order["paid_amount"])) == ("159.8", "159.8")
    payment = order["payments"][0]
    assert (payment["status"], payment["status_detail"]) == ("approved", "accredited")
    assert (payment["payment_method_id"], payment["payment_type"], payment["installments"]) == (
        "master",
        "credit_card",
        3,
    )
    assert (str(payment["total_paid_amount"]), str(payment["shipping_cost"])) == ("176.4", "12.5")
    assert ml.get(f"/collections/{payment['id']}")["collection"]["status"] == "approved"
    assert order["date_created"].endswith("-04:00")
    assert (order["buyer"]["first_name"], order["cancel_detail"]) == ("Ana", None)
    assert "_" not in order
    assert ml.get(f"/items/{item['id']}")["available_quantity"] == 3
    assert ml.get(f"/items/{item['id']}")["sold_quantity"] == 2


def test_nobody_buys_more_than_there_is(ml: Seller) -> None:
    item = ml.publish(available_quantity=2)
    line = [{"item": item["id"], "quantity": 3}]
    assert ml.refused_act("buy", lines=line) == f"item {item['id']} has 2 units, not 3"
    ml.buy("0007-BR-P", quantity=2)
    gone = ml.get(f"/items/{item['id']}")
    assert (gone["available_quantity"], gone["status"], gone["sub_status"]) == (0, "paused", ["out_of_stock"])
    assert "is paused" in ml.refused_act("buy", lines=[{"item": item["id"]}])
    assert "no active item" in ml.refused_act("buy", lines=[{"sku": "0007-BR-P"}])


def test_the_way_to_paid(ml: Seller) -> None:
    item = ml.publish()
    bought = ml.buy("0007-BR-P", payment="later")
    assert ml.order(bought)["status"] == "confirmed"
    required = ml.buy("0007-BR-P", payment="none")
    assert (ml.order(required)["status"], ml.order(required)["tags"]) == ("payment_required", ["not_paid"])
    pending = ml.buy("0007-BR-P", payment="pending", method="bolbradesco")
    assert ml.order(pending)["status"] == "payment_in_process"
    assert ml.get(f"/items/{item['id']}")["available_quantity"] == 5
    ml.act("refuse_payment", order=pending["orders"][0])
    refused_ = ml.order(pending)
    assert (refused_["status"], refused_["payments"][0]["status"]) == ("payment_required", "rejected")
    ml.act("pay", order=pending["orders"][0], amount="30.00")
    assert ml.order(pending)["status"] == "partially_paid"
    ml.act("pay", order=pending["orders"][0])
    paid = ml.order(pending)
    assert (paid["status"], str(paid["paid_amount"])) == ("paid", "79.9")
    assert [one["status"] for one in paid["payments"]] == ["rejected", "approved", "approved"]
    assert ml.get(f"/items/{item['id']}")["available_quantity"] == 4


def test_paid_too_late_for_the_stock_is_cancelled_and_refunded(ml: Seller) -> None:
    ml.publish(available_quantity=1)
    slow = ml.buy("0007-BR-P", payment="pending")
    ml.buy("0007-BR-P")
    ml.act("pay", order=slow["orders"][0])
    order = ml.order(slow)
    assert (order["status"], order["payments"][0]["status"]) == ("cancelled", "refunded")
    assert order["cancel_detail"]["group"] == "item"


def test_what_nobody_pays_is_cancelled_in_two_days(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P", payment="none")
    ml.later(48 * 3600)
    ml.refresh()
    order = ml.order(bought)
    assert (order["status"], order["cancel_detail"]["code"]) == ("cancelled", "payment_expired")
    assert ml.shipment(bought)["status"] == "cancelled"


def test_who_the_buyer_is_shows_once_paid(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P", payment="pending")
    assert set(ml.order(bought)["buyer"]) == {"id", "nickname"}
    hidden = ml.shipment(bought)["destination"]
    assert (hidden["receiver_name"], hidden["shipping_address"]["zip_code"]) == ("XXXXXXX", "XXXXXXX")
    ml.act("pay", order=bought["orders"][0])
    shown = ml.shipment(bought)["destination"]
    assert (shown["receiver_name"], shown["shipping_address"]["zip_code"]) == ("Ana Souza", "20040030")
    assert shown["receiver_phone"] == "XXXXXXX"
    billing = ml.order(bought)["buyer"]["billing_info"]["id"]
    info = ml.get(f"/orders/billing-info/MLB/{billing}")["buyer"]["billing_info"]
    assert info["identification"] == {"type": "CPF", "number": "52998224725"}
    assert (info["name"], info["last_name"], info["address"]["zip_code"]) == ("Ana", "Souza", "20040030")
    assert "taxes" not in info
    refused(ml.call("GET", f"/orders/billing-info/MLB/{bought['orders'][0]}"), 404, "not_found")
    refused(ml.call("GET", f"/orders/billing-info/MLA/{billing}"), 404, "not_found")


def test_a_company_has_a_state_registration(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P", buyer=2212631004)
    billing = ml.order(bought)["buyer"]["billing_info"]["id"]
    info = ml.get(f"/orders/billing-info/MLB/{billing}")["buyer"]["billing_info"]
    assert info["identification"] == {"type": "CNPJ", "number": "45997418000153"}
    assert info["taxes"]["inscriptions"]["state_registration"] == "063250303"
    assert "last_name" not in info


def test_each_line_of_a_cart_is_an_order_of_one_pack(ml: Seller) -> None:
    two_skus(ml)
    bought = ml.buy("P", "M", freight="10.00")
    orders = [ml.order(bought, place) for place in (0, 1)]
    assert [one["pack_id"] for one in orders] == [bought["pack"]] * 2
    assert all("pack_order" in one["tags"] for one in orders)
    assert [len(one["order_items"]) for one in orders] == [1, 1]
    assert [one["shipping_cost"] for one in orders] == [None, None]
    assert orders[0]["shipping"] == orders[1]["shipping"]
    pack = ml.get(f"/packs/{bought['pack']}")
    assert [one["id"] for one in pack["orders"]] == bought["orders"]
    assert (pack["status"], pack["shipment"]["id"]) == ("released", orders[0]["shipping"]["id"])
    items = ml.get(f"/shipments/{pack['shipment']['id']}/items", NEW)
    assert [one["order_id"] for one in items] == bought["orders"]
    for id_ in bought["orders"]:
        ml.act("buyer_cancel", order=id_)
    assert ml.get(f"/packs/{bought['pack']}")["status"] == "cancelled"


def test_an_order_without_a_pack_has_itself_for_a_pack(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P")
    assert ml.get(f"/packs/{bought['orders'][0]}")["orders"] == [{"id": bought["orders"][0]}]
    refused(ml.call("GET", "/packs/1"), 404, "not_found")


def test_whose_order_it_is(ml: Seller, legacy: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P")
    refused(legacy.call("GET", f"/orders/{bought['orders'][0]}"), 403, "not_owned_order")
    refused(legacy.call("GET", f"/packs/{bought['orders'][0]}"), 403, "forbidden")
    refused(ml.call("GET", "/orders/1"), 404, "order_not_found")
    refused(ml.call("GET", "/orders/abc"), 400, "invalid_order_id")
    refused(legacy.call("GET", f"/collections/{ml.order(bought)['payments'][0]['id']}"), 404, "not_found")


def test_the_search_lags_and_hides_what_is_cancelled(ml: Seller) -> None:
    ml.publish()
    bought = ml.act("buy", lines=[{"sku": "0007-BR-P"}])
    id_ = bought["orders"][0]
    assert listed(ml) == []
    assert ml.get(f"/orders/{id_}")["id"] == id_
    ml.later(11)
    assert listed(ml) == [id_]
    assert listed(ml, "order.status=payment_required") == []
    assert listed(ml, f"q={id_}") == [id_]
    assert listed(ml, "tags=paid&tags.not=pack_order") == [id_]
    assert listed(ml, "tags=pack_order") == []
    ml.act("buyer_cancel", order=id_)
    assert listed(ml, "order.status=paid") == [id_]  # the index still says so
    ml.later(11)
    assert listed(ml) == []
    assert listed(ml, "order.status=cancelled") == []
    assert ml.get(f"/orders/{id_}")["status"] == "cancelled"


def test_the_search_wants_a_filter_and_small_pages(ml: Seller) -> None:
    for query in ("seller=123", SINCE, f"seller=123&limit=51&{SINCE}", f"seller=123&sort=up&{SINCE}",
                  "seller=123&status=paid", "seller=123&order.date_created.from=yesterday"):  # fmt: skip
        refused(ml.call("GET", f"/orders/search?{query}"), 400, "bad_request")
    refused(ml.call("GET", f"/orders/search?seller=456&{SINCE}"), 403, "forbidden")


def test_the_search_pages_in_the_order_of_closing(ml: Seller) -> None:
    ml.publish(available_quantity=9)
    first, second = ml.buy("0007-BR-P", payment="pending"), ml.buy("0007-BR-P")
    third = ml.buy("0007-BR-P")
    ml.act("pay", order=first["orders"][0])
    ml.later(11)
    expected = [one["orders"][0] for one in (second, third, first)]
    assert listed(ml) == expected
    assert listed(ml, f"{SINCE}&sort=date_desc") == expected[::-1]
    assert listed(ml, f"{SINCE}&limit=2") == expected[:2]
    assert listed(ml, f"{SINCE}&limit=2&offset=2") == expected[2:]
    paging = ml.get(f"/orders/search?seller=123&{SINCE}&limit=2")["paging"]
    assert paging == {"total": 3, "offset": 0, "limit": 2}


def test_dates_are_cut_to_the_hour(ml: Seller) -> None:
    ml.publish()
    hour = ml.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    ml.later((hour - ml.now()).total_seconds() + 600)
    bought = ml.buy("0007-BR-P")

    def between(start: int, end: int) -> list[int]:
        moments = [(hour + timedelta(minutes=one)).isoformat().replace("+", "%2B") for one in (start, end)]
        name = "order.date_last_updated"
        return listed(ml, f"{name}.from={moments[0]}&{name}.to={moments[1]}")

    ml.later(11)
    assert between(30, 65) == bought["orders"]  # 00:30 is read as 00:00, 01:05 as 01:00
    assert between(0, 55) == []  # 00:55 is read as 00:00: it leaves out what came after
    assert between(-60, 60) == bought["orders"]


def test_year_old_orders_are_not_found(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P")
    ml.later(366 * 86_400)
    ml.authorise()
    assert listed(ml) == []
    assert ml.order(bought)["status"] == "paid"


def test_the_buyer_cancels_before_the_parcel_leaves(ml: Seller) -> None:
    item = ml.publish()
    bought = ml.buy("0007-BR-P")
    ml.act("buyer_cancel", order=bought["orders"][0])
    order = ml.order(bought)
    assert (order["status"], order["payments"][0]["status"]) == ("cancelled", "refunded")
    assert (order["cancel_detail"]["group"], order["cancel_detail"]["requested_by"]) == ("buyer", "buyer")
    assert ml.get(f"/items/{item['id']}")["available_quantity"] == 5
    assert (ml.shipment(bought)["status"], ml.shipment(bought)["substatus"]) == ("cancelled", "closed_by_user")
    assert "cancelled already" in ml.refused_act("buyer_cancel", order=bought["orders"][0])


def test_a_fraud_alert_is_a_tag(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P")
    ml.act("fraud", order=bought["orders"][0])
    order = ml.order(bought)
    assert (order["status"], "fraud_risk_detected" in order["tags"]) == ("paid", True)


def test_an_answer_may_be_partial(ml: Seller) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P")
    ml.act("partial", operation="get_order", fields=["buyer", "feedback"])
    answer = ml.call("GET", f"/orders/{bought['orders'][0]}")
    assert (answer.status_code, answer.headers["x-content-missing"]) == (206, "buyer, feedback")
    assert answer.json()["buyer"] == {}
    assert ml.order(bought)["buyer"]["nickname"] == "TESTUSER1001"


def cancel(ml: Seller, order: int, **changes: Any) -> Any:
    told = {"fulfilled": False, "rating": "neutral", "reason": "OUT_OF_STOCK", "message": "Sem estoque"}
    return ml.call("POST", f"/orders/{order}/feedback", json=told | {"restock_item": False} | changes)


def test_the_seller_cancels_by_feedback(ml: Seller) -> None:
    item = ml.publish()
    bought = ml.buy("0007-BR-P")
    assert cancel(ml, bought["orders"][0]).status_code == 201
    order = ml.order(bought)
    assert (order["status"], order["payments"][0]["status"]) == ("cancelled", "refunded")
    assert order["cancel_detail"]["code"] == "out_of_stock"
    assert (order["cancel_detail"]["group"], order["cancel_detail"]["requested_by"]) == ("seller", "seller")
    assert ml.get(f"/items/{item['id']}")["available_quantity"] == 4  # not restocked
    assert ml.shipment(bought)["status"] == "cancelled"
    refused(cancel(ml, bought["orders"][0]), 400, "feedback_already_exists")
    assert ml.get(f"/orders/{bought['orders'][0]}/feedback")["sale"]["reason"] == "OUT_OF_STOCK"


def test_feedback_may_restock(ml: Seller) -> None:
    item = ml.publish()
    bought = ml.buy("0007-BR-P")
    cancel(ml, bought["orders"][0], reason="SELLER_REGRETS", restock_item=True)
    assert ml.get(f"/items/{item['id']}")["available_quantity"] == 5


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"fulfilled": "false"}, "invalid_fulfilled"),
        ({"rating": "positive"}, "invalid_rating"),
        ({"message": "x" * 161}, "invalid_message"),
        ({"message": None}, "invalid_message"),
        ({"reason": "NO_STOCK"}, "invalid_reason"),
        ({"restock_item": "no"}, "invalid_restock_item"),
        ({"fulfilled": True, "rating": "positive"}, "invalid_shipment_mode"),
    ],
)
def test_what_feedback_refuses(ml: Seller, changes: dict[str, Any], error: str) -> None:
    ml.publish()
    bought = ml.buy("0007-BR-P")
    refused(cancel(ml, bought["orders"][0], **changes), 400, error)
    assert ml.order(bought)["status"] == "paid"


def test_half_a_pack_can_be_cancelled(ml: Seller) -> None:
    two_skus(ml)
    bought = ml.buy("P", "M")
    cancel(ml, bought["orders"][0])
    assert ml.get(f"/packs/{bought['pack']}")["status"] == "released"
    shipment = ml.shipment({"orders": bought["orders"][1:]})
    assert (shipment["status"], shipment["substatus"]) == ("ready_to_ship", "invoice_pending")
    items = ml.get(f"/shipments/{shipment['id']}/items", NEW)
    assert [one["order_id"] for one in items] == bought["orders"][1:]
    # The invoice is for what is left.
    assert ml.send(shipment["id"], ml.nfe(bought).xml).status_code == 200


def test_orders_survive_a_restart_with_what_is_still_to_come(start: Callable[..., Running], tmp_path: Path) -> None:
    seller = Seller(start(tmp_path / "ml.db", 1.0, [MERCADO_LIVRE]))
    seller.publish()
    bought = seller.act("buy", lines=[{"sku": "0007-BR-P"}])
    seller.running.stop()
    seller.running = start(tmp_path / "ml.db", None, [MERCADO_LIVRE])
    seller.client = seller.running.client
    assert seller.order(bought)["status"] == "paid"
    seller.later(6)
    seller.later(4)
    assert seller.shipment(bought)["substatus"] == "invoice_pending"
