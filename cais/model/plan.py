"""An order's plan: owners, targets and life cycle as plain data, pinned when the order starts (at most 4 KB)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cais.model.base import Code, Name, Value
from cais.model.vocabulary import Direction, Logistics


class Milestone(Value):
    """A state of the life cycle and what brings it about."""

    state: Code
    directions: tuple[Direction, ...] = ()
    """Observations of these directions reach it."""
    implies: tuple[Code, ...] = ()
    requires: str | None = None
    """A named predicate of `cais.lifecycle.predicate`, such as `payments_cover_total`."""
    covers: bool = False
    """Reached only when packages cover all quantities."""
    from_any: bool = False
    final: bool = False


class Target(Value):
    """A connection that takes handoffs of this order, and what each of its operations needs first there."""

    connection: Name
    takes: tuple[Direction, ...]
    requires: dict[Direction, tuple[Direction, ...]] = Field(default_factory=dict)


class Plan(Value):
    digest: Code
    """Rule set of the seller under which it was made."""
    generation: int
    seller: Name
    channel: Name
    backoffice: Name
    """`hub` where no platform manages the order."""
    logistics: Logistics
    export_at: Literal["placed", "paid"] = "paid"
    gives: dict[Direction, tuple[Name, ...]]
    """Who may say what; `hub` (people, ERPs) may be among them."""
    targets: tuple[Target, ...]
    milestones: tuple[Milestone, ...]
    """In order: the state is the furthest reached."""
    reserves: bool = True
    """Own stock is reserved (false for `fulfilled`)."""
    mode: Literal["live", "observe"] = "live"
    deadline_notice: int = 7200
    """Seconds before ship-by at which the order is marked as nearing it."""
    tags: tuple[Code, ...] = Field(default=(), max_length=2)
    """The seller's own words for the order, shown as search attributes."""
