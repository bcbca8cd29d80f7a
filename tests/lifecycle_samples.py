"""A plan, messages and answers for tests of order lives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cais.lifecycle import order as life
from cais.lifecycle.message import Message
from cais.lifecycle.state import OrderState
from cais.model.claim import OrderStart
from cais.model.handoff import HandoffResult
from cais.model.observation import (
    Cancelled,
    Delivered,
    Dispatched,
    Invoiced,
    Observation,
    Observed,
    Paid,
    Placed,
    PlacedLine,
    ShippingSet,
)
from cais.model.plan import Milestone, Plan, Target
from cais.model.vocabulary import CancelledBy, Direction, Logistics

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

MILESTONES = (
    Milestone(state="placed", directions=(Direction.ORDER,)),
    Milestone(state="paid", directions=(Direction.PAYMENT,), requires="payments_cover_total, no_hold"),
    Milestone(state="invoiced", directions=(Direction.INVOICE,), implies=("paid",), covers=True),
    Milestone(state="shipped", directions=(Direction.DISPATCH,), implies=("paid",), covers=True),
    Milestone(state="delivered", directions=(Direction.DELIVERY,), implies=("shipped",), covers=True, final=True),
    Milestone(state="returned", directions=(Direction.RETURN,), final=True),
    Milestone(
        state="cancelled", directions=(Direction.CANCEL_BY_BUYER, Direction.CANCEL_BY_SELLER), from_any=True, final=True
    ),
)


def plan(channel: str = "ml", backoffice: str = "loja", **changes: Any) -> Plan:
    """A channel that takes invoice and carriage, a backoffice that takes orders; own logistics."""
    back, sells = (backoffice, "hub"), (channel,)
    base: dict[str, Any] = {
        "digest": "d1",
        "generation": 1,
        "seller": "aurora",
        "channel": channel,
        "backoffice": backoffice,
        "logistics": Logistics.OWN,
        "gives": {
            Direction.ORDER: sells,
            Direction.PAYMENT: (channel, "hub"),
            Direction.CANCEL_BY_BUYER: sells,
            Direction.RETURN: sells,
            Direction.INVOICE: back,
            Direction.SHIPPING_INFO: back,
            Direction.DISPATCH: back,
            Direction.DELIVERY: back,
            Direction.CANCEL_BY_SELLER: back,
        },
        "targets": (
            Target(connection=backoffice, takes=(*ORDERS, Direction.CANCEL_BY_BUYER, Direction.CANCEL_BY_SELLER)),
            Target(
                connection=channel,
                takes=(*CARRIAGE, Direction.CANCEL_BY_SELLER),
                requires={Direction.SHIPPING_INFO: (Direction.INVOICE,)},
            ),
        ),
        "milestones": MILESTONES,
    }
    return Plan.model_validate({**base, **changes})


ORDERS = (Direction.ORDER, Direction.PAYMENT)
CARRIAGE = (Direction.INVOICE, Direction.SHIPPING_INFO, Direction.DISPATCH, Direction.DELIVERY)
START = OrderStart(seller="aurora", channel="ml", order="1001")


def claimed(**changes: Any) -> OrderState:
    return life.pin(life.begin(START), plan(**changes), speed=1.0)


def placed(total: str = "100.00", **changes: Any) -> Placed:
    lines = (PlacedLine(id="1", sku="A", quantity=2), PlacedLine(id="2", sku="B", quantity=1))
    base: dict[str, Any] = {"placed_at": NOW, "currency": "BRL", "total": total, "lines": lines, "logistics": "own"}
    return Placed.model_validate({**base, **changes})


def paid(amount: str = "100.00", payment: str = "p1", **changes: Any) -> Paid:
    return Paid.model_validate({"payment": payment, "amount": amount, **changes})


def invoiced(number: str = "77", package: str = "1", items: dict[str, int] | None = None) -> Invoiced:
    return Invoiced.model_validate({"number": number, "package": package, "items": _items(items)})


def shipping(tracking: str, package: str = "1", items: dict[str, int] | None = None) -> ShippingSet:
    word = {"package": package, "tracking_number": tracking, "items": _items(items)}
    return ShippingSet.model_validate(word)


def dispatched(package: str = "1", items: dict[str, int] | None = None) -> Dispatched:
    return Dispatched.model_validate({"package": package, "items": _items(items)})


def delivered(package: str = "1") -> Delivered:
    return Delivered(package=package)


def cancelled(**changes: Any) -> Cancelled:
    base = {"direction": Direction.CANCEL_BY_BUYER, "by": CancelledBy.BUYER}
    return Cancelled.model_validate({**base, **changes})


def observe(source: str, *said: Observation, id: str | None = None, minutes: int = 0) -> Message:
    """A reading `minutes` after `NOW`; its id is made from what it says unless given."""
    at = NOW + timedelta(minutes=minutes)
    words = "+".join(each.model_dump_json() for each in said)
    observed = Observed(id=id or f"{source}-{minutes}-{abs(hash(words))}", source=source, as_of=at, observations=said)
    return Message(name="observe", body=observed.model_dump_json(), at=at)


def command(name: str, body: str = "{}", *, minutes: int = 0, update: str | None = None) -> Message:
    return Message(name=name, body=body, at=NOW + timedelta(minutes=minutes), update=update)


def after(state: OrderState, *messages: Message) -> OrderState:
    for message in messages:
        state, _ = life.apply(state, message)
    return state


def answered(state: OrderState, target: str, result: str = "done", cause: str | None = None) -> OrderState:
    """The state after the running act of `target` was answered."""
    running = state.lanes[target].running
    assert running is not None, f"nothing runs at {target}"
    return life.settle(state, target, running, HandoffResult.model_validate({"state": result, "cause": cause}))


def told(state: OrderState, target: str) -> list[tuple[str, str, str]]:
    """Direction, n and state of each act in a target's lane, in order."""
    lane = state.lanes.get(target)
    return [(str(entry.direction), entry.n, str(entry.state)) for entry in lane.entries] if lane else []


def running(state: OrderState, target: str) -> tuple[str, str, bool] | None:
    """Direction, n and whether it asks for a fate."""
    lane = state.lanes.get(target)
    entry = lane.running if lane else None
    return (str(entry.direction), entry.n, entry.annul) if entry else None


def _items(items: dict[str, int] | None) -> list[dict[str, Any]]:
    return [{"line": line, "quantity": quantity} for line, quantity in (items or {}).items()]
