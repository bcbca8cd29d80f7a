"""Who may say what of an order, and whether it makes sense now: the reasons for which a command is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cais.lifecycle.coverage import remaining, sold
from cais.lifecycle.lane import RETRYABLE, SKIPPABLE, Entry, EntryState
from cais.lifecycle.state import OrderState
from cais.model.command import (
    HUB,
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
)
from cais.model.package import PackedItem
from cais.model.vocabulary import CancelledBy, Direction


def direction_of(command: Command) -> Direction | None:
    """The direction that a command speaks in, if it tells a fact."""
    match command:
        case Pay() | Invoice() | SetShipping() | Ship() | Deliver() | Return():
            return command.direction
        case VoidInvoice():
            return Direction.INVOICE
        case Cancel():
            return Direction.CANCEL_BY_SELLER if command.by is CancelledBy.SELLER else Direction.CANCEL_BY_BUYER
        case _:
            return None


def not_giver(state: OrderState, source: str, direction: Direction) -> str | None:
    """Why `source` may not speak in this direction; None when the plan says that it gives it."""
    givers = state.pinned.gives.get(direction, ())
    if source in givers:
        return None
    owners = " or ".join(givers) if givers else "nobody"
    return f"{direction} of this order is given by {owners}, not by {source}"


def refusal(state: OrderState, command: Command) -> str | None:
    """Why the command is not allowed now; None when it is."""
    direction = direction_of(command)
    if direction is not None and (reason := not_giver(state, command.source, direction)):
        return reason
    match command:
        case Invoice() | SetShipping() | Ship():
            return _unknown_line(state, command.items)
        case Return():
            return _unknown_line(state, command.lines)
        case VoidInvoice():
            return _no_such_invoice(state, command)
        case Cancel():
            return _not_cancellable(state, command)
        case DecideCancel():
            return _not_decidable(state, command)
        case Handed() | AdoptPlan():
            return _not_ours(command) or _nothing_there(state, command)
        case _:
            return None


def fits(command: Handed, target: str, entry: Entry) -> bool:
    """Whether the command names this handoff. What runs has no cause yet, so it fits any."""
    cause = command.cause if isinstance(command, Retry) and entry.state is not EntryState.RUNNING else None
    return (
        command.target in (None, target)
        and command.direction in (None, entry.direction)
        and command.n in (None, entry.n)
        and cause in (None, entry.cause)
    )


def _unknown_line(state: OrderState, items: Iterable[PackedItem]) -> str | None:
    known = sold(state)
    unknown = next((item.line for item in items if item.line not in known), None)
    return None if unknown is None or not known else f"the order has no line {unknown}; it has {', '.join(known)}"


def _no_such_invoice(state: OrderState, command: VoidInvoice) -> str | None:
    package = state.packages.get(command.package)
    held = package.invoice if package else None
    known = held is not None and held.said.number == command.number
    return None if known else f"package {command.package} has no invoice {command.number}"


def _not_cancellable(state: OrderState, command: Cancel) -> str | None:
    if state.cancelled:
        return "the order is cancelled already"
    if isinstance(command, RequestCancel) and state.request is not None:
        return "a request to cancel awaits its decision already"
    if unknown := _unknown_line(state, command.lines):
        return unknown
    asked = Counter[str]()
    for item in command.lines:
        asked[item.line] += item.quantity
    left = remaining(state)
    over = next((line for line, units in asked.items() if units > left.get(line, 0)), None)
    return None if over is None else f"line {over} has {left.get(over, 0)} left to cancel"


def _not_decidable(state: OrderState, command: DecideCancel) -> str | None:
    if state.request is None:
        return "no request to cancel awaits a decision"
    deciders = dict.fromkeys((HUB, *state.pinned.gives.get(Direction.CANCEL_BY_SELLER, ())))
    return None if command.source in deciders else f"{' or '.join(deciders)} decides, not {command.source}"


def _not_ours(command: Command) -> str | None:
    return None if command.source == HUB else f"only the {HUB} decides on its own handoffs and plans"


def _nothing_there(state: OrderState, command: Command) -> str | None:
    states = SKIPPABLE if isinstance(command, Skip) else RETRYABLE
    if isinstance(command, Retry | Amend | Skip) and not any(
        entry.state in states and fits(command, lane.target, entry)
        for lane in state.lanes.values()
        for entry in lane.entries
    ):
        return "nothing is parked there"
    return None
