"""The life of an order: milestones in any order, what each target is told, who may speak, cancellation at any time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifecycle_samples import (
    MILESTONES,
    NOW,
    after,
    answered,
    cancelled,
    claimed,
    command,
    delivered,
    dispatched,
    invoiced,
    observe,
    paid,
    placed,
    plan,
    running,
    shipping,
    told,
)

from cais.errors import WrongUse
from cais.lifecycle import order as life
from cais.lifecycle.coverage import remaining
from cais.lifecycle.details import details
from cais.lifecycle.problem import problems, waits_for
from cais.lifecycle.state import OrderState
from cais.model.handoff import Act
from cais.model.observation import Observation, Returned
from cais.model.plan import Milestone
from cais.model.vocabulary import Direction, Next, PaymentStatus

NEW = after(claimed(), observe("ml", placed()))
PAID = after(NEW, observe("ml", paid()))
EXPORTED = answered(answered(PAID, "loja"), "loja")


def test_nothing_is_told_before_it_is_paid() -> None:
    assert (NEW.status, waits_for(NEW)) == ("placed", Next.PAYMENT)
    assert told(NEW, "loja") == []


def test_a_paid_order_is_exported_then_its_payment() -> None:
    assert told(PAID, "loja") == [("order", "1", "running"), ("payment", "1", "queued")]
    assert told(answered(PAID, "loja"), "loja") == [("order", "1", "done"), ("payment", "1", "running")]
    assert waits_for(PAID) is Next.INVOICE


def test_an_order_may_be_exported_when_placed() -> None:
    state = after(claimed(export_at="placed"), observe("ml", placed()))
    assert told(state, "loja") == [("order", "1", "running")]


def test_nothing_goes_back_to_its_source() -> None:
    state = after(EXPORTED, observe("loja", invoiced(), shipping("T1"), dispatched(), delivered()))
    assert [act for act, _, _ in told(state, "ml")] == ["invoice", "shipping_info", "dispatch", "delivery"]
    assert [act for act, _, _ in told(state, "loja")] == ["order", "payment"]


def test_the_hub_is_never_told() -> None:
    state = after(claimed(), observe("ml", placed()), observe("ml", paid()))
    assert "hub" not in state.lanes


def test_payment_counts_when_the_approved_ones_cover_the_total() -> None:
    half = after(NEW, observe("ml", paid("60.00", "a")))
    assert half.status == "placed"
    refused = after(half, observe("ml", paid("40.00", "b", status=PaymentStatus.REFUSED)))
    assert refused.status == "placed"
    assert after(refused, observe("ml", paid("40.00", "b"), minutes=1)).status == "paid"


def test_an_order_of_total_zero_is_paid_at_once() -> None:
    assert after(claimed(), observe("ml", placed("0.00"))).status == "paid"


def test_payment_may_come_before_the_order() -> None:
    state = after(claimed(), observe("ml", paid()))
    assert state.status == "awaited"
    assert after(state, observe("ml", placed())).status == "paid"


def test_a_hold_keeps_the_export_back_until_it_is_lifted() -> None:
    state = after(claimed(), observe("ml", placed(hold={"cause": "fraud"}), paid()))
    assert (state.status, waits_for(state)) == ("placed", Next.DECISION)
    lifted = after(state, observe("ml", placed(), minutes=1))
    assert (lifted.status, running(lifted, "loja")) == ("paid", ("order", "1", False))


def test_a_hold_after_payment_stops_what_has_not_started() -> None:
    state = after(claimed(export_at="placed"), observe("ml", placed()))
    state = after(state, observe("ml", placed(hold={"cause": "fraud"}), paid(), minutes=1))
    assert running(answered(state, "loja"), "loja") is None


def test_a_later_milestone_implies_those_before() -> None:
    state = after(NEW, observe("loja", dispatched()))
    assert state.status == "shipped"
    assert state.milestones["paid"].implied
    assert not state.milestones["shipped"].implied


def test_an_implied_milestone_is_not_told_to_who_implied_it() -> None:
    state = after(NEW, observe("loja", invoiced()))
    assert told(state, "loja") == []
    by_hub = after(NEW, command("invoice", '{"number": "77"}'))
    assert told(by_hub, "loja") == [("order", "1", "running"), ("payment", "1", "queued")]


def test_a_milestone_skipped_forward_is_not_awaited() -> None:
    state = after(EXPORTED, observe("loja", dispatched()))
    assert waits_for(state) is Next.DELIVERY


def test_the_state_never_goes_backward() -> None:
    state = after(EXPORTED, observe("loja", dispatched()), observe("loja", invoiced(), minutes=1))
    assert state.status == "shipped"
    assert "invoiced" in state.milestones


def test_delivery_tells_of_the_dispatch_that_it_implies() -> None:
    state = after(EXPORTED, observe("loja", delivered()))
    assert [act for act, _, _ in told(state, "ml")] == ["dispatch", "delivery"]


def test_packages_cover_quantities() -> None:
    state = after(EXPORTED, observe("loja", dispatched("a", {"1": 2})))
    assert state.status == "paid"
    assert after(state, observe("loja", dispatched("b", {"2": 1}))).status == "shipped"


def test_what_is_cancelled_need_not_be_covered() -> None:
    state = after(EXPORTED, command("cancel", '{"lines": [{"line": "2", "quantity": 1}]}'))
    assert remaining(state) == {"1": 2}
    assert after(state, observe("loja", dispatched("a", {"1": 2}))).status == "shipped"


def test_each_package_is_told_apart() -> None:
    state = after(EXPORTED, observe("loja", invoiced("77", "a", {"1": 2}), invoiced("78", "b", {"2": 1})))
    assert [(act, n) for act, n, _ in told(state, "ml")] == [("invoice", "a"), ("invoice", "b")]


def test_an_older_reading_is_ignored() -> None:
    state = after(EXPORTED, observe("loja", shipping("new"), minutes=5))
    state = after(state, observe("loja", shipping("old"), minutes=1))
    held = state.packages["1"].shipping
    assert held is not None
    assert held.said.tracking_number == "new"


def test_readings_of_one_source_do_not_age_those_of_another() -> None:
    state = after(EXPORTED, observe("loja", shipping("a"), minutes=5))
    state = after(state, command("set_shipping", '{"tracking_number": "b"}', minutes=1))
    held = state.packages["1"].shipping
    assert held is not None
    assert (held.source, held.said.tracking_number) == ("hub", "b")


def test_what_is_said_again_is_nothing_new() -> None:
    again = after(PAID, observe("ml", placed(), paid(), minutes=9))
    assert (again.rev, again.lanes, again.milestones) == (PAID.rev, PAID.lanes, PAID.milestones)


def test_a_message_is_applied_once() -> None:
    pay = command("pay", '{"id": "x", "amount": "100.00"}')
    state, answer = life.apply(NEW, pay)
    again, second = life.apply(state, pay)
    assert (answer.repeated, second.repeated, second.reason) == (False, True, "")
    assert again is state


def test_an_update_is_known_by_its_id_and_answered_alike() -> None:
    bad = command("void_invoice", '{"number": "1"}', update="u1")
    state, first = life.apply(NEW, bad)
    assert first.reason == "package 1 has no invoice 1"
    _, second = life.apply(state, bad)
    assert (second.reason, second.repeated) == (first.reason, True)


def test_ids_seen_are_bounded() -> None:
    state = NEW
    for number in range(250):
        state = after(state, command("pay", f'{{"id": "i{number}", "amount": "1.00", "status": "pending"}}'))
    assert len(state.seen) == 200
    assert "i249" in state.seen


def test_who_does_not_give_a_direction_is_refused() -> None:
    state, answer = life.apply(EXPORTED, command("invoice", '{"number": "1", "source": "ml"}'))
    assert answer.reason == "invoice of this order is given by loja or hub, not by ml"
    assert "1" not in state.packages
    assert [each.note.what for each in state.unrecorded if each.note][-1] == "refused"


def test_a_reading_keeps_what_its_source_may_say() -> None:
    state = after(claimed(), observe("ml", placed(), invoiced()))
    assert state.status == "placed"
    assert state.packages == {}
    assert [each.note.detail["direction"] for each in state.unrecorded if each.note] == ["invoice"]


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("pay", '{"amount": 10.5}', "amount: a float is not exact: give a decimal string"),
        ("pay", "[]", "Input should be an object"),
        ("pay", "{", "Invalid JSON: EOF while parsing an object at line 1 column 1"),
        ("ship", '{"items": [{"line": "9", "quantity": 1}]}', "the order has no line 9; it has 1, 2"),
        ("decide_cancel", '{"accept": true}', "no request to cancel awaits a decision"),
        ("cancel", '{"lines": [{"line": "2", "quantity": 3}]}', "line 2 has 1 left to cancel"),
        ("skip", '{"target": "loja", "direction": "invoice", "reason": "x"}', "nothing is parked there"),
        ("adopt_plan", '{"source": "loja"}', "only the hub decides on its own handoffs and plans"),
        ("dance", "{}", "there is no message 'dance'; there are adopt_plan, amend, cancel, decide_cancel"),
    ],
)
def test_a_bad_message_is_refused_and_noted(name: str, body: str, reason: str) -> None:
    state, answer = life.apply(EXPORTED, command(name, body))
    assert answer.reason.startswith(reason)
    assert state.rev == EXPORTED.rev + 2
    assert [each.note.what for each in state.unrecorded if each.note][-1] == "refused"
    assert life.refused_now(EXPORTED, command(name, body)) == answer.reason


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    _, answer = life.apply(EXPORTED, command("pay", '{"amount": "SECRET", "cpf": 1}'))
    assert "SECRET" not in answer.reason


def test_a_wake_up_that_comes_late_is_no_mistake() -> None:
    state, answer = life.apply(EXPORTED, command("retry", '{"target": "loja"}'))
    assert answer.reason == "nothing is parked there"
    assert state.rev == EXPORTED.rev


def test_a_wake_up_before_the_answer_it_is_for_is_not_lost() -> None:
    state = after(PAID, command("retry", '{"target": "loja"}'))
    assert running(answered(state, "loja", "parked", "mapping:order"), "loja") == ("order", "1", False)


def test_a_command_gives_the_store_its_fact() -> None:
    state = after(EXPORTED, command("invoice", '{"number": "77", "key": "k", "xml_digest": "abc"}'))
    record = life.record(state, "order:x", "run")
    assert [(fact.direction, fact.key, fact.source) for fact in record.told] == [("invoice", "1", "hub")]
    assert record.told[0].content["invoice"]["xml_digest"] == "abc"
    kept = state.acknowledge(record.rev)
    assert life.record(kept, "order:x", "run").told == ()


def test_a_new_tracking_number_gives_way_before_and_follows_after() -> None:
    state = after(EXPORTED, observe("loja", shipping("a")))  # waits for the invoice there
    state = after(state, observe("loja", shipping("b"), minutes=1))
    assert told(state, "ml") == [("shipping_info", "1", "queued")]
    state = answered(after(state, observe("loja", invoiced())), "ml")
    assert running(state, "ml") == ("shipping_info", "1", False)
    state = after(state, observe("loja", shipping("c"), minutes=2))
    assert running(answered(state, "ml"), "ml") == ("shipping_info", "1~2", False)


def test_a_voided_invoice_is_not_sent_and_marks_who_was_told() -> None:
    void = command("void_invoice", '{"number": "77", "source": "loja"}', minutes=2)
    sent = answered(after(EXPORTED, observe("loja", invoiced())), "ml")
    assert problems(after(sent, void)) == ("invoice:voided",)
    new = after(sent, void, observe("loja", invoiced("78"), minutes=3))
    assert (problems(new), running(new, "ml")) == ((), ("invoice", "1~2", False))


def test_parked_shows_its_cause_and_moves_on_by_retry_amend_or_skip() -> None:
    parked = answered(PAID, "loja", "parked", "setting:carrier:correios")
    assert (problems(parked), waits_for(parked)) == (("setting:carrier:correios",), Next.SETTING)
    assert running(after(parked, command("retry", '{"cause": "other"}')), "loja") is None
    assert running(after(parked, command("retry")), "loja") == ("order", "1", False)
    assert running(after(parked, command("amend")), "loja") == ("order", "1", False)
    skip = command("skip", '{"target": "loja", "direction": "order", "reason": "by hand"}')
    assert running(after(parked, skip), "loja") == ("payment", "1", False)


@pytest.mark.parametrize(("cause", "word"), [("mapping:order", "mapping"), ("reject:X", "retry"), ("doubt", "retry")])
def test_what_it_waits_for_follows_from_the_cause(cause: str, word: str) -> None:
    assert waits_for(answered(PAID, "loja", "parked", cause)) == word


def test_what_is_only_observed_goes_on_as_if_it_had_been_told() -> None:
    state = answered(PAID, "loja", "parked", "observe")
    assert (problems(state), running(state, "loja")) == ((), ("payment", "1", False))
    assert "the order: not sent, since the hub only observes" in details(state)


# Cancellation at every moment.


def test_before_the_export_nobody_is_told() -> None:
    state = after(NEW, observe("ml", cancelled()))
    assert (state.status, state.lanes, state.finished) == ("cancelled", {}, True)


def test_an_export_that_never_left_is_annulled_with_the_cancellation() -> None:
    held = after(claimed(export_at="placed"), observe("ml", placed(hold={"cause": "fraud"})))
    assert told(held, "loja") == [("order", "1", "queued")]
    assert after(held, observe("ml", cancelled())).lanes == {}


def test_a_running_export_is_asked_for_its_fate() -> None:
    state = after(PAID, observe("ml", cancelled()))
    assert running(state, "loja") == ("order", "1", True)
    assert told(state, "loja") == [("order", "1", "running"), ("cancel_by_buyer", "1", "queued")]
    went_out = answered(state, "loja")
    assert running(went_out, "loja") == ("cancel_by_buyer", "1", False)
    assert answered(went_out, "loja").finished
    never_was = answered(state, "loja", "annulled")
    assert (running(never_was, "loja"), never_was.finished) == (None, True)


def test_a_cancellation_after_the_export_passes_what_waits() -> None:
    parked = answered(answered(PAID, "loja"), "loja", "parked", "reject:PAY")
    state = after(parked, observe("ml", cancelled()))
    assert running(state, "loja") == ("payment", "1", True)
    assert running(answered(state, "loja", "annulled"), "loja") == ("cancel_by_buyer", "1", False)


def test_no_fulfilling_act_follows_a_cancellation() -> None:
    state = after(EXPORTED, observe("ml", cancelled()), observe("loja", invoiced(), dispatched(), minutes=1))
    assert state.status == "cancelled"
    assert told(state, "ml") == []


def test_a_seller_cancels_towards_the_channel() -> None:
    state = after(EXPORTED, command("cancel", '{"source": "loja", "reason": "out_of_stock"}'))
    assert running(state, "ml") == ("cancel_by_seller", "1", False)
    assert [act for act, _, _ in told(state, "loja")] == ["order", "payment"]


def test_a_platform_that_was_told_of_a_cancellation_shows_it_as_its_own() -> None:
    state = answered(after(EXPORTED, observe("ml", cancelled())), "loja")
    echoed = after(state, observe("loja", cancelled(direction=Direction.CANCEL_BY_SELLER, by="seller"), minutes=1))
    assert told(echoed, "ml") == []
    assert len(echoed.cancellations) == 1
    assert echoed.finished


def test_a_refused_cancellation_leaves_the_order_marked() -> None:
    state = answered(after(EXPORTED, observe("ml", cancelled())), "loja", "parked", "reject:INVOICED")
    assert problems(state) == ("cancel:refused", "reject:INVOICED")
    assert (state.status, state.finished, waits_for(state)) == ("cancelled", False, Next.RETRY)


def test_units_can_be_cancelled_apart() -> None:
    state = after(EXPORTED, command("cancel", '{"lines": [{"line": "1", "quantity": 1}]}'))
    assert (state.status, running(state, "ml")) == ("paid", ("cancel_by_seller", "1", False))
    rest = '{"lines": [{"line": "1", "quantity": 1}, {"line": "2", "quantity": 1}]}'
    assert after(state, command("cancel", rest)).status == "cancelled"


def test_units_cancelled_before_the_export_are_told_after_it() -> None:
    state = after(NEW, command("cancel", '{"lines": [{"line": "2", "quantity": 1}]}'))
    assert told(state, "loja") == []
    state = after(state, observe("ml", paid()))
    assert running(state, "loja") == ("order", "1", False)
    assert running(answered(state, "loja"), "loja") == ("cancel_by_seller", "1", False)


ASKED = after(NEW, observe("ml", cancelled(requested=True, deadline=NOW + timedelta(hours=4))), observe("ml", paid()))


def test_a_request_holds_the_export_until_it_is_decided() -> None:
    assert (ASKED.status, running(ASKED, "loja"), waits_for(ASKED)) == ("paid", None, Next.DECISION)
    denied = after(ASKED, command("decide_cancel", '{"accept": false}'))
    assert running(denied, "loja") == ("order", "1", False)
    accepted = after(ASKED, command("decide_cancel", '{"accept": true}'))
    assert (accepted.status, running(accepted, "loja")) == ("cancelled", None)


def test_the_decision_is_told_to_who_asked() -> None:
    for accept in ("true", "false"):
        state = after(ASKED, command("decide_cancel", f'{{"accept": {accept}}}'))
        assert running(state, "ml") == ("cancel_by_buyer", "decision-1", False)
        told_fact = life.record(state, "order:x", "r").told[-1]
        assert (told_fact.key, told_fact.content["accepted"]) == ("", accept == "true")


def test_the_fact_makes_the_decision_moot() -> None:
    fact = observe("ml", cancelled(), minutes=5)
    assert after(ASKED, fact).status == "cancelled"
    decided = after(ASKED, command("decide_cancel", '{"accept": true}'))
    parked = answered(decided, "ml", "parked", "fatal:no-operation")
    assert running(after(parked, fact), "ml") == ("cancel_by_buyer", "decision-1", True)


def test_a_denied_request_is_not_open_again_because_it_is_still_shown() -> None:
    denied = after(ASKED, command("decide_cancel", '{"accept": false}'))
    again = observe("ml", cancelled(requested=True, deadline=NOW + timedelta(hours=4)), minutes=9)
    assert after(denied, again).request is None
    later = observe("ml", cancelled(requested=True, deadline=NOW + timedelta(hours=9)), minutes=9)
    assert after(denied, later).request is not None


def test_only_the_seller_decides() -> None:
    reason = life.refused_now(ASKED, command("decide_cancel", '{"accept": true, "source": "ml"}'))
    assert reason == "hub or loja decides, not ml"


def test_a_cancelled_order_is_not_cancelled_twice() -> None:
    state = after(NEW, observe("ml", cancelled()))
    assert life.refused_now(state, command("cancel")) == "the order is cancelled already"


# Ends and beginnings.


def test_a_delivered_order_is_finished_when_all_are_told() -> None:
    state = after(EXPORTED, observe("loja", delivered()))
    assert (state.status, state.finished, waits_for(state)) == ("delivered", False, Next.TARGET)
    state = answered(answered(state, "ml"), "ml")
    assert (state.finished, waits_for(state)) == (True, Next.NOTHING)


def test_what_waits_in_vain_at_the_end_is_a_problem() -> None:
    state = after(EXPORTED, observe("loja", shipping("T"), delivered()))
    assert problems(state) == ("requires:invoice",)
    assert (state.finished, waits_for(state)) == (False, Next.RETRY)


def test_a_late_return_reopens_from_the_snapshot() -> None:
    state = after(EXPORTED, observe("loja", delivered()))
    state = answered(answered(state, "ml"), "ml").ended()
    resumed = life.resume(state.snapshot(), plan(), 1.0)
    assert resumed.change(closed=True, unrecorded=state.unrecorded, recorded=state.recorded) == state
    assert not resumed.closed
    back = after(resumed, observe("ml", Returned(stage="received"), minutes=99))
    assert back.status == "returned"
    assert back.rev > state.rev


def test_closing_again_has_a_newer_revision() -> None:
    closed = EXPORTED.ended()
    assert closed.rev > EXPORTED.rev
    assert life.resume(closed.snapshot(), plan(), 1.0).ended().rev > closed.rev
    assert after(closed, observe("loja", invoiced())).rev > closed.rev


def test_another_plan_moves_the_lanes() -> None:
    parked = answered(PAID, "loja", "parked", "fatal:GONE")
    moved = life.adopt(parked, plan(backoffice="novo"), 1.0, NOW)
    assert running(moved, "novo") == ("order", "1", False)
    assert running(moved, "loja") == ("order", "1", True)


def test_a_plan_with_an_unknown_predicate_is_refused() -> None:
    wrong = (*MILESTONES, Milestone(state="x", requires="full_moon"))
    with pytest.raises(WrongUse, match="the life cycle asks for 'full_moon'; known are no_hold, payments_cover_total"):
        claimed(milestones=wrong)


def test_an_act_knows_its_item() -> None:
    def item(n: str) -> str:
        return Act(subject="s", target="loja", direction=Direction.INVOICE, n=n).item

    assert [item("1"), item("1~2"), item("a~b"), item("a~2~3")] == ["1", "1", "a~b", "a~2"]


# Laws.

WORDS: list[tuple[str, Observation]] = [
    ("ml", placed()),
    ("ml", paid()),
    ("loja", invoiced("77", "a", {"1": 2})),
    ("loja", invoiced("78", "b", {"2": 1})),
    ("loja", shipping("T1", "a")),
    ("loja", dispatched("a", {"1": 2})),
    ("loja", dispatched("b", {"2": 1})),
    ("loja", delivered("a")),
    ("loja", delivered("b")),
]
RANKS = {milestone.state: rank for rank, milestone in enumerate(MILESTONES)}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=6), st.permutations(WORDS))
def test_in_any_order_and_repeated_it_ends_alike(
    first: list[tuple[str, Observation]], rest: list[tuple[str, Observation]]
) -> None:
    state = claimed()
    rank = -1
    for source, word in [*first, *rest]:
        state = after(state, observe(source, word))
        assert RANKS.get(state.status, -1) >= rank
        rank = RANKS.get(state.status, -1)
    assert state.status == "delivered"
    state = _told_all(state)
    assert state.finished
    assert sorted(n for act, n, _ in told(state, "ml") if act == "dispatch") == ["a", "b"]
    assert all(outcome == "done" for lane in state.lanes for _, _, outcome in told(state, lane))


def _told_all(state: OrderState) -> OrderState:
    while busy := [name for name, lane in state.lanes.items() if lane.running]:
        for name in busy:
            state = answered(state, name)
    return state
