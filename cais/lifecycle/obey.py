"""Obeying: an order's facts and lanes after one command."""

from __future__ import annotations

from datetime import datetime

from cais.lifecycle.authority import direction_of, fits
from cais.lifecycle.hear import cancel, decide, hear
from cais.lifecycle.lane import Entry, Lane
from cais.lifecycle.state import OrderState
from cais.lifecycle.told import told, told_cancellation
from cais.model.command import (
    AdoptPlan,
    Amend,
    Cancel,
    Command,
    DecideCancel,
    Deliver,
    Handed,
    Invoice,
    Pay,
    RequestCancel,
    Retry,
    Return,
    SetShipping,
    Ship,
    Skip,
    VoidInvoice,
    observation,
)
from cais.model.observation import Cancelled


def obey(state: OrderState, command: Command, as_of: datetime) -> OrderState:
    """The state after a command that nothing speaks against."""
    if fact := told(command, as_of):
        state = state.tell(fact)
    match command:
        case Pay() | Invoice() | SetShipping() | Ship() | Deliver() | Return():
            return hear(state, command.source, as_of, observation(command))
        case VoidInvoice():
            return _void(state, command, as_of)
        case Cancel():
            return _tell_newest(cancel(state, command.source, as_of, _cancelled(command, as_of)), command.source, as_of)
        case DecideCancel():
            return _decided(state, command, as_of)
        case Handed():
            return state.change(lanes={name: _handled(lane, command) for name, lane in state.lanes.items()})
        case AdoptPlan():
            return state.change(adopting=True)
        case _:
            return state


def _void(state: OrderState, command: VoidInvoice, as_of: datetime) -> OrderState:
    held = state.packages[command.package].invoice
    if held is None:
        return state
    return hear(state, command.source, as_of, held.said.model_copy(update={"voided": True}))


def _cancelled(command: Cancel, as_of: datetime) -> Cancelled:
    direction = direction_of(command)
    requested = isinstance(command, RequestCancel)
    word = {"by": command.by, "reason": command.reason, "at": as_of, "lines": command.lines}
    deadline = command.deadline if isinstance(command, RequestCancel) else None
    return Cancelled.model_validate({**word, "direction": direction, "requested": requested, "deadline": deadline})


def _decided(state: OrderState, command: DecideCancel, as_of: datetime) -> OrderState:
    request = state.request
    state = decide(state, command.source, as_of, accept=command.accept)
    decided = next(each for each in state.cancellations if request is not None and each.n == request.n)
    return state.tell(told_cancellation(decided, command.source, as_of))


def _tell_newest(state: OrderState, source: str, as_of: datetime) -> OrderState:
    return state.tell(told_cancellation(state.cancellations[-1], source, as_of))


def _handled(lane: Lane, command: Handed) -> Lane:
    def named(entry: Entry) -> bool:
        return fits(command, lane.target, entry)

    if isinstance(command, Skip):
        return lane.skip(named)
    return lane.retry(named) if isinstance(command, Retry | Amend) else lane
