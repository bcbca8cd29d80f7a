"""Commands as the canonical documents that handoffs are rendered from (facts that intake never saw)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cais.lifecycle.fact import Cancellation
from cais.model import order as document
from cais.model.command import Command, Deliver, Invoice, Pay, SetShipping, Ship
from cais.model.handoff import Told
from cais.model.package import Invoice as InvoiceDocument
from cais.model.package import Package, Shipping
from cais.model.payment import Payment
from cais.model.vocabulary import Direction


def told(command: Command, as_of: datetime) -> Told | None:
    """The fact that a command gives of a payment or a package; None if it gives none."""
    match command:
        case Pay():
            payment = Payment(id=command.payment, status=command.status, amount=command.amount)
            return _told(command, command.direction, command.payment, as_of, payment.model_dump(mode="json"))
        case Invoice() | SetShipping() | Ship() | Deliver():
            package = _package(command, as_of)
            return _told(command, command.direction, package.id, as_of, package.model_dump(mode="json"))
        case _:
            return None


def told_cancellation(cancellation: Cancellation, source: str, as_of: datetime) -> Told:
    """A cancellation, the request for one, or with its decision."""
    said = cancellation.said
    content = document.Cancellation(
        by=said.by,
        reason=said.reason,
        at=said.at,
        requested=said.requested,
        deadline=said.deadline,
        accepted=cancellation.decision.accept if cancellation.decision else None,
        lines=said.lines,
    )
    key = "" if cancellation.n == "1" else cancellation.n
    return Told(direction=said.direction, key=key, source=source, as_of=as_of, content=content.model_dump(mode="json"))


def _package(command: Invoice | SetShipping | Ship | Deliver, as_of: datetime) -> Package:
    match command:
        case Invoice():
            invoice = InvoiceDocument(
                number=command.number,
                series=command.series,
                key=command.key,
                xml_digest=command.xml_digest,
                voided=command.voided,
            )
            return Package(id=command.package, items=command.items, invoice=invoice)
        case SetShipping():
            shipping = Shipping(
                carrier=command.carrier, tracking_number=command.tracking_number, tracking_url=command.tracking_url
            )
            return Package(id=command.package, items=command.items, shipping=shipping)
        case Ship():
            return Package(id=command.package, items=command.items, shipped_at=command.at or as_of)
        case Deliver():
            return Package(id=command.package, delivered_at=command.at or as_of)


def _told(command: Command, direction: Direction, key: str, as_of: datetime, content: dict[str, Any]) -> Told:
    return Told(direction=direction, key=key, source=command.source, as_of=as_of, content=content)
