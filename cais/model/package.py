"""A package of an order: what is in it, its invoice, its carriage."""

from __future__ import annotations

from cais.model.base import Code, Money, Quantity, Time, Value


class PackedItem(Value):
    """So many units of one order line."""

    line: Code
    quantity: Quantity


class Invoice(Value):
    """An NF-e. `key` is its 44-digit access key; the XML stands in the store and is named by digest."""

    number: Code
    series: str | None = None
    key: str | None = None
    issued_at: Time | None = None
    total: Money | None = None
    url: str | None = None
    xml: str | None = None
    """The nfeProc document as received, unchanged (a signature breaks with one byte); in the store only."""
    xml_digest: str | None = None
    voided: bool = False


class Shipping(Value):
    """Carriage of a package: carrier, tracking, label."""

    carrier: str | None = None
    service: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    shipment_id: str | None = None


class Package(Value):
    """What travels together. Empty `items` means: all lines of the order."""

    id: Code
    items: tuple[PackedItem, ...] = ()
    invoice: Invoice | None = None
    shipping: Shipping | None = None
    shipped_at: Time | None = None
    delivered_at: Time | None = None
