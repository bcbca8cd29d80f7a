"""Virtual time and what it brings about."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from served import Running, wait_for
from toy import TOY

from sandbox.clock import Clock
from sandbox.state import State

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def test_virtual_time_is_real_time_at_its_speed() -> None:
    clock = Clock(State(), speed=3600, start=START)
    time.sleep(0.05)
    assert timedelta(seconds=180) <= clock.now() - START < timedelta(seconds=1800)
    assert clock.real_seconds(7200) == 2


def test_a_new_speed_goes_on_from_now() -> None:
    clock = Clock(State(), speed=1, start=START)
    clock.advance(3600)
    clock.set_speed(60)
    assert START + timedelta(hours=1) <= clock.now() < START + timedelta(hours=1, minutes=1)


def test_a_restart_never_goes_back(tmp_path: Path) -> None:
    first = Clock(State(tmp_path / "s.db"), speed=1000, start=START)
    first.advance(86400)
    seen = first.now()
    second = Clock(State(tmp_path / "s.db"), start=START)
    assert second.now() >= seen
    assert second.speed == 1000


def test_a_wall_clock_set_back_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(State(), start=START)
    clock.advance(10)
    seen = clock.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert clock.now() == seen


@pytest.mark.parametrize("wrong", [0, -1])
def test_a_clock_only_goes_forward(wrong: float) -> None:
    clock = Clock(State())
    with pytest.raises(ValueError):
        clock.set_speed(wrong)
    with pytest.raises(ValueError, match="never goes back"):
        clock.advance(-1)


def test_a_timer_fires_although_nobody_calls(start: Callable[..., Running]) -> None:
    toy = start(speed=100, platforms=[TOY])
    toy.client.post("/toy/acc/things?ripe=5")
    began = time.monotonic()
    wait_for(lambda: toy.control("state/toy/ripe"))
    assert time.monotonic() - began < 1


def test_a_moved_clock_fires_at_once_and_only_what_is_due(toy: Running) -> None:
    toy.client.post("/toy/acc/things?ripe=100")
    toy.client.post("/toy/acc/things?ripe=300")
    toy.control("clock", {"advance": 200})
    assert list(toy.control("state/toy/ripe")) == ["acc/1"]


def test_a_timer_survives_a_restart(start: Callable[..., Running], tmp_path: Path) -> None:
    toy = start(tmp_path / "s.db", platforms=[TOY])
    toy.client.post("/toy/acc/things?ripe=3600")
    toy.stop()
    again = start(tmp_path / "s.db", platforms=[TOY])
    again.control("clock", {"advance": 3601})
    assert list(again.control("state/toy/ripe")) == ["acc/1"]
