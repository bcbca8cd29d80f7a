"""Lanes: order, requirements, overtaking cancellations, versions; and against a simple model."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cais.lifecycle.lane import CANCELLATIONS, Due, EntryState, Lane
from cais.model.handoff import HandoffResult
from cais.model.plan import Target
from cais.model.vocabulary import Direction

ORDER, PAYMENT, INVOICE, SHIPPING, DISPATCH = (
    Direction.ORDER,
    Direction.PAYMENT,
    Direction.INVOICE,
    Direction.SHIPPING_INFO,
    Direction.DISPATCH,
)
CANCEL = Direction.CANCEL_BY_BUYER
BACKOFFICE = Target(connection="loja", takes=(ORDER, PAYMENT, SHIPPING, CANCEL))
CHANNEL = Target(
    connection="ml",
    takes=(INVOICE, SHIPPING, DISPATCH),
    requires={SHIPPING: (INVOICE,), DISPATCH: (SHIPPING,)},
)
DONE = HandoffResult(state="done", remote_id="r")


def due(direction: Direction, item: str = "1", mark: str = "") -> Due:
    return Due(direction, item, "hub", mark)


def lane_of(target: Target, *dues: Due) -> Lane:
    return Lane(target=target.connection).follow(dues).advance(target)


def answer(lane: Lane, target: Target, result: HandoffResult = DONE) -> Lane:
    assert lane.running is not None
    return lane.settle(target, lane.running.direction, lane.running.n, result).advance(target)


def parked(cause: str) -> HandoffResult:
    return HandoffResult(state="parked", cause=cause)


def on(lane: Lane) -> tuple[Direction, str] | None:
    return (lane.running.direction, lane.running.n) if lane.running else None


def test_one_act_runs_at_a_time_in_order() -> None:
    lane = lane_of(BACKOFFICE, due(ORDER), due(PAYMENT))
    assert on(lane) == (ORDER, "1")
    lane = answer(lane, BACKOFFICE)
    assert on(lane) == (PAYMENT, "1")
    lane = answer(lane, BACKOFFICE)
    assert on(lane) is None
    assert not lane.open


def test_an_answer_to_another_act_changes_nothing() -> None:
    lane = lane_of(BACKOFFICE, due(ORDER), due(PAYMENT))
    assert lane.settle(BACKOFFICE, PAYMENT, "1", DONE) == lane


def test_all_waits_for_the_order_at_a_target_that_takes_orders() -> None:
    lane = lane_of(BACKOFFICE, due(SHIPPING))
    assert on(lane) is None
    assert on(lane.follow([due(SHIPPING), due(ORDER)]).advance(BACKOFFICE)) == (ORDER, "1")


def test_what_is_required_passes_what_waits_for_it() -> None:
    lane = lane_of(CHANNEL, due(DISPATCH), due(SHIPPING))
    assert on(lane) is None
    lane = lane.follow([due(DISPATCH), due(SHIPPING), due(INVOICE)]).advance(CHANNEL)
    assert on(lane) == (INVOICE, "1")
    lane = answer(lane, CHANNEL)
    assert on(lane) == (SHIPPING, "1")
    assert on(answer(lane, CHANNEL)) == (DISPATCH, "1")


def test_a_requirement_is_met_by_package() -> None:
    lane = lane_of(CHANNEL, due(INVOICE, "a"), due(SHIPPING, "b"))
    assert on(answer(lane, CHANNEL)) is None


def test_nothing_else_passes_what_waits() -> None:
    free = Target(connection="ml", takes=(INVOICE, SHIPPING, DISPATCH), requires={SHIPPING: (INVOICE,)})
    assert on(lane_of(free, due(SHIPPING), due(DISPATCH))) is None


def test_a_parked_act_keeps_its_lane_waiting_until_it_is_retried() -> None:
    lane = answer(lane_of(BACKOFFICE, due(ORDER), due(PAYMENT)), BACKOFFICE, parked("setting:carrier:x"))
    assert on(lane) is None
    assert lane.parked[0].cause == "setting:carrier:x"
    lane = lane.retry(lambda entry: True).advance(BACKOFFICE)
    assert on(lane) == (ORDER, "1")
    assert lane.running is not None
    assert lane.running.cause is None


def test_a_skipped_act_counts_as_told() -> None:
    lane = answer(lane_of(BACKOFFICE, due(ORDER), due(PAYMENT)), BACKOFFICE, parked("reject:X"))
    assert on(lane.skip(lambda entry: entry.direction is ORDER).advance(BACKOFFICE)) == (PAYMENT, "1")


def test_a_wake_up_while_it_runs_is_not_lost() -> None:
    lane = lane_of(BACKOFFICE, due(ORDER)).retry(lambda entry: True)
    lane = answer(lane, BACKOFFICE, parked("mapping:order.write"))
    assert on(lane) == (ORDER, "1")
    assert on(answer(lane, BACKOFFICE, parked("mapping:order.write"))) is None


def test_what_the_target_itself_asks_for_first_is_told_first() -> None:
    open_target = Target(connection="ml", takes=(INVOICE, DISPATCH))
    lane = answer(lane_of(open_target, due(DISPATCH)), open_target, parked("requires:invoice"))
    assert on(lane) is None
    assert not lane.parked
    lane = lane.follow([due(DISPATCH), due(INVOICE)]).advance(open_target)
    assert on(lane) == (INVOICE, "1")
    assert on(answer(lane, open_target)) == (DISPATCH, "1")


def test_what_the_target_asks_for_and_is_never_told_parks() -> None:
    lane = answer(lane_of(CHANNEL, due(INVOICE)), CHANNEL, parked("requires:payment"))
    assert [entry.cause for entry in lane.parked] == ["requires:payment"]


def test_a_new_version_takes_the_place_of_one_that_did_not_go_out() -> None:
    lane = lane_of(CHANNEL, due(INVOICE), due(SHIPPING, mark="v1"))
    lane = lane.follow([due(INVOICE), due(SHIPPING, mark="v2")])
    assert [(entry.n, entry.mark) for entry in lane.entries] == [("1", ""), ("1", "v2")]


def test_a_new_version_of_a_parked_act_is_tried() -> None:
    lane = answer(lane_of(CHANNEL, due(INVOICE, mark="v1")), CHANNEL, parked("reject:KEY"))
    assert on(lane.follow([due(INVOICE, mark="v2")]).advance(CHANNEL)) == (INVOICE, "1")


def test_a_new_version_of_what_was_told_is_told_too() -> None:
    lane = answer(lane_of(CHANNEL, due(INVOICE, mark="v1")), CHANNEL)
    lane = lane.follow([due(INVOICE, mark="v2")]).advance(CHANNEL)
    assert on(lane) == (INVOICE, "1~2")
    lane = answer(lane, CHANNEL)
    assert [entry.n for entry in lane.entries] == ["1~2"]


def test_a_version_withdrawn_before_it_ran_leaves_the_one_that_was_told() -> None:
    lane = answer(lane_of(CHANNEL, due(INVOICE, mark="v1")), CHANNEL)
    lane = lane.follow([due(INVOICE, mark="v2")]).follow([]).follow([due(INVOICE, mark="v3")])
    assert [(entry.n, entry.mark) for entry in lane.entries] == [("1", "v1"), ("1~2", "v3")]


def test_what_never_ran_is_forgotten_when_no_longer_due() -> None:
    lane = lane_of(BACKOFFICE, due(ORDER), due(PAYMENT))
    assert [entry.direction for entry in lane.follow([due(ORDER)]).entries] == [ORDER]


def test_the_row_is_asked_for_the_fate_of_what_ran() -> None:
    lane = lane_of(BACKOFFICE, due(ORDER)).follow([])
    assert lane.running is not None
    assert lane.running.annul
    assert answer(lane, BACKOFFICE, HandoffResult(state="annulled")).entries[0].state is EntryState.ANNULLED
    assert answer(lane, BACKOFFICE).entries[0].state is EntryState.DONE


def test_what_parked_is_asked_for_its_fate_too() -> None:
    lane = answer(lane_of(BACKOFFICE, due(ORDER)), BACKOFFICE, parked("reject:X")).follow([]).advance(BACKOFFICE)
    assert lane.running is not None
    assert lane.running.annul


def test_a_cancellation_passes_all_but_what_it_needs() -> None:
    lane = lane_of(BACKOFFICE, due(ORDER), due(PAYMENT), due(SHIPPING), due(CANCEL))
    assert on(lane) == (ORDER, "1")
    assert on(answer(lane, BACKOFFICE)) == (CANCEL, "1")


def test_a_refused_cancellation_keeps_nobody_waiting() -> None:
    lane = answer(lane_of(BACKOFFICE, due(ORDER), due(CANCEL)), BACKOFFICE)
    lane = answer(lane, BACKOFFICE, parked("reject:INVOICED"))
    assert on(lane.follow([due(ORDER), due(CANCEL), due(PAYMENT)]).advance(BACKOFFICE)) == (PAYMENT, "1")


def test_held_directions_do_not_start() -> None:
    lane = Lane(target="loja").follow([due(ORDER)])
    assert on(lane.advance(BACKOFFICE, frozenset({ORDER}))) is None
    assert on(lane.advance(BACKOFFICE)) == (ORDER, "1")


class LaneMachine(RuleBasedStateMachine):
    """Random dues, answers and wishes of people, against counts of what a target saw."""

    def __init__(self) -> None:
        super().__init__()
        self.lane = Lane(target="loja")
        self.due: dict[tuple[Direction, str], Due] = {}
        self.done: list[tuple[Direction, str]] = []
        self.cancelled = False

    def _move(self) -> None:
        self.lane = self.lane.follow(self.due.values()).advance(BACKOFFICE)

    @rule(direction=st.sampled_from([ORDER, PAYMENT]), mark=st.just(""))
    @precondition(lambda self: not self.cancelled)
    def export(self, direction: Direction, mark: str) -> None:
        self.due[direction, "1"] = due(direction, "1", mark)
        self._move()

    @rule(item=st.sampled_from("ab"), mark=st.sampled_from("xyz"))
    @precondition(lambda self: not self.cancelled)
    def ship(self, item: str, mark: str) -> None:
        self.due[SHIPPING, item] = due(SHIPPING, item, mark)
        self._move()

    @rule()
    @precondition(lambda self: not self.cancelled)
    def cancel(self) -> None:
        """As `cais.lifecycle.due` does: nothing fulfilling is due any more."""
        self.cancelled = True
        known = self.lane.concerns(ORDER)
        self.due = {(CANCEL, "1"): due(CANCEL)} if known else {}
        self._move()

    @rule(result=st.sampled_from(["done", "parked", "annulled"]))
    @precondition(lambda self: self.lane.running is not None)
    def answered(self, result: str) -> None:
        running = self.lane.running
        assert running is not None
        if result == "annulled" and not running.annul:
            result = "done"
        if result == "done":
            assert (running.direction, running.n) not in self.done, "told twice"
            self.done.append((running.direction, running.n))
        told = HandoffResult(state=result, cause="reject:X" if result == "parked" else None)  # type: ignore[arg-type]
        self.lane = self.lane.settle(BACKOFFICE, running.direction, running.n, told)
        if self.cancelled and not self.lane.concerns(ORDER):
            self.due = {}
        self._move()

    @rule(skip=st.booleans())
    def mend(self, skip: bool) -> None:
        self.lane = self.lane.skip(lambda e: e.state is EntryState.PARKED) if skip else self.lane.retry(lambda e: True)
        self._move()

    @invariant()
    def one_runs_at_most(self) -> None:
        assert sum(entry.state is EntryState.RUNNING for entry in self.lane.entries) <= 1

    @invariant()
    def the_order_comes_first(self) -> None:
        running = self.lane.running
        if running is not None and running.direction is not ORDER and not running.annul:
            assert self.lane.has_reached(ORDER)

    @invariant()
    def a_cancelled_order_is_told_of_nothing_else(self) -> None:
        running = self.lane.running
        if self.cancelled and running is not None:
            assert running.annul or running.direction in CANCELLATIONS

    @invariant()
    def nothing_due_is_forgotten(self) -> None:
        known = {(entry.direction, entry.item) for entry in self.lane.entries}
        assert set(self.due) <= known

    @invariant()
    def the_lane_stands_still_only_for_a_reason(self) -> None:
        if self.lane.running is None:
            waiting = [e for e in self.lane.entries if e.state is EntryState.QUEUED]
            assert not waiting or self.lane.parked or not self.lane.has_reached(ORDER)

    @invariant()
    def it_stays_small(self) -> None:
        told = [(e.direction, e.item) for e in self.lane.entries if e.state is EntryState.DONE]
        assert len(told) == len(set(told))


TestLaneMachine = LaneMachine.TestCase
TestLaneMachine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
