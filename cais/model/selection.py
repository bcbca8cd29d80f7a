"""What a listing's workflow is told: that it is selected, with which variants, and what its channel shows of it."""

from __future__ import annotations

from typing import Any, Literal

from cais.model.base import Code, Name, Time, Value
from cais.model.claim import listing_workflow
from cais.model.vocabulary import ListingStatus


class ListingStart(Value):
    """The payload that starts a listing's workflow."""

    seller: Name
    channel: Name
    listing: Code

    @property
    def workflow_id(self) -> str:
        return listing_workflow(self.seller, self.channel, self.listing)


class ListingClaimRequest(Value):
    """The first thing a run asks: what the book has of the listing."""

    start: ListingStart
    run: Code


class ListingClaim(Value):
    """The book's answer: the snapshot of the run before, if there was one."""

    snapshot: dict[str, Any] | None = None
    speed: float = 1.0
    """Of the hub's clock: the nominal durations of the run's timers are divided by it."""


class Selected(Value):
    """Signal `select`: the seller's rules, or a person, want it sold. The newest `rev` counts."""

    id: Code
    rev: int
    plan: Code
    """Digest of the rule set that selected it."""
    variants: tuple[Code, ...] = ()
    """What is handed off one by one: SKUs, or the listing's code where the platform lists products whole. May be
    empty: then there is nothing to sell yet."""
    mode: Literal["live", "observe"] = "live"


class Unselected(Value):
    """Signal `unselect`: the rules no longer select it."""

    id: Code
    rev: int
    close: bool = False
    """End the offer on the channel; otherwise it is paused and stays."""


class ListingObserved(Value):
    """Signal `observe_listing`: how the channel shows it."""

    id: Code
    as_of: Time
    status: ListingStatus
    problem: Code | None = None
    """A code of the platform's own validation, without values of people."""
