"""Deadlines of an order: when each comes near, when it passes, and what to call that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cais.lifecycle.state import OrderState
from cais.model.vocabulary import Direction


@dataclass(frozen=True)
class Notice:
    """At `at` the order is marked with the problem `tag`."""

    at: datetime
    tag: str


def next_notice(state: OrderState) -> datetime | None:
    """When to look next; None while nothing is ahead."""
    return min((notice.at for notice in _notices(state) if not _is_past(state, notice)), default=None)


def look(state: OrderState, now: datetime) -> OrderState:
    """The state with the deadlines noticed that are near or past by `now`."""
    ahead = next_notice(state)
    return state if ahead is None or ahead > now else state.change(rung=now)


def noticed(state: OrderState) -> tuple[str, ...]:
    """The tags that hold: `deadline:<what>:near`, or `deadline:<what>:passed` in its place."""
    tags = {notice.tag.rpartition(":")[0]: notice.tag for notice in _notices(state) if _is_past(state, notice)}
    return tuple(tags.values())


def _notices(state: OrderState) -> Iterator[Notice]:
    ahead = timedelta(seconds=state.plan.deadline_notice if state.plan else 0) / state.speed
    for what, at in _deadlines(state):
        yield Notice(at - ahead, f"deadline:{what}:near")
        yield Notice(at, f"deadline:{what}:passed")


def _deadlines(state: OrderState) -> Iterator[tuple[str, datetime]]:
    """Those that still matter."""
    if state.placed is None or state.cancelled:
        return
    placed = state.placed.said
    if placed.invoice_by and state.milestone_of(Direction.INVOICE) and not state.has_reached(Direction.INVOICE):
        yield "invoice_by", placed.invoice_by
    if placed.ship_by and not state.has_reached(Direction.DISPATCH):
        yield "ship_by", placed.ship_by
    if state.request and (deadline := state.request.said.deadline):
        yield "cancel", deadline


def _is_past(state: OrderState, notice: Notice) -> bool:
    return state.rung is not None and notice.at <= state.rung
