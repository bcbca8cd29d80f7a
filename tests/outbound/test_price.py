"""The price asked: by the channel's rule, in the seller's cents, never nothing, never a guess between two givers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from handoff_rules import CHANNEL, SELLER, rule_files
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from cais.errors import MappingError
from cais.inbound import catalogue
from cais.inbound.door import Pointer, receive
from cais.model.price import Price
from cais.model.product import Product, Variant
from cais.model.vocabulary import ObjectKind
from cais.outbound.price import Unpriced, asked, ending, is_awaited
from cais.rules.ruleset import compile_rules
from cais.store.engine import Store
from cais.store.tables import inbox

PEN = Variant(sku="PEN", remote_id="1")
PRODUCT = Product(code="PEN", remote_id="1", title="Pen", variants=(PEN,))

AMOUNTS = st.decimals(Decimal("0.01"), Decimal("99999.99"), places=2)
CENTS = st.decimals(0, Decimal("0.99"), places=2)


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


@given(AMOUNTS, CENTS)
def test_an_ending_is_the_nearest_amount_with_these_cents(amount: Decimal, cents: Decimal) -> None:
    ended = ending(amount, cents)
    assert ended % 1 == cents or (ended < 0 and (ended - cents) % 1 == 0)
    assert abs(ended - amount) <= Decimal("0.5")


@pytest.mark.parametrize(
    ("amount", "ended"), [("70.00", "69.90"), ("70.40", "70.90"), ("70.39", "69.90"), ("69.90", "69.90")]
)
def test_prices_end_in_the_cents_that_the_seller_likes(amount: str, ended: str) -> None:
    assert ending(Decimal(amount), Decimal("0.90")) == Decimal(ended)


def keep(conn: Connection, store: Store, connection: str, sale: str | None, crossed_out: str | None = None) -> None:
    listed = None if crossed_out is None else Decimal(crossed_out)
    price = Price(sku="PEN", price_list="1", sale=None if sale is None else Decimal(sale), list=listed)
    now = store.clock.now()
    catalogue.keep_price(conn, SELLER, connection, price, now, now)


def ask(conn: Connection, section: str = "", layers: tuple[str, ...] = ()) -> Price:
    rules = compile_rules(rule_files("http://127.0.0.1:9", seller=section)).of_seller(SELLER).connections[CHANNEL]
    return asked(conn, rules, layers, PRODUCT, PEN)


@pytest.mark.parametrize(
    ("section", "sale", "listed"),
    [
        ("", "100.00", "120.00"),
        ('price: {rule: "{{ price.sale * 0.7 }}"}', "70.00", "120.00"),
        ('price: {rule: "{{ price.sale * 0.7 }}", round: "0.90"}', "69.90", "120.00"),
        ('price: {rule: "{{ price.sale + 25 }}"}', "125.00", None),
    ],
)
def test_the_channels_rule_makes_the_price(store: Store, section: str, sale: str, listed: str | None) -> None:
    with store.begin() as conn:
        keep(conn, store, "native", "100.00", "120.00")
        price = ask(conn, section)
    assert (price.sale, price.list) == (Decimal(sale), None if listed is None else Decimal(listed))


@pytest.mark.parametrize(
    ("section", "cause"),
    [
        ('price: {rule: "{{ price.sale - 100 }}"}', "price:not-positive"),
        ('price: {rule: "{{ none }}"}', "price:missing"),
        ('price: {list: "2"}', "price:missing"),
    ],
)
def test_a_price_of_nothing_is_not_asked(store: Store, section: str, cause: str) -> None:
    with store.begin() as conn:
        keep(conn, store, "native", "100.00")
        with pytest.raises(Unpriced) as unpriced:
            ask(conn, section)
    assert unpriced.value.cause == cause


def test_a_rule_that_gives_no_amount_is_the_integrators(store: Store) -> None:
    with store.begin() as conn:
        keep(conn, store, "native", "100.00")
        with pytest.raises(MappingError, match="gives no amount"):
            ask(conn, "price: {rule: \"{{ 'x' }}\"}")


def test_two_givers_are_ambiguous_unless_the_seller_says_who_counts(store: Store) -> None:
    with store.begin() as conn:
        keep(conn, store, "native", "100.00")
        keep(conn, store, "search", "90.00")
        with pytest.raises(Unpriced, match="ambiguous"):
            ask(conn)
        assert ask(conn, layers=("hub.rules", "search", "native")).sale == Decimal("90.00")


def test_a_price_is_awaited_from_when_it_is_asked_for_until_it_is_read_and_not_for_long(store: Store) -> None:
    now, grace = store.clock.now(), timedelta(seconds=1)
    with store.begin() as conn:
        catalogue.keep_product(conn, SELLER, "shop", PRODUCT, now, now)
        assert not is_awaited(conn, SELLER, "PEN", now - grace)
        receive(conn, Pointer(SELLER, "shop", ObjectKind.PRICE, "1", "product:1:price:1", "sweep"), now)
        assert is_awaited(conn, SELLER, "PEN", now - grace)
        assert not is_awaited(conn, SELLER, "PEN", now + grace)
        assert not is_awaited(conn, SELLER, "INK", now - grace)
        conn.execute(update(inbox).values(state="done"))
        assert not is_awaited(conn, SELLER, "PEN", now - grace)
