"""What is wrong with an order, in tags of closed prefixes, and the one word for what it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cais.lifecycle.deadline import noticed
from cais.lifecycle.lane import EntryState, Lane, missing
from cais.lifecycle.state import OrderState
from cais.model.vocabulary import Direction, Logistics, Next

KEPT: Final = 20
_EXCEPTIONS: Final = frozenset({Direction.RETURN, Direction.CANCEL_BY_BUYER, Direction.CANCEL_BY_SELLER})
_WAITS: Final = {
    Direction.PAYMENT: Next.PAYMENT,
    Direction.INVOICE: Next.INVOICE,
    Direction.DISPATCH: Next.DISPATCH,
    Direction.DELIVERY: Next.DELIVERY,
}


def problems(state: OrderState) -> tuple[str, ...]:
    """Tags, the most pressing first, at most 20: `cancel:refused`, causes of parked handoffs, `invoice:voided` (told
    to somebody before), `requires:<direction>` (of what ended without it), `deadline:…`."""
    return tuple(dict.fromkeys(_tags(state)))[:KEPT]


def waits_for(state: OrderState) -> Next:
    """The first of `Next` that holds."""
    if state.placed is None:
        return Next.DOCUMENT
    if state.request is not None or (state.placed.said.hold is not None and not state.at_end):
        return Next.DECISION
    return _for_people(state) or (None if state.at_end else _for_parties(state)) or _for_targets(state)


def _tags(state: OrderState) -> Iterator[str]:
    entries = [entry for lane in state.lanes.values() for entry in lane.parked]
    if any(entry.cancels for entry in entries):
        yield "cancel:refused"
    for entry in entries:
        yield entry.cause or "fatal:unnamed"
    yield from _voided(state)
    yield from _left_waiting(state)
    yield from noticed(state)


def _voided(state: OrderState) -> Iterator[str]:
    for key, package in state.packages.items():
        void = package.invoice is not None and package.invoice.said.voided
        if void and any(lane.has_reached(Direction.INVOICE, key) for lane in state.lanes.values()):
            yield "invoice:voided"


def _left_waiting(state: OrderState) -> Iterator[str]:
    """At the end of its life, what an act still waits for will not come by itself."""
    if not state.at_end or state.plan is None:
        return
    for target in state.plan.targets:
        lane = state.lanes.get(target.connection, Lane(target=target.connection))
        for entry in lane.open:
            if entry.state is EntryState.QUEUED and not lane.running:
                yield from (f"requires:{direction}" for direction in missing(lane, target, entry))


def _for_people(state: OrderState) -> Next | None:
    causes = {cause.partition(":")[0] for _, cause in state.parked()}
    if "setting" in causes:
        return Next.SETTING
    if "mapping" in causes:
        return Next.MAPPING
    return Next.RETRY if causes or any(_left_waiting(state)) else None


def _for_parties(state: OrderState) -> Next | None:
    """The first milestone after the furthest one reached."""
    milestones = [m for m in state.pinned.milestones if not _EXCEPTIONS.intersection(m.directions)]
    reached = [number for number, m in enumerate(milestones) if m.state in state.milestones]
    for milestone in milestones[reached[-1] + 1 if reached else 0 :]:
        for direction in milestone.directions:
            if direction is Direction.DISPATCH and _awaits_label(state):
                return Next.LABEL
            if direction in _WAITS:
                return _WAITS[direction]
    return None


def _awaits_label(state: OrderState) -> bool:
    shipping = any(package.shipping for package in state.packages.values())
    return state.pinned.logistics is not Logistics.OWN and not shipping


def _for_targets(state: OrderState) -> Next:
    return Next.TARGET if any(lane.open for lane in state.lanes.values()) else Next.NOTHING
