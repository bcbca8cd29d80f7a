"""An order's document parted: what may be kept in the open, what is personal, what is a document of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cais.model import wire
from cais.model.order import Order
from cais.model.package import Package

PERSONAL: Final = ("buyer", "billing_address", "shipping_address")
"""The fields of an order that are sealed."""


@dataclass(frozen=True)
class Parted:
    """`order` holds no personal data; its invoices name their XML by digest, and `xml` has the bytes by digest."""

    order: Order
    personal: dict[str, Any]
    xml: dict[str, bytes]

    @property
    def document(self) -> dict[str, Any]:
        """The open part as JSON: amounts as decimal strings."""
        return self.order.model_dump(mode="json", exclude=set(PERSONAL))


def part(order: Order) -> Parted:
    """Part an order as a platform showed it. A free note of a cancellation is dropped: people write names there."""
    xml = {wire.digest_bytes(plain): plain for package in order.packages if (plain := _xml(package)) is not None}
    changes: dict[str, Any] = dict.fromkeys(PERSONAL)
    changes["packages"] = tuple(_without_xml(package) for package in order.packages)
    if order.cancellation is not None:
        changes["cancellation"] = order.cancellation.model_copy(update={"note": None})
    personal = order.model_dump(mode="json", include=set(PERSONAL))
    return Parted(order.model_copy(update=changes), personal, xml)


def _xml(package: Package) -> bytes | None:
    invoice = package.invoice
    return invoice.xml.encode() if invoice is not None and invoice.xml is not None else None


def _without_xml(package: Package) -> Package:
    plain = _xml(package)
    if plain is None or package.invoice is None:
        return package
    lighter = package.invoice.model_copy(update={"xml": None, "xml_digest": wire.digest_bytes(plain)})
    return package.model_copy(update={"invoice": lighter})
