"""What a run says of itself when it starts, and what the book answers (the protocol of the claim)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from cais.model.base import Code, Money, Name, Quantity, Value
from cais.model.plan import Plan


class IdentityLine(Value):
    """A line as first sold; the price per unit in major units. What is left out is not compared."""

    sku: Code
    quantity: Quantity
    unit_price: Money | None = None


class Identity(Value):
    """What makes two orders of one id the same order. What is left out is not compared."""

    currency: Code | None = None
    lines: tuple[IdentityLine, ...] | None = None


class OrderStart(Value):
    """The payload that starts an order's workflow. Intake gives no identity: the book has the document."""

    seller: Name
    channel: Name
    order: Code
    identity: Identity | None = None

    @property
    def workflow_id(self) -> str:
        return order_workflow(self.seller, self.channel, self.order)


class ClaimRequest(Value):
    """`start` as it came, so that the claim can be asked again when the document is there."""

    start: OrderStart
    workflow_id: Code
    run: Code
    news: bool = False
    """Messages came with the start: a known order is resumed for them, not answered `same`."""
    adopt: bool = False
    """Pin the plan anew from the active rules (`adopt_plan`); identity is not asked again."""


class Claim(Value):
    """The book's answer.

    `new`: go on by `plan`. `resume`: go on from `snapshot`, by `plan`. `same`: the order is closed and known; end at
    once with `result`. `conflict`: another order has this id; end as failed, naming `fields`. `awaiting`: the
    document was asked for; wait for `observe`, then claim again.
    """

    kind: Literal["new", "resume", "same", "conflict", "awaiting"]
    plan: Plan | None = None
    snapshot: dict[str, Any] | None = None
    fields: tuple[Code, ...] = ()
    result: dict[str, Any] = Field(default_factory=dict)
    speed: float = 1.0
    """Of the hub's clock: the nominal durations of the run's timers are divided by it."""


def order_workflow(seller: str, channel: str, order: str) -> str:
    """The workflow id of an order: no slash, since Temporal's HTTP API finds no id that has one."""
    return f"order:{seller}:{channel}:{order}"


def listing_workflow(seller: str, channel: str, listing: str) -> str:
    """The workflow id of a listing."""
    return f"listing:{seller}:{channel}:{listing}"
