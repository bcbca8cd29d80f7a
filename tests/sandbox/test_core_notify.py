"""Notifications over real HTTP: retries, outcomes, faults, restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from served import Receiver, Running, wait_for
from toy import TOY


def _notify(toy: Running, receiver: Receiver, path: str = "/n", count: int = 1) -> None:
    for _ in range(count):
        assert toy.client.post(f"/toy/acc/things?notify={receiver.url}{path}").status_code == 201


def _states(toy: Running) -> list[tuple[str, int]]:
    return [(one["state"], one["attempts"]) for one in toy.control("notifications?platform=toy")]


def test_delivered_with_its_headers_and_outcome(toy: Running, receiver: Receiver) -> None:
    _notify(toy, receiver)
    told = wait_for(lambda: toy.control("state/toy/told"))
    assert told["1"] == {"n": 1, "status": 200, "delivered": True}
    path, headers, body = receiver.got[0]
    assert (path, headers["x-a"], headers["content-type"], body) == ("/n", "b", "application/json", {"n": 1})
    assert _states(toy) == [("delivered", 1)]


def test_retried_by_the_rule_then_given_up(start: Callable[..., Running], receiver: Receiver) -> None:
    toy = start(speed=20, platforms=[TOY])
    receiver.answers = [(500, {}), (202, {})]
    _notify(toy, receiver)
    wait_for(lambda: _states(toy) == [("delivered", 3)])
    receiver.answer = (503, {})
    _notify(toy, receiver)
    wait_for(lambda: _states(toy)[1] == ("given_up", 3))
    assert toy.control("state/toy/told/2") == {"n": 2, "status": 503, "delivered": False}


def test_nobody_there_is_no_answer(start: Callable[..., Running]) -> None:
    toy = start(speed=100, platforms=[TOY])
    toy.client.post("/toy/acc/things?notify=http://127.0.0.1:9/n")
    wait_for(lambda: _states(toy) == [("given_up", 3)])
    assert toy.control("state/toy/told/1")["status"] == 0


def test_a_refused_call_notifies_nobody(toy: Running, receiver: Receiver) -> None:
    toy.client.post(f"/toy/acc/things?notify={receiver.url}/n&refuse=1")
    assert toy.control("notifications") == []


def test_an_undelivered_one_survives_a_restart(
    start: Callable[..., Running], receiver: Receiver, tmp_path: Path
) -> None:
    toy = start(tmp_path / "s.db", platforms=[TOY])
    toy.fault(platform="toy", operation="thing", kind="delay", seconds=3600)
    _notify(toy, receiver)
    toy.stop()
    again = start(tmp_path / "s.db", platforms=[TOY])
    assert receiver.got == []
    again.control("clock", {"advance": 3601})
    wait_for(lambda: receiver.bodies("/n") == [{"n": 1}])


@pytest.mark.faults
@pytest.mark.parametrize(
    ("kind", "arrive"),
    [
        ("lose", [2, 3]),
        ("duplicate", [1, 1, 2, 3]),
        ("reorder", [2, 1, 3]),
    ],
)
def test_notification_faults(toy: Running, receiver: Receiver, kind: str, arrive: list[int]) -> None:
    toy.fault(platform="toy", operation="thing", kind=kind, nth=1)
    for number in (1, 2):
        _notify(toy, receiver)
        time.sleep(0.05 * number)
    wait_for(lambda: len(receiver.got) == len(arrive) - 1)
    _notify(toy, receiver)
    wait_for(lambda: len(receiver.got) == len(arrive))
    assert [body["n"] for body in receiver.bodies()] == arrive
    listed: list[dict[str, Any]] = toy.control("notifications")
    assert listed[0]["fault"] == kind


@pytest.mark.faults
def test_delayed(toy: Running, receiver: Receiver) -> None:
    toy.fault(platform="toy", kind="delay", nth=1, seconds=50)
    _notify(toy, receiver, count=2)
    wait_for(lambda: receiver.bodies() == [{"n": 2}])
    toy.control("clock", {"advance": 51})
    wait_for(lambda: receiver.bodies() == [{"n": 2}, {"n": 1}])
