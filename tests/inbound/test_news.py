"""News: what a connection shows becomes what it may say, and nothing of what others say."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_samples import a_plan, an_order

from cais.inbound.news import OUTSTANDING, facts, observations, payments
from cais.model.observation import Cancelled, Invoiced, Observation, Paid, Placed
from cais.model.order import Cancellation, Order
from cais.model.package import Invoice, Package, Shipping
from cais.model.payment import Payment
from cais.model.plan import Plan
from cais.model.vocabulary import CancelledBy, CancelReason, Direction, PaymentStatus

AT = datetime(2026, 11, 22, tzinfo=UTC)
PACKAGE = Package(
    id="1",
    invoice=Invoice(number="77", key="3" * 44, xml_digest="f" * 64),
    shipping=Shipping(carrier="Correios", tracking_number="AA1BR"),
    shipped_at=AT,
    delivered_at=AT,
)
FULL = an_order(packages=(PACKAGE,), cancellation=Cancellation(by=CancelledBy.SELLER, reason=CancelReason.OUT_OF_STOCK))


def paid(status: PaymentStatus, amount: str, payment: str = "p") -> Payment:
    return Payment(id=payment, status=status, amount=Decimal(amount))


def directions(order: Order, connection: str, plan: Plan | None = None) -> list[Direction]:
    return [said.direction for said in observations(order, connection, plan or a_plan())]


def test_a_channel_says_what_it_gives() -> None:
    assert directions(FULL, "market") == [Direction.ORDER, Direction.PAYMENT, Direction.CANCEL_BY_BUYER]


def test_a_backoffice_says_what_it_gives() -> None:
    assert directions(FULL, "shop") == [
        Direction.INVOICE, Direction.SHIPPING_INFO, Direction.DISPATCH, Direction.DELIVERY, Direction.CANCEL_BY_SELLER,
    ]  # fmt: skip


def test_a_connection_that_gives_nothing_says_nothing() -> None:
    assert observations(FULL, "outlet", a_plan()) == ()
    assert facts(FULL, "outlet", a_plan()) == ()


def test_a_cancellation_keeps_who_did_it_and_goes_in_the_connections_direction() -> None:
    (cancelled,) = [x for x in observations(FULL, "market", a_plan()) if isinstance(x, Cancelled)]
    assert (cancelled.direction, cancelled.by) == (Direction.CANCEL_BY_BUYER, CancelledBy.SELLER)
    assert cancelled.reason is CancelReason.OUT_OF_STOCK


def test_a_carriage_of_which_nothing_is_known_is_no_news() -> None:
    order = an_order(packages=(Package(id="1", shipping=Shipping(service="PAC")),))
    assert observations(order, "shop", a_plan()) == ()


def test_the_invoice_travels_by_digest() -> None:
    (invoiced,) = [x for x in observations(FULL, "shop", a_plan()) if isinstance(x, Invoiced)]
    assert (invoiced.number, invoiced.xml_digest, invoiced.voided) == ("77", "f" * 64, False)


@pytest.mark.parametrize(
    ("word", "shown", "expected"),
    [
        (None, [paid(PaymentStatus.APPROVED, "50.00")], [("p", PaymentStatus.APPROVED, "50.00")]),
        (True, [], [(OUTSTANDING, PaymentStatus.APPROVED, "109.80")]),
        (True, [paid(PaymentStatus.APPROVED, "109.80")], [("p", PaymentStatus.APPROVED, "109.80")]),
        (
            True,
            [paid(PaymentStatus.APPROVED, "9.80"), paid(PaymentStatus.REFUSED, "100.00", "q")],
            [
                ("p", PaymentStatus.APPROVED, "9.80"),
                ("q", PaymentStatus.REFUSED, "100.00"),
                (OUTSTANDING, PaymentStatus.APPROVED, "100.00"),
            ],
        ),
        (False, [paid(PaymentStatus.APPROVED, "109.80")], [("p", PaymentStatus.PENDING, "109.80")]),
        (False, [], []),
    ],
)
def test_the_platforms_own_word_on_being_paid_wins(
    word: bool | None, shown: list[Payment], expected: list[tuple[str, PaymentStatus, str]]
) -> None:
    order = an_order(paid=word, payments=tuple(shown))
    said = [x for x in observations(order, "market", a_plan()) if isinstance(x, Paid)]
    assert [(x.payment, x.status, str(x.amount)) for x in said] == expected


@given(
    amounts=st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from(list(PaymentStatus))), max_size=5),
    word=st.sampled_from([True, False]),
)
def test_paid_means_covered_and_unpaid_means_nothing_approved(
    amounts: list[tuple[int, PaymentStatus]], word: bool
) -> None:
    shown = tuple(Payment(id=str(n), status=status, amount=Decimal(c) / 100) for n, (c, status) in enumerate(amounts))
    order = an_order(paid=word, payments=shown)
    approved = sum(p.amount for p in payments(order) if p.status is PaymentStatus.APPROVED)
    assert (approved >= order.totals.total) if word else (approved == 0)


@pytest.mark.security
def test_no_observation_holds_anything_personal() -> None:
    for connection in ("market", "shop"):
        said: tuple[Observation, ...] = observations(FULL, connection, a_plan())
        text = str([each.model_dump(mode="json") for each in said])
        assert "Ana" not in text
        assert "01234567890" not in text


def test_placed_has_the_lines_the_total_and_the_hold() -> None:
    placed = observations(an_order(), "market", a_plan())[0]
    assert isinstance(placed, Placed)
    assert (placed.total, placed.currency, [line.sku for line in placed.lines]) == (
        Decimal("109.80"), "BRL", ["CAM-P", "CAM-G"],
    )  # fmt: skip


def test_facts_are_canonical_documents_of_the_same_news() -> None:
    said = {(each.direction, each.key): each.content for each in facts(FULL, "shop", a_plan())}
    assert said[Direction.INVOICE, "1"]["invoice"]["number"] == "77"
    assert said[Direction.CANCEL_BY_SELLER, ""]["reason"] == "out_of_stock"
    assert {direction for direction, _ in said} == set(directions(FULL, "shop"))
