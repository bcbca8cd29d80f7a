"""News: what an order, as one connection shows it, says that this connection may say. Pure.

The plan names who gives each direction; what a connection shows beyond that is an echo of others' words and is
left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from cais.identity.fact import Fact
from cais.model.observation import (
    Cancelled,
    Delivered,
    Dispatched,
    Invoiced,
    Observation,
    Paid,
    Placed,
    PlacedLine,
    ShippingSet,
)
from cais.model.order import Order
from cais.model.package import Package
from cais.model.payment import Payment
from cais.model.plan import Plan
from cais.model.vocabulary import Direction, PaymentStatus

OUTSTANDING: Final = "outstanding"
"""Id of the payment that stands for what a platform calls paid without listing a payment for it."""

_CANCELLATIONS: Final = (Direction.CANCEL_BY_BUYER, Direction.CANCEL_BY_SELLER)


def observations(order: Order, connection: str, plan: Plan) -> tuple[Observation, ...]:
    """What `connection` says of the order, in the order of the directions. Invoices name their XML by digest."""
    given = _given(connection, plan)
    said: list[Observation] = []
    if Direction.ORDER in given:
        said.append(_placed(order))
    if Direction.PAYMENT in given:
        said += [Paid(payment=p.id, status=p.status, amount=p.amount) for p in payments(order)]
    for package in order.packages:
        said += [shown for shown in _package(package) if shown.direction in given]
    if cancelled := _cancelled(order, given):
        said.append(cancelled)
    return tuple(said)


def facts(order: Order, connection: str, plan: Plan) -> tuple[Fact, ...]:
    """The same as canonical documents, for the handoffs that will tell others."""
    given = _given(connection, plan)
    told: list[Fact] = []
    if Direction.PAYMENT in given:
        told += [Fact(Direction.PAYMENT, p.id, p.model_dump(mode="json")) for p in payments(order)]
    for package in order.packages:
        content = package.model_dump(mode="json")
        told += [Fact(s.direction, package.id, content) for s in _package(package) if s.direction in given]
    if order.cancellation is not None and (cancelled := _cancelled(order, given)):
        told.append(Fact(cancelled.direction, "", order.cancellation.model_dump(mode="json")))
    return tuple(told)


def payments(order: Order) -> tuple[Payment, ...]:
    """The payments, held to the platform's own word on whether the order is paid, where it gives one."""
    if order.paid is None:
        return order.payments
    if not order.paid:
        return tuple(_not_yet(payment) for payment in order.payments)
    approved = sum((p.amount for p in order.payments if p.status is PaymentStatus.APPROVED), Decimal(0))
    missing = order.totals.total - approved
    if missing <= 0:
        return order.payments
    rest = Payment(id=OUTSTANDING, status=PaymentStatus.APPROVED, amount=missing)
    return (*order.payments, rest)


def _given(connection: str, plan: Plan) -> frozenset[Direction]:
    return frozenset(direction for direction, givers in plan.gives.items() if connection in givers)


def _not_yet(payment: Payment) -> Payment:
    if payment.status is not PaymentStatus.APPROVED:
        return payment
    return payment.model_copy(update={"status": PaymentStatus.PENDING})


def _placed(order: Order) -> Placed:
    return Placed(
        placed_at=order.placed_at,
        currency=order.currency,
        total=order.totals.total,
        lines=tuple(PlacedLine(id=line.id, sku=line.sku, quantity=line.quantity) for line in order.lines),
        logistics=order.logistics,
        hold=order.hold,
        ship_by=order.deadlines.ship_by,
        invoice_by=order.deadlines.invoice_by,
    )


def _package(package: Package) -> Iterator[Invoiced | ShippingSet | Dispatched | Delivered]:
    if (invoice := package.invoice) is not None:
        yield Invoiced(
            package=package.id,
            number=invoice.number,
            series=invoice.series,
            key=invoice.key,
            xml_digest=invoice.xml_digest,
            items=package.items,
            voided=invoice.voided,
        )
    shipping = package.shipping
    if shipping is not None and (shipping.carrier or shipping.tracking_number):
        yield ShippingSet(
            package=package.id,
            carrier=shipping.carrier,
            tracking_number=shipping.tracking_number,
            tracking_url=shipping.tracking_url,
            items=package.items,
        )
    if package.shipped_at is not None:
        yield Dispatched(package=package.id, at=package.shipped_at, items=package.items)
    if package.delivered_at is not None:
        yield Delivered(package=package.id, at=package.delivered_at)


def _cancelled(order: Order, given: frozenset[Direction]) -> Cancelled | None:
    """In the direction that is the connection's to give, whoever it says has cancelled."""
    direction = next((each for each in _CANCELLATIONS if each in given), None)
    if order.cancellation is None or direction is None:
        return None
    word = order.cancellation
    return Cancelled(
        direction=direction,
        by=word.by,
        reason=word.reason,
        requested=word.requested,
        deadline=word.deadline,
        at=word.at,
        lines=word.lines,
    )
