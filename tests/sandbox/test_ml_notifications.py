"""Mercado Livre: notifications, their retries, and what remains of those that were never answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ml_seller import Seller, refused
from served import Receiver, Running, wait_for

from sandbox.mercado_livre import MERCADO_LIVRE
from sandbox.mercado_livre.notifications import DELAYS_S


@pytest.fixture
def heard(ml: Seller, receiver: Receiver) -> Callable[..., list[dict[str, Any]]]:
    """The notifications of a topic that arrived, once there are at least `at_least`."""
    ml.act("subscribe", callback=f"{receiver.url}/hooks/ml/x", patience_s=5)

    def topic(name: str, at_least: int = 1) -> list[dict[str, Any]]:
        def there() -> list[dict[str, Any]] | None:
            found = [one for one in receiver.bodies("/hooks/ml/x") if one["topic"] == name]
            return found if len(found) >= at_least else None

        return list(wait_for(there))

    return topic


Heard = Callable[..., list[dict[str, Any]]]


def test_each_change_is_told_as_a_pointer(ml: Seller, heard: Heard) -> None:
    item = ml.publish()
    told = heard("items")[0]
    assert set(told) == {
        "_id", "resource", "user_id", "topic", "application_id", "attempts", "sent", "received",
    }  # fmt: skip
    assert told["resource"] == f"/items/{item['id']}"
    assert (told["user_id"], told["application_id"], told["attempts"]) == (123, 4567890123456789, 1)
    assert told["sent"].endswith("Z")
    bought = ml.buy("0007-BR-P")
    assert heard("orders_v2")[0]["resource"] == f"/orders/{bought['orders'][0]}"
    assert heard("shipments", 2)[0]["resource"] == f"/shipments/{ml.shipment(bought)['id']}"
    assert heard("payments")[0]["resource"].startswith("/collections/")
    ml.call("PUT", f"/items/{item['id']}", json={"price": 70})
    assert heard("items_prices")[0]["resource"] == f"/items/{item['id']}"


def test_only_topics_that_are_switched_on(ml: Seller, receiver: Receiver, heard: Heard) -> None:
    ml.act("subscribe", topics=["shipments"])
    ml.publish()
    ml.buy("0007-BR-P")
    heard("shipments", 2)
    assert {one["topic"] for one in receiver.bodies("/hooks/ml/x")} == {"shipments"}


def settled(ml: Seller) -> None:
    """Wait until every attempt that was made has its outcome."""
    wait_for(lambda: all(one["state"] != "queued" for one in ml.running.control("notifications?platform=ml")))


def test_it_is_tried_again_with_a_higher_count(ml: Seller, receiver: Receiver, heard: Heard) -> None:
    ml.act("subscribe", topics=["items"])
    receiver.answers = [(500, {}), (204, {})]
    ml.publish()
    for attempt, seconds in ((1, 6), (2, 61), (3, 3600)):
        assert len(heard("items", attempt)) == attempt
        settled(ml)
        ml.later(seconds)
    tries = heard("items")
    assert [one["attempts"] for one in tries] == [1, 2, 3]  # 204 is not the 200 that the vendor asks for
    assert len({(one["_id"], one["received"]) for one in tries}) == 1


def test_after_eight_attempts_in_an_hour_it_is_a_missed_feed(ml: Seller, receiver: Receiver, heard: Heard) -> None:
    ml.act("subscribe", topics=["orders_v2"])
    ml.publish()
    receiver.answer = (503, {})
    bought = ml.act("buy", lines=[{"sku": "0007-BR-P"}])
    began, missed = ml.now(), "/missed_feeds?app_id=4567890123456789"
    id_ = heard("orders_v2")[0]["_id"]
    for seconds in DELAYS_S:
        settled(ml)
        assert ml.get(missed)["messages"] == []
        ml.later(seconds + 1)
    settled(ml)
    assert timedelta(minutes=55) < ml.now() - began < timedelta(minutes=65)
    message = next(one for one in ml.get(missed)["messages"] if one["_id"] == id_)
    assert (message["resource"], message["attempts"]) == (f"/orders/{bought['orders'][0]}", 8)
    assert message["response"]["http_code"] == 503
    assert ml.get(f"{missed}&topic=payments")["messages"] == []
    assert len(ml.get(f"{missed}&topic=orders_v2&limit=1")["messages"]) == 1
    ml.later(49 * 3600)
    ml.refresh()
    assert id_ not in [one["_id"] for one in ml.get(missed)["messages"]]


def test_missed_feeds_of_items_want_the_site(ml: Seller) -> None:
    refused(ml.call("GET", "/missed_feeds"), 400, "bad_request")
    refused(ml.call("GET", "/missed_feeds?app_id=1"), 400, "bad_request")
    refused(ml.call("GET", "/missed_feeds?app_id=4567890123456789&topic=items"), 400, "bad_request")
    assert ml.get("/missed_feeds?app_id=4567890123456789&topic=items&site_id=MLB") == {"messages": []}


def test_one_can_be_lost_on_purpose(ml: Seller, heard: Heard) -> None:
    ml.publish()
    ml.act("lose_notification", topic="orders_v2")
    bought = ml.act("buy", lines=[{"sku": "0007-BR-P"}])
    ml.later(6)  # the shipment appears, which is told
    assert heard("orders_v2")[0]["resource"] == f"/orders/{bought['orders'][0]}"
    states = [one["state"] for one in ml.running.control("notifications?platform=ml") if one["topic"] == "orders_v2"]
    assert states[0] == "lost"


def test_an_account_that_took_its_grant_back_is_not_told_of(ml: Seller, receiver: Receiver, heard: Heard) -> None:
    ml.publish()
    heard("items")
    ml.act("revoke")
    before = len(receiver.got)
    ml.act("buy", lines=[{"sku": "0007-BR-P"}])
    assert ml.running.control("notifications?platform=ml")[-1]["topic"] in ("items", "stock-location")
    assert len(receiver.got) == before


def test_half_a_second_is_the_patience(ml: Seller, receiver: Receiver) -> None:
    ml.act("subscribe", callback=receiver.url)
    ml.publish()
    assert {str(one["patience_s"]) for one in ml.running.control("notifications?platform=ml")} == {"0.5"}


def test_a_restart_goes_on_trying(start: Callable[..., Running], receiver: Receiver, tmp_path: Path) -> None:
    seller = Seller(start(tmp_path / "ml.db", 1.0, [MERCADO_LIVRE]))
    seller.act("subscribe", callback=f"{receiver.url}/hooks", topics=["items"], patience_s=5)
    receiver.answer = (500, {})
    seller.publish()
    wait_for(lambda: receiver.bodies("/hooks"))
    wait_for(lambda: seller.running.control("notifications")[0]["state"] == "given_up")
    seller.running.stop()
    receiver.answer = (200, {})
    start(tmp_path / "ml.db", None, [MERCADO_LIVRE]).control("clock", {"advance": 6})
    wait_for(lambda: [one["attempts"] for one in receiver.bodies("/hooks")][-1] == 2)
