"""Each fault does what it says: before the effect, or after it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import Running, wait_for
from toy import TOY

from sandbox.faults import Faults, Rule, rule_from
from sandbox.state import State

pytestmark = pytest.mark.faults


def _write(toy: Running) -> httpx.Response:
    return toy.client.post("/toy/acc/things", json={"a": 1})


def _things(toy: Running) -> int:
    return len(toy.client.get("/toy/acc/things").json())


def _last(toy: Running) -> dict[str, Any]:
    return toy.control("calls?operation=write_thing")[-1]


@pytest.mark.parametrize(("kind", "things"), [("status_500_before", 0), ("status_500_after", 1)])
def test_status_500(toy: Running, kind: str, things: int) -> None:
    toy.fault(platform="toy", operation="write_thing", kind=kind, nth=1)
    assert _write(toy).status_code == 500
    assert _things(toy) == things
    assert (_last(toy)["effect"], _last(toy)["fault"], _last(toy)["status"]) == (bool(things), kind, 500)
    assert _write(toy).status_code == 201


@pytest.mark.parametrize(("kind", "things"), [("timeout_before", 0), ("timeout_after", 1)])
def test_timeout_closes_the_connection(toy: Running, kind: str, things: int) -> None:
    toy.fault(platform="toy", operation="write_thing", kind=kind, nth=[1], seconds=0.05)
    with pytest.raises(httpx.TransportError):
        _write(toy)
    assert _things(toy) == things
    assert (_last(toy)["effect"], _last(toy)["status"]) == (bool(things), 0)


def test_timeout_outlasts_the_clients_patience(toy: Running) -> None:
    toy.fault(platform="toy", kind="timeout_after", nth=1)
    with pytest.raises(httpx.ReadTimeout):
        toy.client.post("/toy/acc/things", json={}, timeout=0.1)
    assert _things(toy) == 1  # it took effect, and was written down, while the client waited


def test_throttle(toy: Running) -> None:
    toy.fault(platform="toy", kind="throttle_429", nth=1, seconds=7)
    answer = _write(toy)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert _things(toy) == 0


def test_nth_counts_matching_calls_only(toy: Running) -> None:
    toy.fault(platform="toy", operation="write_thing", account="acc", kind="status_500_before", nth=[2, 3])
    toy.client.post("/toy/other/things")
    _things(toy)
    assert [_write(toy).status_code for _ in range(4)] == [201, 500, 500, 201]


def test_times_bounds_a_fault(toy: Running) -> None:
    toy.fault(platform="toy", operation="write_thing", kind="status_500_before", times=2)
    assert [_write(toy).status_code for _ in range(3)] == [500, 500, 201]


def test_probability_is_seeded() -> None:
    rule = Rule("toy", "status_500_before", probability=0.3, seed=7)
    draws = [rule.strikes("1", nth) for nth in range(1000)]
    assert draws == [rule.strikes("1", nth) for nth in range(1000)]
    assert 250 < sum(draws) < 350
    assert not any(Rule("toy", "lose", probability=0.0).strikes("1", nth) for nth in range(1000))


def test_rules_and_counts_survive_a_restart(start: Callable[..., Running], tmp_path: Path) -> None:
    toy = start(tmp_path / "s.db", platforms=[TOY])
    toy.fault(platform="toy", operation="write_thing", kind="status_500_before", nth=2)
    assert _write(toy).status_code == 201
    toy.stop()
    again = start(tmp_path / "s.db", platforms=[TOY])
    assert [_write(again).status_code for _ in range(2)] == [500, 201]
    again.control("faults", method="DELETE")
    assert again.control("faults") == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"platform": "toy", "kind": "lose", "opration": "x"}, "unknown key 'opration'"),
        ({"platform": "toy"}, "needs 'kind'"),
        ({"platform": "toy", "kind": "explode"}, "unknown kind 'explode'"),
        ({"platform": "toy", "kind": "lose", "nth": 0}, "whole number from 1"),
        ({"platform": "toy", "kind": "lose", "probability": 2}, "out of range"),
        ({"platform": "toy", "kind": "lose", "seconds": "soon"}, "is a number"),
        ({"platform": 3, "kind": "lose"}, "wrong value"),
        ([], "is an object"),
    ],
)
def test_a_wrong_rule_is_refused(rule: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rule_from(rule)


def test_a_wrong_rule_is_answered_400(toy: Running) -> None:
    answer = toy.client.post("/_sandbox/faults", json=[{"platform": "toy", "kind": "lose", "x": 1}])
    assert answer.status_code == 400
    assert "unknown key 'x'" in answer.json()["error"]
    assert toy.control("faults") == []


def test_index_lag_is_the_longest_that_matches() -> None:
    faults = Faults(State())
    faults.add([Rule("toy", "index_lag", "list_*", seconds=9), Rule("toy", "index_lag", seconds=5)])
    faults.add([Rule("toy", "index_lag", account="a", seconds=8)])
    assert faults.lag("toy", "list_things", "b", default=1) == 5
    assert faults.lag("toy", "list_things", "a", default=1) == 8
    assert faults.lag("other", "list_things", "a", default=1) == 1


def test_faults_touch_no_state_that_they_should_not(toy: Running) -> None:
    toy.fault(platform="toy", operation="write_thing", kind="status_500_after", nth=1)
    answer = toy.client.post("/toy/acc/things?refuse=1")
    assert answer.status_code == 409  # a refused call stays refused: there was no effect to hide
    assert wait_for(lambda: _last(toy))["effect"] is False
