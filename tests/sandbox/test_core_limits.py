"""The two kinds of rate limit, and the switch."""

from __future__ import annotations

import pytest
from served import Running

from sandbox.clock import Clock
from sandbox.limits import Credits, Limits, Window
from sandbox.state import State


def test_a_window_slides() -> None:
    meter = Window("w", "*", amount=3, seconds=60).meter()
    assert [meter.take(at).passed for at in (0, 30, 59)] == [True, True, True]
    stopped = meter.take(59.5)
    assert (stopped.passed, stopped.remaining, stopped.retry_after_s) == (False, 0, 1)
    assert meter.take(60.5).passed
    assert not meter.take(89).passed  # a fixed minute would let this one through


def test_credits_burst_then_refill() -> None:
    meter = Credits("c", "*", rate=2, burst=5).meter()
    passed = [meter.take(0).passed for _ in range(8)]
    assert passed == [True] * 7 + [False]
    assert meter.take(0).retry_after_s == 1
    assert [meter.take(1).passed for _ in range(3)] == [True, True, False]


def test_limits_are_per_account_and_operation() -> None:
    limits = Limits(Clock(State()))
    limits.register("p", (Window("w", "write_*", amount=1),))
    first, second = (limits.take("p", "write_x", "a") for _ in range(2))
    assert first is not None
    assert first.passed
    assert second is not None
    assert not second.passed
    assert (limits.take("p", "write_x", "b") or first).passed
    assert limits.take("p", "read_x", "a") is None


def test_on_virtual_time_or_off() -> None:
    clock = Clock(State())
    limits = Limits(clock)
    limits.register("p", (Window("w", "*", amount=1, seconds=60),))
    limits.choose("virtual")
    assert limits.take("p", "o", "a").passed  # type: ignore[union-attr]
    assert not limits.take("p", "o", "a").passed  # type: ignore[union-attr]
    clock.advance(61)
    assert limits.take("p", "o", "a").passed  # type: ignore[union-attr]
    limits.choose("off")
    assert limits.take("p", "o", "a") is None
    with pytest.raises(ValueError):
        limits.choose("lunar")


def test_over_http(toy: Running) -> None:
    toy.control("limits", {"platform": "toy", "name": "writes", "amount": 2})
    answers = [toy.client.post("/toy/acc/things") for _ in range(3)]
    assert [one.status_code for one in answers] == [201, 201, 429]
    assert [one.headers["x-left"] for one in answers] == ["1", "0", "0"]
    assert int(answers[2].headers["retry-after"]) > 0
    assert len(toy.client.get("/toy/acc/things").json()) == 2
    assert toy.client.post("/_sandbox/limits", json={"platform": "toy", "name": "x", "amount": 1}).status_code == 400
