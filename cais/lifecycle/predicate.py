"""The named predicates that a life cycle may ask for before a milestone counts as reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from cais.errors import WrongUse
from cais.lifecycle.state import OrderState
from cais.model.plan import Milestone
from cais.model.vocabulary import PaymentStatus


def payments_cover_total(state: OrderState) -> bool:
    """Approved payments reach the order's total; an order of total zero is paid at once."""
    if state.placed is None:
        return False
    approved = (held.said.amount for held in state.payments.values() if held.said.status is PaymentStatus.APPROVED)
    return sum(approved, Decimal(0)) >= state.placed.said.total


def no_hold(state: OrderState) -> bool:
    """No decision of others is awaited (fraud check, buffered payment)."""
    return state.placed is not None and state.placed.said.hold is None


PREDICATES: Final[dict[str, Callable[[OrderState], bool]]] = {
    "payments_cover_total": payments_cover_total,
    "no_hold": no_hold,
}


def names(milestone: Milestone) -> Iterator[str]:
    """The predicates that a milestone requires: names parted by commas. Raises `WrongUse` on an unknown one."""
    for name in (milestone.requires or "").replace(",", " ").split():
        if name not in PREDICATES:
            raise WrongUse(f"the life cycle asks for {name!r}; known are {', '.join(sorted(PREDICATES))}")
        yield name


def holds(state: OrderState, milestone: Milestone) -> bool:
    """Whether all that the milestone requires is so."""
    return all(PREDICATES[name](state) for name in names(milestone))
