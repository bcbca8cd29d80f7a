"""The life of an order as a pure machine: messages, answers of targets and the clock go in, a new state comes out.

What is to be handed off is part of the state: the running act of each lane. Nothing here waits, sends or stores.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cais.errors import WrongUse
from cais.lifecycle import predicate
from cais.lifecycle.answer import Answer
from cais.lifecycle.authority import not_giver, refusal
from cais.lifecycle.deadline import look
from cais.lifecycle.due import move_lanes
from cais.lifecycle.hear import hear
from cais.lifecycle.lane import Entry
from cais.lifecycle.message import Message, ids, read_order
from cais.lifecycle.milestone import reach
from cais.lifecycle.obey import obey
from cais.lifecycle.problem import problems, waits_for
from cais.lifecycle.state import OrderState
from cais.model.claim import OrderStart
from cais.model.command import HUB, Retry
from cais.model.handoff import HandoffResult, Record
from cais.model.observation import Observed
from cais.model.plan import Plan, Target


def begin(start: OrderStart) -> OrderState:
    """An order of which nothing is known but its name."""
    return OrderState(seller=start.seller, channel=start.channel, order=start.order)


def pin(state: OrderState, plan: Plan, speed: float) -> OrderState:
    """The claimed order. Raises `WrongUse` when the plan names an unknown predicate."""
    for milestone in plan.milestones:
        tuple(predicate.names(milestone))
    return state.change(plan=plan, speed=speed)


def resume(snapshot: dict[str, Any], plan: Plan, speed: float) -> OrderState:
    """The order as the book has it, alive again."""
    state = OrderState.model_validate(snapshot)
    return pin(state.acknowledge(state.rev), plan, speed)


def adopt(state: OrderState, plan: Plan, speed: float, now: datetime) -> OrderState:
    """The order under a plan pinned anew."""
    adopted = pin(state.change(adopting=False), plan, speed)
    return _step(state, adopted.note(now, HUB, "plan", digest=plan.digest), HUB, now)


def not_adopted(state: OrderState, reason: str, now: datetime) -> OrderState:
    """The order keeps its plan: the active rules give none."""
    refused = state.change(adopting=False).note(now, HUB, "refused", name="adopt_plan", reason=reason)
    return _stepped(state, refused)


def apply(state: OrderState, message: Message) -> tuple[OrderState, Answer]:
    """The state after a message, and the answer. What was seen before is answered as it was then; what is refused
    leaves a note. Raises `WrongUse` before the order has a plan.
    """
    try:
        said = read_order(message)
    except WrongUse as error:
        return _refused(state, message, (), str(error))
    known = ids(message, said)
    for each in known:
        if each in state.seen:
            return state, Answer(state.seen[each], repeated=True)
    if isinstance(said, Observed):
        return _step(state, _observed(state, said), said.source, said.as_of).see(known, ""), Answer()
    if reason := refusal(state, said):
        late_wake = isinstance(said, Retry) and message.update is None
        return (state.see(known, reason), Answer(reason)) if late_wake else _refused(state, message, known, reason)
    as_of = said.as_of or message.at
    commanded = obey(state, said, as_of).note(message.at, said.source, "command", name=message.name)
    return _step(state, commanded, said.source, as_of).see(known, ""), Answer()


def refused_now(state: OrderState, message: Message) -> str | None:
    """Why an update is not accepted, without taking it in; before the claim only what is not well formed."""
    try:
        said = read_order(message)
    except WrongUse as error:
        return str(error)
    if state.plan is None or isinstance(said, Observed) or any(each in state.seen for each in ids(message, said)):
        return None
    return refusal(state, said)


def settle(state: OrderState, target: str, entry: Entry, result: HandoffResult) -> OrderState:
    """The state after a target's activity has answered for an act."""
    lane = state.lanes[target]
    takes = next((t for t in state.pinned.targets if t.connection == target), Target(connection=target, takes=()))
    settled = lane.settle(takes, entry.direction, entry.n, result)
    return _stepped(state, state.change(lanes={**state.lanes, target: settled}))


def look_at_clock(state: OrderState, now: datetime) -> OrderState:
    """The state with the deadlines noticed that are near or past."""
    return _stepped(state, look(state, now))


def record(state: OrderState, subject: str, run: str) -> Record:
    """What the book is told of the state."""
    return Record(
        subject=subject,
        run=run,
        rev=state.rev,
        status=state.status,
        next=waits_for(state),
        problems=problems(state),
        open=not state.closed,
        snapshot=state.snapshot(),
        told=tuple(each.told for each in state.unrecorded if each.told),
        notes=tuple(each.note for each in state.unrecorded if each.note),
    )


def view(state: OrderState) -> dict[str, Any]:
    """The state for people and scripts (query `state`, result of the run)."""
    shown = {"status": state.status, "next": waits_for(state).value, "problems": list(problems(state))}
    return {**shown, **state.snapshot(), "closed": state.closed, "rev": state.rev}


def _observed(state: OrderState, observed: Observed) -> OrderState:
    for said in observed.observations:
        if reason := not_giver(state, observed.source, said.direction):
            detail = {"direction": said.direction.value, "id": observed.id, "reason": reason}
            state = state.note(observed.as_of, observed.source, "refused", **detail)
        else:
            state = hear(state, observed.source, observed.as_of, said)
    return state


def _refused(state: OrderState, message: Message, known: tuple[str, ...], reason: str) -> tuple[OrderState, Answer]:
    noted = state.note(message.at, HUB, "refused", name=message.name, reason=reason)
    return _stepped(state, noted).see(known, reason), Answer(reason)


def _step(before: OrderState, after: OrderState, source: str, at: datetime) -> OrderState:
    """Milestones follow from facts."""
    return _stepped(before, reach(after, source, at))


def _stepped(before: OrderState, after: OrderState) -> OrderState:
    """Lanes follow from facts and milestones; the revision grows if the book has to know."""
    after = move_lanes(after)
    return after.grown() if _book(before) != _book(after) else after


def _book(state: OrderState) -> tuple[object, ...]:
    facts = (state.placed, state.payments, state.packages, state.cancellations, state.returns)
    return (*facts, state.milestones, state.unrecorded, problems(state), waits_for(state))
