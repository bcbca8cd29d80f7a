"""Deadlines: one moment to look at next, marks that come and go."""

from __future__ import annotations

from datetime import datetime, timedelta

from lifecycle_samples import NOW, after, cancelled, claimed, command, dispatched, observe, placed, plan

from cais.lifecycle import order as life
from cais.lifecycle.deadline import next_notice
from cais.lifecycle.problem import problems
from cais.lifecycle.state import OrderState

SHIP_BY = NOW + timedelta(days=2)
STATE = after(claimed(), observe("ml", placed(ship_by=SHIP_BY)))


def at(state: OrderState, when: datetime) -> OrderState:
    return life.look_at_clock(state, when)


def test_it_is_looked_at_when_it_comes_near_and_when_it_passes() -> None:
    near = SHIP_BY - timedelta(hours=2)
    assert next_notice(STATE) == near
    assert at(STATE, near - timedelta(seconds=1)) == STATE
    state = at(STATE, near)
    assert problems(state) == ("deadline:ship_by:near",)
    assert next_notice(state) == SHIP_BY
    assert state.rev > STATE.rev
    state = at(state, SHIP_BY)
    assert (problems(state), next_notice(state)) == (("deadline:ship_by:passed",), None)


def test_what_is_done_in_time_is_no_problem() -> None:
    state = after(at(STATE, SHIP_BY), observe("loja", dispatched()))
    assert (problems(state), next_notice(state)) == ((), None)
    assert next_notice(after(STATE, observe("ml", cancelled()))) is None


def test_the_notice_is_nominal_and_the_deadline_real() -> None:
    fast = after(life.pin(life.begin(_start()), plan(), speed=60.0), observe("ml", placed(ship_by=SHIP_BY)))
    assert next_notice(fast) == SHIP_BY - timedelta(minutes=2)


def test_a_later_deadline_takes_the_mark_away() -> None:
    moved = after(at(STATE, SHIP_BY), observe("ml", placed(ship_by=SHIP_BY + timedelta(days=3)), minutes=1))
    assert problems(moved) == ()
    assert next_notice(moved) == SHIP_BY + timedelta(days=3, hours=-2)


def test_the_earliest_of_several_counts() -> None:
    invoice_by = NOW + timedelta(days=1)
    state = after(claimed(), observe("ml", placed(ship_by=SHIP_BY, invoice_by=invoice_by)))
    assert next_notice(state) == invoice_by - timedelta(hours=2)
    state = at(state, invoice_by)
    assert problems(state) == ("deadline:invoice_by:passed",)


def test_a_request_to_cancel_has_a_deadline_until_it_is_decided() -> None:
    asked = after(STATE, observe("ml", cancelled(requested=True, deadline=NOW + timedelta(hours=1))))
    state = at(asked, NOW + timedelta(hours=1))
    assert problems(state) == ("deadline:cancel:passed",)
    assert problems(after(state, command("decide_cancel", '{"accept": false}'))) == ()


def _start() -> life.OrderStart:
    return life.OrderStart(seller="aurora", channel="ml", order="1001")
