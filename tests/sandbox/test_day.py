"""The demo day, with a hub made by hand between the two platforms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from day_hub import HandHub
from ml_seller import Seller
from served import Receiver, Running
from vtex_hub import Hub

from sandbox.day import direct, stage
from sandbox.director import Director, RefusedError
from sandbox.mercado_livre import MERCADO_LIVRE
from sandbox.vtex import VTEX

SPEED = 2400.0  # the half hour of VTEX's window in less than a second


class Scene:
    """Both platforms, the hand-made hub, and a director; `said` is what the day told."""

    def __init__(self, running: Running, receiver: Receiver) -> None:
        self.running, self.said = running, list[str]()
        self.ml = Seller(running)
        receiver.answer = (200, {"date": "2026-11-24T12:00:00Z", "orderId": "1", "receipt": "r"})
        self.hub = HandHub(self.ml, Hub(running, f"{receiver.url}/vtex/cb/"))

    def begin(self) -> None:
        self.hub.publish()
        self.running.control("limits", {"clock": "off"})  # this hub asks far too often
        self.running.control("clock", {"speed": SPEED})
        self.hub.start()

    async def pass_day(self, seconds: float, orders: int = 2) -> bool:
        """Direct for so many real seconds at most; says whether the day came to its end."""
        async with httpx.AsyncClient(base_url=self.running.url, timeout=10, trust_env=False) as client:
            day = Director(client, self.said.append, "lojaaurora", "123")
            try:
                await asyncio.wait_for(direct(day, orders), seconds)
            except TimeoutError:
                return False
            return True

    def purchases(self) -> dict[str, Any]:
        return dict(self.running.control("state/ml/reference"))

    def order(self, reference: str, place: int = 0) -> dict[str, Any]:
        id_ = self.purchases()[reference]["orders"][place]
        return dict(self.running.control(f"state/ml/order/{id_}"))

    def exported(self, reference: str) -> list[dict[str, Any]]:
        id_ = str(self.purchases()[reference]["purchase"])
        return [one for one in self.running.control("state/vtex/order").values() if one["marketplaceOrderId"] == id_]

    def shipped(self, reference: str) -> str:
        id_ = self.running.control(f"state/ml/purchase/{self.purchases()[reference]['purchase']}")["shipment"]
        return str(self.running.control(f"state/ml/shipment/{id_}")["status"])


@pytest.fixture
def scene(start: Callable[..., Running], receiver: Receiver, tmp_path: Path) -> Iterator[Scene]:
    one = Scene(start(tmp_path / "day.db", 1.0, [MERCADO_LIVRE, VTEX]), receiver)
    yield one
    if one.hub.is_alive():
        one.hub.stop()


async def test_the_day_comes_to_its_end(scene: Scene) -> None:
    scene.begin()
    assert await scene.pass_day(40), scene.said
    assert sorted(scene.purchases()) == [f"order {number}" for number in range(1, 9)]
    for reference in ("order 1", "order 4", "order 6", "order 7", "order 8"):
        assert scene.shipped(reference) == "delivered", reference
        assert [one["status"] for one in scene.exported(reference)] in (["invoice"], ["invoiced"])
    for reference in ("order 2", "order 3"):
        assert scene.order(reference)["status"] == "cancelled"
        assert [one["status"] for one in scene.exported(reference)] == ["canceled"]
    assert scene.order("order 2")["cancel_detail"]["requested_by"] == "buyer"
    assert scene.order("order 3")["cancel_detail"]["requested_by"] == "seller"
    assert scene.order("order 4")["pack_id"] == scene.order("order 4", 1)["pack_id"]
    assert (scene.order("order 5")["status"], scene.exported("order 5")) == ("payment_in_process", [])
    assert float(scene.running.control("state/vtex/price/lojaaurora/2006")["base"]) == 74.9
    assert "the day is over" in scene.said


async def test_a_day_that_is_stopped_goes_on_where_it_stood(scene: Scene) -> None:
    scene.begin()
    rounds = 0
    while not await scene.pass_day(1.5, orders=1):
        rounds += 1
        assert rounds < 30, scene.said
    assert rounds > 0
    bought = [words for words in scene.said if ": bought" in words]
    assert len(bought) == len(set(bought)) == 7
    assert len(scene.running.control("state/ml/purchase")) == 7
    assert all(len(scene.exported(f"order {number}")) == 1 for number in (1, 2, 3, 4, 6, 7))
    issued = [words for words in scene.said if "issued NF-e" in words]
    assert len(issued) == len(set(issued)) == 4


async def test_nothing_is_bought_before_it_is_listed(scene: Scene) -> None:
    scene.running.control("clock", {"speed": SPEED})
    assert not await scene.pass_day(0.6)
    assert scene.purchases() == {}


async def test_a_refused_act_says_why(scene: Scene) -> None:
    async with httpx.AsyncClient(base_url=scene.running.url, trust_env=False) as client:
        day = Director(client, scene.said.append, "lojaaurora", "123")
        with pytest.raises(RefusedError, match="no order 1"):
            await day.ml("pay", order=1)


def test_the_stages_of_a_shipment() -> None:
    def of(status: str, substatus: str | None = None) -> int:
        return stage({"status": status, "substatus": substatus})

    assert stage(None) == of("pending", "buffered") == 0
    assert of("ready_to_ship", "invoice_pending") == 1
    assert of("ready_to_ship", "dropped_off") == 4
    assert (of("shipped"), of("delivered"), of("cancelled"), of("not_delivered")) == (5, 6, -1, -1)
