"""Quantities: what was sold, what is cancelled, what the packages cover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from cais.lifecycle.state import OrderState
from cais.model.package import PackedItem
from cais.model.vocabulary import Direction


def sold(state: OrderState) -> Mapping[str, int]:
    """Units per line as sold."""
    lines = state.placed.said.lines if state.placed else ()
    return {line.id: line.quantity for line in lines}


def cancelled(state: OrderState) -> Mapping[str, int]:
    """Units per line that cancellations in effect take away, at most those sold."""
    units = Counter[str]()
    for cancellation in state.cancellations:
        if cancellation.effective:
            units.update(_units(cancellation.said.lines, sold(state)))
    return {line: min(units[line], quantity) for line, quantity in sold(state).items() if units[line]}


def is_cancelled(state: OrderState) -> bool:
    """Nothing of the order is left."""
    whole = any(each.effective and not each.said.lines for each in state.cancellations)
    return whole or (bool(sold(state)) and not remaining(state))


def remaining(state: OrderState) -> Mapping[str, int]:
    """Units per line still to be shipped or shipped: sold less cancelled, without zeroes."""
    gone = cancelled(state)
    left = {line: quantity - gone.get(line, 0) for line, quantity in sold(state).items()}
    return {line: quantity for line, quantity in left.items() if quantity}


def is_covered(state: OrderState, direction: Direction) -> bool:
    """Whether the packages of which this was said hold all that is left of the order."""
    left = remaining(state)
    units = Counter[str]()
    for package in state.packages.values():
        if package.of(direction) is not None:
            units.update(_units(package.items, left))
    return bool(left) and all(units[line] >= quantity for line, quantity in left.items())


def _units(items: Iterable[PackedItem], everything: Mapping[str, int]) -> Mapping[str, int]:
    """Units per line; no items means everything."""
    units = Counter[str]()
    for item in items:
        units[item.line] += item.quantity
    return units or everything
