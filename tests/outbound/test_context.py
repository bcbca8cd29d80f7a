"""The context of an act: the buyer unsealed, facts from their owners, the target's own ids; refusals without people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from handoff_rules import CHANNEL, SELLER
from handoff_world import World
from order_samples import ADDRESS, BUYER, an_order
from sqlalchemy import insert

from cais.identity import fact, ref
from cais.identity.fact import Fact
from cais.model.handoff import Act
from cais.model.order import Cancellation
from cais.model.package import Invoice, Package, PackedItem, Shipping
from cais.model.payment import Payment
from cais.model.vocabulary import CancelledBy, Direction, PaymentStatus
from cais.outbound import context
from cais.outbound.pinned import digest, pack, unpack
from cais.outbound.redact import LONGEST, redact
from cais.rules.message import Request
from cais.store.tables import sku


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


def tell(world: World, order_id: str, source: str, direction: Direction, key: str, content: Any) -> None:
    now = world.store.clock.now()
    with world.store.begin() as conn:
        fact.keep(conn, SELLER, order_id, source, now, [Fact(direction, key, content.model_dump(mode="json"))])


def seen(world: World, order_id: str, target: str, direction: Direction, n: str = "1") -> dict[str, Any]:
    act = Act(subject=order_id, target=target, direction=direction, n=n)
    with world.store.connect() as conn:
        return context.of_order(conn, world.store.keys, SELLER, act, world.store.clock.now())


def test_an_order_has_its_buyer_and_the_stamp_and_no_id_where_it_is_not_yet(world: World) -> None:
    shown = seen(world, world.placed(), "native", Direction.ORDER)
    assert (shown["order"].buyer, shown["order"].shipping_address) == (BUYER, ADDRESS)
    assert shown["order"].correlation == shown["run"]["stamp"] == f"{CHANNEL}-1000"
    assert "id" not in shown


def test_the_key_of_an_act_is_the_same_each_time_and_of_no_other(world: World) -> None:
    order_id = world.placed()
    keys = [seen(world, order_id, "native", d)["run"]["key"] for d in (Direction.ORDER, Direction.ORDER)]
    other = seen(world, order_id, "native", Direction.PAYMENT)["run"]["key"]
    assert keys[0] == keys[1] != other


def test_ids_are_the_targets_own(world: World) -> None:
    order_id, now = world.placed(), world.store.clock.now()
    row = {"seller": SELLER, "product": "P", "connection": "native", "active": True}
    with world.store.begin() as conn:
        ref.link(conn, SELLER, "native", "order", "R9", order_id, now)
        conn.execute(insert(sku).values(**row, sku="CAM-P", remote_id="551"))
    there = seen(world, order_id, "native", Direction.PAYMENT)
    assert there["id"] == "R9"
    assert [line.remote_sku for line in there["order"].lines] == ["551", None]
    assert there["settings"]["sku"] == {"CAM-P": "551"}
    assert seen(world, order_id, CHANNEL, Direction.INVOICE)["id"] == "1000"


def test_a_package_is_what_all_its_owners_say(world: World) -> None:
    order_id = world.placed()
    items = (PackedItem(line="1", quantity=1),)
    tell(world, order_id, "native", Direction.INVOICE, "1", Package(id="1", invoice=Invoice(number="77"), items=items))
    carriage = Package(id="1", shipping=Shipping(carrier="Correios", tracking_number="BR1"))
    tell(world, order_id, "native", Direction.SHIPPING_INFO, "1", carriage)
    package = seen(world, order_id, CHANNEL, Direction.DISPATCH)["package"]
    assert (package.invoice.number, package.shipping.carrier, package.items) == ("77", "Correios", items)


def test_who_ships_may_number_the_packages_otherwise_than_who_invoices(world: World) -> None:
    order_id = world.placed()
    tell(world, order_id, "native", Direction.INVOICE, "1", Package(id="1", invoice=Invoice(number="77")))
    carriage = Package(id="44112", shipping=Shipping(tracking_number="BR1"))
    tell(world, order_id, CHANNEL, Direction.SHIPPING_INFO, "44112", carriage)
    package = seen(world, order_id, "native", Direction.SHIPPING_INFO, "44112")["package"]
    assert (package.id, package.invoice.number, package.shipping.tracking_number) == ("44112", "77", "BR1")


def test_what_is_paid_is_one_payment(world: World) -> None:
    order_id = world.placed()
    assert seen(world, order_id, "native", Direction.PAYMENT)["payment"].amount == Decimal("109.80")
    for key, status, amount in (("a", "approved", "60.00"), ("b", "refused", "49.80"), ("c", "approved", "49.80")):
        paid = Payment(id=key, status=PaymentStatus(status), amount=Decimal(amount))
        tell(world, order_id, CHANNEL, Direction.PAYMENT, key, paid)
    shown = seen(world, order_id, "native", Direction.PAYMENT)
    assert (shown["payment"].id, shown["payment"].amount) == ("a", Decimal("109.80"))
    assert len(shown["order"].payments) == 3


@pytest.mark.parametrize("n", ["1", "decision-1"])
def test_a_cancellation_is_its_owners_word(world: World, n: str) -> None:
    order_id = world.placed()
    tell(world, order_id, CHANNEL, Direction.CANCEL_BY_BUYER, "", Cancellation(by=CancelledBy.BUYER))
    shown = seen(world, order_id, "native", Direction.CANCEL_BY_BUYER, n)
    assert shown["cancellation"].by is CancelledBy.BUYER


def test_words_of_a_platform_lose_what_they_repeat_of_the_buyer() -> None:
    text = "CPF 012.345.678-90 of ana SOUZA (ana@example.com), Rua A 100, CEP 01001-000: error 4012"
    shown = redact(text, {"order": an_order()})
    assert shown == "CPF *** of *** (***), *** ***, CEP ***: error 4012"
    assert len(redact("x" * 999, {})) == LONGEST


def test_a_pinned_request_is_the_same_byte_for_byte() -> None:
    body = bytes(range(256))
    request = Request("POST", "main", "/a%2Fb", (("q", "ç"),), (("h", "1"), ("h", "2")), body, "application/xml")
    assert unpack(pack([request, request])) == (request, request)
    assert digest([request]) != digest([request, request])
