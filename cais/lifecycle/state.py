"""The state of an order's life: what its parties said, what follows from it, what each target was told.

The same object is the snapshot in the book and the carry at continue-as-new.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import Field

from cais.errors import WrongUse
from cais.lifecycle.fact import Cancellation, Held, PackageFacts, Reached
from cais.lifecycle.lane import Lane
from cais.model.base import Code, Name, Time, Value
from cais.model.handoff import Note, Told
from cais.model.observation import Paid, Placed, Returned
from cais.model.plan import Milestone, Plan
from cais.model.vocabulary import Direction

INTERPRETER: Final = 1
"""Version of the rules by which runs read their state. A run keeps the one that it started with."""
AWAITED: Final = "awaited"
"""Status of an order whose document is not there yet."""
SEEN_KEPT: Final = 200


class Unrecorded(Value):
    """Something that the store must be told, and the revision with which it arose."""

    rev: int
    told: Told | None = None
    note: Note | None = None


class OrderState(Value):
    seller: Name
    channel: Name
    order: Code
    interpreter: int = INTERPRETER
    speed: float = 1.0
    plan: Plan | None = None
    rev: int = 0
    """Grows with each change that the book has to know."""
    recorded: int = 0
    """The newest revision that the book is known to have."""
    placed: Held[Placed] | None = None
    payments: dict[str, Held[Paid]] = Field(default_factory=dict)
    packages: dict[str, PackageFacts] = Field(default_factory=dict)
    cancellations: tuple[Cancellation, ...] = ()
    returns: tuple[Held[Returned], ...] = ()
    milestones: dict[str, Reached] = Field(default_factory=dict)
    lanes: dict[str, Lane] = Field(default_factory=dict)
    heard: dict[str, Time] = Field(default_factory=dict)
    """Per source, direction and thing: as of when the newest word is."""
    seen: dict[str, str] = Field(default_factory=dict)
    """Ids of messages and updates with their answers: empty when accepted, else the reason. The newest 200."""
    rung: Time | None = None
    """Deadlines up to this moment have been noticed."""
    unrecorded: tuple[Unrecorded, ...] = ()
    adopting: bool = False
    """The plan is to be pinned anew."""
    closed: bool = False

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
    def ended(self) -> bool:
        """A final milestone is reached."""
        return self.plan is not None and any(m.final and m.state in self.milestones for m in self.plan.milestones)

    @property
    def finished(self) -> bool:
        """Ended, and nobody is left to be told or asked."""
        return self.ended and self.request is None and not any(lane.open for lane in self.lanes.values())

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

    def change(self, **changes: Any) -> OrderState:
        return self.model_copy(update=changes)

    def note(self, at: datetime, actor: str, what: str, **detail: Any) -> OrderState:
        """With a line for the journal."""
        note = Note(at=at, actor=actor, what=what, detail=detail)
        return self.change(unrecorded=(*self.unrecorded, Unrecorded(rev=self.rev + 1, note=note)))

    def tell(self, told: Told) -> OrderState:
        """With a fact that the store does not have yet."""
        return self.change(unrecorded=(*self.unrecorded, Unrecorded(rev=self.rev + 1, told=told)))

    def see(self, ids: tuple[str, ...], answer: str) -> OrderState:
        """With ids seen and answered; the oldest are forgotten."""
        seen = {**self.seen, **dict.fromkeys(ids, answer)}
        kept = dict(list(seen.items())[-SEEN_KEPT:])
        return self.change(seen=kept)

    def snapshot(self) -> dict[str, Any]:
        """As JSON; the plan stands beside it in the book, and what is unrecorded in the record."""
        return self.model_dump(mode="json", exclude={"plan", "unrecorded", "recorded"}, exclude_defaults=True)
