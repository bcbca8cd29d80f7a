"""What each target of an order has to be told, given the order's facts. Nothing goes back to its source."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from cais.lifecycle.coverage import is_cancelled
from cais.lifecycle.lane import CANCELLATIONS, Due, Lane
from cais.lifecycle.state import OrderState
from cais.model.base import Value
from cais.model.command import HUB
from cais.model.plan import Target
from cais.model.vocabulary import Direction

EXPORTS = frozenset({Direction.ORDER, Direction.PAYMENT})
"""What a hold or an undecided request to cancel keeps back."""
ONLY = "1"
"""Item of what an order has one of."""


def held(state: OrderState) -> frozenset[Direction]:
    """The directions that may not start now."""
    on_hold = state.placed is not None and state.placed.said.hold is not None
    return EXPORTS if on_hold or state.request is not None else frozenset()


def move_lanes(state: OrderState) -> OrderState:
    """The state with each lane following what is due, and the acts started whose turn it is."""
    if state.plan is None:
        return state
    targets = {target.connection: target for target in state.plan.targets if target.connection != HUB}
    lanes = {name: _moved(state, targets.get(name), name) for name in dict.fromkeys((*targets, *state.lanes))}
    filled = {name: lane for name, lane in lanes.items() if lane.entries}
    return state if filled == state.lanes else state.change(lanes=filled)


def _moved(state: OrderState, target: Target | None, name: str) -> Lane:
    lane = state.lanes.get(name, Lane(target=name))
    if target is None:
        return lane.follow(()).advance(Target(connection=name, takes=()))
    return lane.follow(_of_target(state, target, lane)).advance(target, held(state))


def _of_target(state: OrderState, target: Target, lane: Lane) -> Iterator[Due]:
    told = [due for due in dues(state) if due.concerns(target)]
    exported = any(due.direction is Direction.ORDER for due in told) or lane.concerns(Direction.ORDER)
    for due in told:
        # Who never got the order has nothing to cancel.
        if due.direction not in CANCELLATIONS or Direction.ORDER not in target.takes or exported:
            yield due


def dues(state: OrderState) -> Iterator[Due]:
    """All there is to tell, with its source, in the order in which it is told."""
    if not is_cancelled(state):
        yield from _exports(state)
        yield from _packages(state)
    for cancellation in state.cancellations:
        if cancellation.effective:
            yield Due(cancellation.said.direction, cancellation.n, cancellation.source)
        if (decision := cancellation.decision) and cancellation.said.requested:
            answered = f"decision-{cancellation.n}"
            yield Due(cancellation.said.direction, answered, decision.source, to=cancellation.source)
    for number, back in enumerate(state.returns, start=1):
        yield Due(Direction.RETURN, str(number), back.source, _mark(back.said))


def _exports(state: OrderState) -> Iterator[Due]:
    """The order once it is placed or paid, as the plan says; that it is paid. Implied: not to who implied it."""
    exported = state.milestones.get(state.pinned.export_at)
    if state.placed is not None and exported is not None:
        yield Due(Direction.ORDER, ONLY, exported.source if exported.implied else state.placed.source)
    paid = state.milestone_of(Direction.PAYMENT)
    if paid is not None and paid.state in state.milestones:
        yield Due(Direction.PAYMENT, ONLY, state.milestones[paid.state].source)


def _packages(state: OrderState) -> Iterator[Due]:
    for key, package in state.packages.items():
        if fact := package.of(Direction.INVOICE):
            yield Due(Direction.INVOICE, key, fact.source, _mark(fact.said))
        if fact := package.of(Direction.SHIPPING_INFO):
            yield Due(Direction.SHIPPING_INFO, key, fact.source, _mark(fact.said))
        # Told once, whatever is corrected later; delivered implies dispatched.
        if fact := package.of(Direction.DISPATCH) or package.of(Direction.DELIVERY):
            yield Due(Direction.DISPATCH, key, fact.source)
        if fact := package.of(Direction.DELIVERY):
            yield Due(Direction.DELIVERY, key, fact.source)


def _mark(said: Value) -> str:
    return hashlib.sha256(said.model_dump_json().encode()).hexdigest()[:12]
