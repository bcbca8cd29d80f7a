"""Observations: what a platform showed of an order, reduced to what a workflow may know.

No personal data: amounts, codes, digests and times only. The whole document is in the store.
Commands given by people and ERPs carry the same facts, so both reach the same code.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cais.model.base import Code, Money, Name, Quantity, Time, Value
from cais.model.order import Hold
from cais.model.package import PackedItem
from cais.model.vocabulary import CancelledBy, CancelReason, Direction, Logistics, PaymentStatus


class PlacedLine(Value):
    id: Code
    sku: Code
    quantity: Quantity


class Placed(Value):
    """The order exists. Money in major units of `currency`."""

    direction: Literal[Direction.ORDER] = Direction.ORDER
    placed_at: Time
    currency: Code
    total: Money
    lines: tuple[PlacedLine, ...] = Field(min_length=1)
    logistics: Logistics
    hold: Hold | None = None
    ship_by: Time | None = None
    invoice_by: Time | None = None


class Paid(Value):
    """One payment's state."""

    direction: Literal[Direction.PAYMENT] = Direction.PAYMENT
    payment: Code
    status: PaymentStatus = PaymentStatus.APPROVED
    amount: Money


class Invoiced(Value):
    """A package's NF-e, or its cancellation (`voided`, event 110111)."""

    direction: Literal[Direction.INVOICE] = Direction.INVOICE
    package: Code = "1"
    number: Code
    series: str | None = None
    key: str | None = None
    xml_digest: str | None = None
    items: tuple[PackedItem, ...] = ()
    voided: bool = False


class ShippingSet(Value):
    """Carrier and tracking of a package."""

    direction: Literal[Direction.SHIPPING_INFO] = Direction.SHIPPING_INFO
    package: Code = "1"
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    items: tuple[PackedItem, ...] = ()


class Dispatched(Value):
    """The package left."""

    direction: Literal[Direction.DISPATCH] = Direction.DISPATCH
    package: Code = "1"
    at: Time | None = None
    items: tuple[PackedItem, ...] = ()


class Delivered(Value):
    """The package reached the buyer."""

    direction: Literal[Direction.DELIVERY] = Direction.DELIVERY
    package: Code = "1"
    at: Time | None = None


class Cancelled(Value):
    """A cancellation, or (`requested`) the wish for one that somebody decides until `deadline`."""

    direction: Literal[Direction.CANCEL_BY_BUYER, Direction.CANCEL_BY_SELLER]
    by: CancelledBy
    reason: CancelReason = CancelReason.OTHER
    requested: bool = False
    deadline: Time | None = None
    at: Time | None = None
    lines: tuple[PackedItem, ...] = ()
    """Empty: the whole order."""


class Returned(Value):
    direction: Literal[Direction.RETURN] = Direction.RETURN
    stage: Literal["requested", "received", "refunded"] = "requested"
    lines: tuple[PackedItem, ...] = ()


Observation = Annotated[
    Placed | Paid | Invoiced | ShippingSet | Dispatched | Delivered | Cancelled | Returned,
    Field(discriminator="direction"),
]


def key_of(observation: Observation) -> str:
    """Which of its direction's things the observation speaks of: payment id, package id, or empty."""
    match observation:
        case Paid():
            return observation.payment
        case Invoiced() | ShippingSet() | Dispatched() | Delivered():
            return observation.package
        case _:
            return ""


class Observed(Value):
    """The payload of the signal `observe`: one reading of one order by one connection."""

    id: Code
    source: Name
    as_of: Time
    """The vendor's version time, or the time before the fetch; older readings than those held are ignored."""
    observations: tuple[Observation, ...]
