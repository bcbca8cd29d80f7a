"""Canonical orders and plans for tests of the hub's inner side."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from cais.model.order import Order, OrderLine, Totals
from cais.model.party import Address, Buyer, Document
from cais.model.plan import Milestone, Plan, Target
from cais.model.vocabulary import Direction, Logistics
from cais.store.tables import fact

D = Direction
PLACED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)

CHANNEL_GIVES = (D.ORDER, D.PAYMENT, D.CANCEL_BY_BUYER, D.RETURN)
BACKOFFICE_GIVES = (D.INVOICE, D.SHIPPING_INFO, D.DISPATCH, D.DELIVERY, D.CANCEL_BY_SELLER)

BUYER = Buyer(name="Ana Souza", document=Document(kind="cpf", number="01234567890"), email="ana@example.com")
ADDRESS = Address(street="Rua A", number="100", city="São Paulo", state="SP", postal_code="01001000")


def fact_content(conn: Connection, order_id: str, direction: Direction, key: str) -> dict[str, Any] | None:
    """The content of a fact in the book, or None."""
    held = (fact.c.order_id == order_id, fact.c.direction == direction.value, fact.c.key == key)
    content: dict[str, Any] | None = conn.execute(select(fact.c.content).where(*held)).scalar_one_or_none()
    return content


def an_order(order_id: str = "2000", **changes: Any) -> Order:
    """A paid order of two lines, R$ 109.80, with a buyer."""
    order = Order(
        id=order_id,
        placed_at=PLACED_AT,
        logistics=Logistics.OWN,
        lines=(
            OrderLine(id="1", sku="CAM-P", quantity=1, unit_price=Decimal("49.90")),
            OrderLine(id="2", sku="CAM-G", quantity=1, unit_price=Decimal("49.90")),
        ),
        totals=Totals(items=Decimal("99.80"), shipping=Decimal("10.00"), total=Decimal("109.80")),
        paid=True,
        buyer=BUYER,
        shipping_address=ADDRESS,
    )
    return order.model_copy(update=changes)


def a_plan(channel: str = "market", backoffice: str = "shop", **changes: Any) -> Plan:
    """Own logistics: the channel gives order and payment, the backoffice the rest, people may cancel."""
    gives = dict.fromkeys(CHANNEL_GIVES, (channel,))
    gives |= dict.fromkeys(BACKOFFICE_GIVES, (backoffice,))
    gives[D.CANCEL_BY_SELLER] = (backoffice, "hub")
    plan = Plan(
        digest="d" * 64,
        generation=1,
        seller="aurora",
        channel=channel,
        backoffice=backoffice,
        logistics=Logistics.OWN,
        gives=gives,
        targets=(Target(connection=backoffice, takes=(D.ORDER, D.PAYMENT, D.CANCEL_BY_BUYER)),),
        milestones=(Milestone(state="placed", directions=(D.ORDER,)),),
    )
    return plan.model_copy(update=changes)
