"""The canonical order: what gets one shipment and one NF-e (a pack, a delivery, an order of a store)."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from cais.model.base import Code, Money, Quantity, Time, Units, Value
from cais.model.package import Package, PackedItem
from cais.model.party import Address, Buyer, Intermediary
from cais.model.payment import Payment
from cais.model.vocabulary import CancelledBy, CancelReason, Logistics


class OrderLine(Value):
    """A line as sold. Amounts per unit in major units; `discount` is for the whole line."""

    id: Code
    sku: Code
    quantity: Quantity
    unit_price: Money
    discount: Money = Decimal("0.00")
    title: str | None = None
    listing: str | None = None
    """The channel's id of the offer that was sold."""
    remote_sku: str | None = None
    """The platform's own id of the SKU, where it is not the seller's code."""
    order: str | None = None
    """The channel's order inside a pack."""
    gift: bool = False


class Totals(Value):
    """Amounts in major units; `total` is what approved payments must cover."""

    items: Money
    shipping: Money = Decimal("0.00")
    discount: Money = Decimal("0.00")
    tax: Money = Decimal("0.00")
    total: Money


class Fee(Value):
    """What the channel keeps."""

    kind: Literal["commission", "freight", "fixed", "payment"]
    amount: Money


class Hold(Value):
    """A decision awaited from others: the order is paid and may not go on yet."""

    cause: Code
    until: Time | None = None


class Cancellation(Value):
    """Who cancelled, why; `requested` means that somebody still has to decide, until `deadline`."""

    by: CancelledBy
    reason: CancelReason = CancelReason.OTHER
    at: Time | None = None
    note: str | None = None
    requested: bool = False
    deadline: Time | None = None
    accepted: bool | None = None
    """The answer to what was requested; null: none yet, or nothing to decide."""
    lines: tuple[PackedItem, ...] = ()
    """Empty: the whole order."""


class Delivery(Value):
    """The service that the buyer chose."""

    service: str | None = None
    carrier: str | None = None
    shipment_id: str | None = None
    estimated_at: Time | None = None
    estimated_days: Units | None = None
    pickup: bool = False


class Deadlines(Value):
    ship_by: Time | None = None
    invoice_by: Time | None = None


class Order(Value):
    """An order as one platform shows it. Everything a flow needs is derived from it, whichever side it came from."""

    id: Code
    """The platform's id of the unit: pack id, order id. Part of the workflow id, so without `/`."""
    number: str | None = None
    parts: tuple[Code, ...] = ()
    """The channel's orders inside a pack; empty when the order is one."""
    correlation: str | None = None
    """The hub's stamp read back (the hub's own order id), where the platform keeps one."""
    origin: str | None = None
    """The platform's word for where the order was placed, to tell own orders from those of other channels."""
    version: str | None = None
    updated_at: Time | None = None
    placed_at: Time
    currency: Code = "BRL"
    logistics: Logistics
    hold: Hold | None = None
    lines: tuple[OrderLine, ...] = Field(min_length=1)
    totals: Totals
    payments: tuple[Payment, ...] = ()
    paid: bool | None = None
    """The platform's own word that payment is complete, where it gives one; null: count the payments."""
    fees: tuple[Fee, ...] = ()
    buyer: Buyer | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    delivery: Delivery = Delivery()
    deadlines: Deadlines = Deadlines()
    intermediary: Intermediary | None = None
    packages: tuple[Package, ...] = ()
    cancellation: Cancellation | None = None
    status: str | None = None
    """The platform's own status word, for people."""
