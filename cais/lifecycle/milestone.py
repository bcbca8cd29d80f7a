"""Milestones: which are reached by what the parties said, and which those imply.

They come in any order, repeated, with gaps. Each is reached once and never lost.
"""

from __future__ import annotations

from datetime import datetime

from cais.lifecycle.coverage import is_cancelled, is_covered
from cais.lifecycle.fact import Reached
from cais.lifecycle.lane import CANCELLATIONS, PER_PACKAGE
from cais.lifecycle.predicate import holds
from cais.lifecycle.state import OrderState
from cais.model.plan import Milestone
from cais.model.vocabulary import Direction, PaymentStatus


def reach(state: OrderState, source: str, at: datetime) -> OrderState:
    """The state with each milestone that its facts now bear out; `source` gave the word that completed them."""
    reached = dict(state.milestones)
    for milestone in state.pinned.milestones:
        if milestone.state not in reached and _is_borne_out(state, milestone):
            reached[milestone.state] = Reached(at=at, source=source)
            _imply(state, milestone, reached)
    return state if reached == state.milestones else state.change(milestones=reached)


def _imply(state: OrderState, milestone: Milestone, reached: dict[str, Reached]) -> None:
    by_state = {each.state: each for each in state.pinned.milestones}
    cause = reached[milestone.state]
    ahead = list(milestone.implies)
    while ahead:
        implied = ahead.pop()
        if implied not in reached and implied in by_state:
            reached[implied] = Reached(at=cause.at, source=cause.source, implied=True)
            ahead += by_state[implied].implies


def _is_borne_out(state: OrderState, milestone: Milestone) -> bool:
    said = any(_is_said(state, direction, whole=milestone.covers) for direction in milestone.directions)
    return said and holds(state, milestone)


def _is_said(state: OrderState, direction: Direction, *, whole: bool) -> bool:
    if direction in CANCELLATIONS:
        return is_cancelled(state) and any(c.effective and c.said.direction is direction for c in state.cancellations)
    if direction in PER_PACKAGE:
        each = any(package.of(direction) for package in state.packages.values())
        return is_covered(state, direction) if whole else each
    match direction:
        case Direction.ORDER:
            return state.placed is not None
        case Direction.PAYMENT:
            return _is_paid(state)
        case Direction.RETURN:
            return any(held.said.stage != "requested" for held in state.returns)
        case _:
            return False


def _is_paid(state: OrderState) -> bool:
    free = state.placed is not None and not state.placed.said.total
    return free or any(held.said.status is PaymentStatus.APPROVED for held in state.payments.values())
