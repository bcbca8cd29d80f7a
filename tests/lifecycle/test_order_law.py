"""Laws that hold whatever is said: nothing fails, revisions grow, the carry is the state, what is due is told once."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lifecycle_samples import (
    NOW,
    cancelled,
    claimed,
    command,
    delivered,
    dispatched,
    invoiced,
    observe,
    paid,
    placed,
    shipping,
)

from cais.lifecycle import order as life
from cais.lifecycle.details import details
from cais.lifecycle.message import Message
from cais.lifecycle.state import OrderState
from cais.model.command import COMMANDS
from cais.model.handoff import HandoffResult
from cais.model.observation import Observation, Returned
from cais.temporal.attributes import of_order

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "source": st.sampled_from(["hub", "ml", "loja"]),
    "amount": st.sampled_from(["40.00", "60.00", "100.00"]),
    "payment": st.sampled_from(["a", "b"]),
    "status": st.sampled_from(["approved", "pending", "refunded"]),
    "package": st.sampled_from(["1", "2"]),
    "number": st.sampled_from(["77", "78"]),
    "tracking_number": st.sampled_from(["T1", "T2"]),
    "items": st.sampled_from([[], [{"line": "1", "quantity": 2}], [{"line": "2", "quantity": 1}]]),
    "lines": st.sampled_from([[], [{"line": "1", "quantity": 1}], [{"line": "9", "quantity": 1}]]),
    "by": st.sampled_from(["buyer", "seller", "channel"]),
    "accept": st.booleans(),
    "target": st.sampled_from(["ml", "loja"]),
    "direction": st.sampled_from(["order", "payment", "invoice", "cancel_by_buyer"]),
    "n": st.sampled_from(["1", "2"]),
    "reason": st.just("other"),
    "stage": st.sampled_from(["requested", "received"]),
    "garbage": st.just(1),
}


@st.composite
def commands(draw: st.DrawFn) -> Message:
    chosen = draw(st.sampled_from(COMMANDS))
    known = [
        name for name in FIELDS if (name in chosen.payload.model_fields and name != "direction") or name == "garbage"
    ]
    if "target" in known:
        known.append("direction")
    required = [name for name, field in chosen.payload.model_fields.items() if field.is_required() and name in FIELDS]
    names = set(required) | set(draw(st.lists(st.sampled_from(known), max_size=3)))
    body = {name: draw(FIELDS[name]) for name in sorted(names)}
    return command(chosen.name, json.dumps(body), minutes=draw(st.integers(0, 9)))


WORDS: list[Observation] = [
    placed(),
    placed(hold={"cause": "fraud"}),
    paid(),
    paid("60.00", "a"),
    invoiced(),
    invoiced("78", "2", {"2": 1}),
    shipping("T1"),
    dispatched("1", {"1": 2}),
    dispatched("2", {"2": 1}),
    delivered(),
    cancelled(),
    cancelled(requested=True),
    Returned(stage="received"),
]
READINGS = st.builds(
    lambda word, source, minutes: observe(source, word, minutes=minutes),
    st.sampled_from(WORDS),
    st.sampled_from(["ml", "loja"]),
    st.integers(0, 9),
)
ANSWERS = st.tuples(
    st.sampled_from(["ml", "loja"]),
    st.sampled_from(["done", "done", "annulled", "parked"]),
    st.sampled_from(["reject:X", "setting:carrier:x", "requires:invoice", "requires:payment"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(READINGS, READINGS, commands(), ANSWERS), max_size=30))
def test_whatever_is_said_the_life_goes_on(steps: list[Message | tuple[str, str, str]]) -> None:
    state = claimed()
    done: set[tuple[str, str, str]] = set()
    for step in steps:
        before = state
        state = life.apply(state, step)[0] if isinstance(step, Message) else _answered(state, *step, done)
        assert state.rev >= before.rev
        assert state.milestones.keys() >= before.milestones.keys()
        assert OrderState.model_validate_json(state.model_dump_json(exclude_defaults=True)) == state
        assert sum(lane.running is not None for lane in state.lanes.values()) <= 2
        assert details(state)
        assert of_order(state)["CaisStatus"] == state.status
        assert life.record(state, "order:x", "run").rev == state.rev
    _no_act_fulfils_a_cancelled_order(state)
    assert life.look_at_clock(state, NOW).rev >= state.rev


def _answered(state: OrderState, target: str, result: str, cause: str, done: set[tuple[str, str, str]]) -> OrderState:
    lane = state.lanes.get(target)
    entry = lane.running if lane else None
    if entry is None:
        return state
    if result == "annulled" and not entry.annul:
        result = "done"
    if result == "done":
        act = (target, entry.direction.value, entry.n)
        assert act not in done, "told twice"
        done.add(act)
    told = HandoffResult.model_validate({"state": result, "cause": cause if result == "parked" else None})
    return life.settle(state, target, entry, told)


def _no_act_fulfils_a_cancelled_order(state: OrderState) -> None:
    if state.cancelled:
        for lane in state.lanes.values():
            assert all(e.annul or e.cancels or e.direction == "return" for e in lane.open), lane
