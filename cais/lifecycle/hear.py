"""Hearing: an order's facts after one more word of one of its parties."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from cais.lifecycle.fact import Cancellation, Decision, Held, PackageFacts
from cais.lifecycle.state import OrderState
from cais.model.base import Value
from cais.model.observation import (
    Cancelled,
    Delivered,
    Dispatched,
    Invoiced,
    Observation,
    Paid,
    Placed,
    Returned,
    ShippingSet,
    key_of,
)

Said = TypeVar("Said", bound=Value)


def hear(state: OrderState, source: str, as_of: datetime, said: Observation) -> OrderState:
    """The state with the word taken in, unless the same source has already said something newer of the same thing."""
    group = f"{source}/{said.direction}/{key_of(said)}"
    newest = state.heard.get(group)
    if newest is not None and as_of < newest:
        return state
    return _taken(state.change(heard={**state.heard, group: as_of}), source, as_of, said)


def cancel(state: OrderState, source: str, as_of: datetime, said: Cancelled) -> OrderState:
    """One more cancellation, or request, beside those known."""
    new = Cancellation(n=str(len(state.cancellations) + 1), source=source, as_of=as_of, said=said)
    return state.change(cancellations=(*state.cancellations, new))


def decide(state: OrderState, source: str, at: datetime, *, accept: bool) -> OrderState:
    """The open request, decided."""
    decision = Decision(accept=accept, source=source, at=at)
    return state.change(
        cancellations=tuple(
            each.model_copy(update={"decision": decision}) if each is state.request else each
            for each in state.cancellations
        )
    )


def _taken(state: OrderState, source: str, as_of: datetime, said: Observation) -> OrderState:
    match said:
        case Placed():
            placed = _same_or(state.placed, Held[Placed](source=source, as_of=as_of, said=said))
            return state.change(placed=placed)
        case Paid():
            new = Held[Paid](source=source, as_of=as_of, said=said)
            held = _same_or(state.payments.get(said.payment), new)
            return state.change(payments={**state.payments, said.payment: held})
        case Invoiced() | ShippingSet() | Dispatched() | Delivered():
            package = state.packages.get(said.package, PackageFacts())
            packed = _packed(package, source, as_of, said)
            return state.change(packages={**state.packages, said.package: packed})
        case Cancelled():
            return _cancelled(state, source, as_of, said)
        case Returned():
            return _returned(state, Held[Returned](source=source, as_of=as_of, said=said))


def _same_or(known: Held[Said] | None, new: Held[Said]) -> Held[Said]:
    """What is said again is still what was said first."""
    return known if known is not None and known.said == new.said else new


def _packed(
    package: PackageFacts, source: str, as_of: datetime, said: Invoiced | ShippingSet | Dispatched | Delivered
) -> PackageFacts:
    word = {"source": source, "as_of": as_of, "said": said}
    match said:
        case Invoiced():
            return package.model_copy(update={"invoice": _same_or(package.invoice, Held[Invoiced](**word))})
        case ShippingSet():
            return package.model_copy(update={"shipping": _same_or(package.shipping, Held[ShippingSet](**word))})
        case Dispatched():
            return package.model_copy(update={"dispatch": _same_or(package.dispatch, Held[Dispatched](**word))})
        case Delivered():
            return package.model_copy(update={"delivery": _same_or(package.delivery, Held[Delivered](**word))})


def _cancelled(state: OrderState, source: str, as_of: datetime, said: Cancelled) -> OrderState:
    """Of the same units by the same source it is the same cancellation, which may go from request to fact."""
    known = next((each for each in state.cancellations if _is_same(each, source, said)), None)
    if known is None:
        return state if _is_echo(state, source, said) else cancel(state, source, as_of, said)
    asked_again = said.requested and known.decision is not None and said.deadline == known.said.deadline
    if known.said == said or not known.said.requested or asked_again:
        return state
    changed = Cancellation(n=known.n, source=source, as_of=as_of, said=said)
    return state.change(cancellations=tuple(changed if each is known else each for each in state.cancellations))


def _is_echo(state: OrderState, source: str, said: Cancelled) -> bool:
    """A platform that was told of a cancellation shows it as its own: nobody has to be told again."""
    if said.requested:
        return False
    others = [each for each in state.cancellations if each.effective and each.source != source]
    return any(not each.said.lines or each.said.lines == said.lines for each in others)


def _is_same(known: Cancellation, source: str, said: Cancelled) -> bool:
    return (known.source, known.said.direction, known.said.lines) == (source, said.direction, said.lines)


def _returned(state: OrderState, new: Held[Returned]) -> OrderState:
    """Of the same units by the same source it is the same return, at a later stage."""
    known = next((each for each in state.returns if _is_same_return(each, new)), None)
    if known is None:
        return state.change(returns=(*state.returns, new))
    changed = _same_or(known, new)
    return state.change(returns=tuple(changed if each is known else each for each in state.returns))


def _is_same_return(known: Held[Returned], new: Held[Returned]) -> bool:
    return (known.source, known.said.lines) == (new.source, new.said.lines)
