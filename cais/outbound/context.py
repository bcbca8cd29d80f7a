"""Context: what the mappings of an order's act may name, read from the book in one transaction.

`order` with its buyer unsealed, `id` of the order at the target, and by direction `payment`, `package`, `invoice`
(with its XML), `shipping`, `cancellation`. Never logged, never in Temporal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, select

from cais.errors import NotFound
from cais.identity import book, buyer, ref
from cais.identity.book import Entry
from cais.model.handoff import Act
from cais.model.order import Cancellation, Order, OrderLine
from cais.model.package import Invoice, Package
from cais.model.payment import Payment
from cais.model.vocabulary import Direction, PaymentStatus
from cais.outbound import settings
from cais.outbound.stamp import key_of, stamp_of
from cais.store import blobs
from cais.store.seal import KeyRing
from cais.store.tables import fact, sku

Context = dict[str, Any]

_OF_PACKAGE: Final = {
    Direction.INVOICE: "invoice",
    Direction.SHIPPING_INFO: "shipping",
    Direction.DISPATCH: "shipped_at",
    Direction.DELIVERY: "delivered_at",
}
"""What of a package its owner says in each direction."""

_CANCELLATIONS: Final = (Direction.CANCEL_BY_BUYER, Direction.CANCEL_BY_SELLER)


@dataclass(frozen=True)
class Facts:
    """The newest word of each owner, by direction and key."""

    content: Mapping[tuple[str, str], dict[str, Any]]

    def get(self, direction: Direction, key: str) -> dict[str, Any] | None:
        return self.content.get((direction.value, key))

    def all(self, direction: Direction) -> list[dict[str, Any]]:
        return [content for (said, _), content in self.content.items() if said == direction.value]


def of_order(conn: Connection, keys: KeyRing, seller: str, act: Act, now: datetime) -> Context:
    """The context of an order's act. Raises `NotFound` when the order is unknown, or its buyer erased."""
    entry = book.known(conn, act.subject)
    facts = _facts(conn, act.subject)
    order = _order(conn, keys, entry, facts)
    exported = act.target != entry.connection
    there = sku_at(conn, seller, act.target, (line.sku for line in order.lines)) if exported else {}
    if exported:
        order = order.model_copy(update={"lines": _lines(order.lines, there)})
    context: Context = {"order": order, "run": {"now": now, "stamp": order.correlation, "key": key_of(act)}}
    remote = ref.remote_id(conn, act.target, "order", entry.id) if exported else entry.remote_id
    if remote is not None:
        context["id"] = remote
    given = settings.read(conn, seller, act.target)
    # `setting('sku', …)` finds the target's own id of a line's SKU, where nobody has set another.
    context["settings"] = {**given, "sku": {**there, **given.get("sku", {})}}
    return context | _acted_on(conn, keys, act, order, facts)


def sku_at(conn: Connection, seller: str, target: str, skus: Iterable[str]) -> dict[str, str]:
    """The target's own ids of our SKUs, where its catalogue was read."""
    there = (sku.c.seller == seller, sku.c.connection == target, sku.c.sku.in_(sorted(set(skus))))
    return {row.sku: row.remote_id for row in conn.execute(select(sku.c.sku, sku.c.remote_id).where(*there))}


def _facts(conn: Connection, order_id: str) -> Facts:
    columns = (fact.c.direction, fact.c.key, fact.c.content)
    rows = conn.execute(select(*columns).where(fact.c.order_id == order_id).order_by(fact.c.as_of, fact.c.key))
    return Facts({(row.direction, row.key): row.content for row in rows})


def _order(conn: Connection, keys: KeyRing, entry: Entry, facts: Facts) -> Order:
    if entry.document is None:
        raise NotFound(f"{entry.id} has no document yet")
    personal = buyer.read(conn, keys, entry.id) or {}
    order = Order.model_validate({**entry.document, **personal})
    return order.model_copy(update={"correlation": stamp_of(entry.id), "payments": _payments(order, facts)})


def _payments(order: Order, facts: Facts) -> tuple[Payment, ...]:
    said = {payment.id: payment for payment in order.payments}
    said |= {payment.id: payment for payment in map(Payment.model_validate, facts.all(Direction.PAYMENT))}
    return tuple(said.values())


def _lines(lines: tuple[OrderLine, ...], there: Mapping[str, str]) -> tuple[OrderLine, ...]:
    """A line's `remote_sku` is the channel's id of it: the target has its own, or none."""
    return tuple(line.model_copy(update={"remote_sku": there.get(line.sku)}) for line in lines)


def _acted_on(conn: Connection, keys: KeyRing, act: Act, order: Order, facts: Facts) -> Context:
    if act.direction in _OF_PACKAGE:
        package = _package(conn, keys, act, facts)
        return {"package": package, "invoice": package.invoice, "shipping": package.shipping}
    if act.direction in _CANCELLATIONS:
        return {"cancellation": _cancellation(act, order, facts)}
    if act.direction is Direction.PAYMENT:
        return {"payment": _payment(order)}
    return {}


def _package(conn: Connection, keys: KeyRing, act: Act, facts: Facts) -> Package:
    """All that its owners say of one package: the invoice of one, the carriage of another."""
    said = {d: Package.model_validate(c) for d in _OF_PACKAGE if (c := facts.get(d, act.item)) is not None}
    changes: dict[str, Any] = {_OF_PACKAGE[d]: getattr(package, _OF_PACKAGE[d]) for d, package in said.items()}
    changes["items"] = next((package.items for package in said.values() if package.items), ())
    changes.setdefault("shipping", next((package.shipping for package in said.values() if package.shipping), None))
    invoice = changes.get("invoice") or _only_invoice(facts)
    changes["invoice"] = None if invoice is None else _with_xml(conn, keys, act.subject, invoice)
    return Package(id=act.item).model_copy(update=changes)


def _only_invoice(facts: Facts) -> Invoice | None:
    """The order's invoice, where it has one: who invoices and who ships may number the packages differently."""
    known = [
        invoice for c in facts.all(Direction.INVOICE) if (invoice := Package.model_validate(c).invoice) is not None
    ]
    return known[0] if len(known) == 1 else None


def _with_xml(conn: Connection, keys: KeyRing, subject: str, invoice: Invoice) -> Invoice:
    if invoice.xml_digest is None:
        return invoice
    xml = blobs.fetch(conn, keys, subject, invoice.xml_digest).decode()
    return invoice.model_copy(update={"xml": xml})


def _cancellation(act: Act, order: Order, facts: Facts) -> Cancellation | None:
    number = act.item.removeprefix("decision-")
    content = facts.get(act.direction, "" if number == "1" else number)
    return order.cancellation if content is None else Cancellation.model_validate(content)


def _payment(order: Order) -> Payment:
    """All that is paid, as one payment: what a target is told is that the order is paid."""
    approved = [payment for payment in order.payments if payment.status is PaymentStatus.APPROVED]
    if not approved:
        return Payment(id="1", status=PaymentStatus.APPROVED, amount=order.totals.total)
    amount = sum((payment.amount for payment in approved), Decimal(0))
    return approved[0].model_copy(update={"amount": amount})
