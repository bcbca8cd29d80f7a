"""The state of an order's life: what its parties said, what follows from it, what each target was told.

The same object is the snapshot in the book (which has the plan beside it) and the carry at continue-as-new.
"""

from __future__ import annotations

from typing import ClassVar, Final

from pydantic import Field

from cais.errors import WrongUse
from cais.lifecycle.fact import Cancellation, Held, PackageFacts, Reached
from cais.lifecycle.lane import Lane
from cais.lifecycle.life import Life
from cais.model.base import Code, Time
from cais.model.observation import Paid, Placed, Returned
from cais.model.plan import Milestone, Plan
from cais.model.vocabulary import Direction

AWAITED: Final = "awaited"
"""Status of an order whose document is not there yet."""


class OrderState(Life):
    order: Code
    plan: Plan | None = None
    placed: Held[Placed] | None = None
    payments: dict[str, Held[Paid]] = Field(default_factory=dict)
    packages: dict[str, PackageFacts] = Field(default_factory=dict)
    cancellations: tuple[Cancellation, ...] = ()
    returns: tuple[Held[Returned], ...] = ()
    milestones: dict[str, Reached] = Field(default_factory=dict)
    lanes: dict[str, Lane] = Field(default_factory=dict)
    heard: dict[str, Time] = Field(default_factory=dict)
    """Per source, direction and thing: as of when the newest word is."""
    rung: Time | None = None
    """Deadlines up to this moment have been noticed."""
    adopting: bool = False
    """The plan is to be pinned anew."""

    beside: ClassVar[frozenset[str]] = Life.beside | {"plan"}

    @property
    def pinned(self) -> Plan:
        """The plan. Raises `WrongUse` before the order is claimed."""
        if self.plan is None:
            raise WrongUse("the order has no plan yet")
        return self.plan

    @property
    def status(self) -> str:
        """The furthest milestone reached."""
        reached = [m.state for m in self.plan.milestones if m.state in self.milestones] if self.plan else []
        return reached[-1] if reached else AWAITED

    @property
    def cancelled(self) -> bool:
        """The whole order is cancelled."""
        return any(self.has_reached(direction) for direction in (Direction.CANCEL_BY_BUYER, Direction.CANCEL_BY_SELLER))

    @property
    def request(self) -> Cancellation | None:
        """The request to cancel that awaits a decision; a cancelled order awaits none."""
        return None if self.cancelled else next((each for each in self.cancellations if each.awaited), None)

    @property
    def at_end(self) -> bool:
        """A final milestone is reached."""
        return self.plan is not None and any(m.final and m.state in self.milestones for m in self.plan.milestones)

    @property
    def finished(self) -> bool:
        """Ended, and nobody is left to be told or asked."""
        return self.at_end and self.request is None and not any(lane.open for lane in self.lanes.values())

    def milestone_of(self, direction: Direction) -> Milestone | None:
        """The milestone that observations of this direction reach."""
        milestones = self.plan.milestones if self.plan else ()
        return next((m for m in milestones if direction in m.directions), None)

    def has_reached(self, direction: Direction) -> bool:
        milestone = self.milestone_of(direction)
        return milestone is not None and milestone.state in self.milestones

    def parked(self) -> tuple[tuple[str, str], ...]:
        """Target and cause of each parked handoff."""
        return tuple((lane.target, entry.cause or "") for lane in self.lanes.values() for entry in lane.parked)
