"""Reservations: once, never refused, given back in part, kits taken apart, blocked where there was nothing left."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from cais.model.observation import PlacedLine
from cais.model.package import PackedItem
from cais.model.stock import Count, Stock
from cais.model.vocabulary import CancelReason
from cais.stock import kit, reservations
from cais.stock.counts import store_counts
from cais.stock.sellable import Offering, units
from cais.store.engine import Store
from cais.store.tables import listed_variant, reservation, wanted

SELLER, OWNER = "aurora", "loja"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def order(number: int, channel: str = "ml") -> str:
    return f"order:{SELLER}:{channel}:{number}"


def line(sku: str, quantity: int, name: str = "1") -> PlacedLine:
    return PlacedLine(id=name, sku=sku, quantity=quantity)


def count(conn: Connection, sku: str, counted: int | None, seconds: int = 0) -> bool:
    stock = Stock(sku=sku, counts=(Count(location="1", units=counted),))
    return store_counts(conn, SELLER, OWNER, stock, at(seconds), at(seconds))


def reserve(conn: Connection, number: int, *lines: PlacedLine) -> frozenset[str]:
    return reservations.reserve(conn, SELLER, order(number), OWNER, lines, at(1))


def offered(conn: Connection, sku: str = "PEN") -> int:
    return units(conn, SELLER, Offering("ml"), sku)


def list_on(conn: Connection, channel: str, sku: str) -> str:
    name = f"listing:{SELLER}:{channel}:{sku}"
    row = {"listing": name, "sku": sku, "seller": SELLER, "connection": channel, "remote_id": f"R-{sku}"}
    conn.execute(insert(listed_variant).values(row))
    return name


def rows(conn: Connection, number: int) -> dict[str, Any]:
    mine = select(reservation).where(reservation.c.order_id == order(number))
    return {row.line: row for row in conn.execute(mine)}


def test_what_is_reserved_is_not_offered_and_only_once(store: Store) -> None:
    with store.begin() as conn:
        count(conn, "PEN", 5)
        assert reserve(conn, 1, line("PEN", 2)) == frozenset()
        assert reserve(conn, 1, line("PEN", 2)) == frozenset()
        assert offered(conn) == 3


def test_a_reservation_beyond_the_count_is_made_and_marked_short(store: Store) -> None:
    with store.begin() as conn:
        count(conn, "PEN", 1)
        assert reserve(conn, 1, line("PEN", 1)) == frozenset()
        assert reserve(conn, 2, line("PEN", 1), line("INK", 1, "2")) == {"1"}
        assert rows(conn, 2)["1"].short is True
        assert rows(conn, 1)["1"].short is False
        assert offered(conn) == 0


async def test_of_two_orders_for_the_last_unit_one_is_short(store: Store) -> None:
    await store.write(count, "PEN", 1)
    both = await asyncio.gather(*(store.write(reserve, n, line("PEN", 1)) for n in (1, 2)))
    assert sorted(map(len, both)) == [0, 1]


def test_a_cancelled_line_gives_its_units_back_in_part(store: Store) -> None:
    with store.begin() as conn:
        count(conn, "PEN", 5)
        reserve(conn, 1, line("PEN", 3), line("INK", 1, "2"))
        reservations.release(conn, order(1), at(2), [PackedItem(line="1", quantity=1)])
        assert offered(conn) == 3
        assert rows(conn, 1)["2"].state == "held"
        reservations.release(conn, order(1), at(3))
        assert offered(conn) == 5
        assert {row.state for row in rows(conn, 1).values()} == {"released"}


def test_out_of_stock_gives_nothing_back_until_the_owner_counts_otherwise(store: Store) -> None:
    with store.begin() as conn:
        count(conn, "PEN", 1)
        reserve(conn, 1, line("PEN", 1))
        reservations.release(conn, order(1), at(2), reason=CancelReason.OUT_OF_STOCK)
        assert offered(conn) == 0
        count(conn, "PEN", 1, 10)
        assert offered(conn) == 0, "the same wrong count again says nothing new"
        count(conn, "PEN", 4, 20)
        assert offered(conn) == 4


def test_what_our_own_orders_do_to_a_count_is_no_new_count(store: Store) -> None:
    with store.begin() as conn:
        count(conn, "PEN", 9)
        reserve(conn, 1, line("PEN", 2))
        reservations.reflect(conn, order(1), at(2))
        count(conn, "PEN", 7, 5)
        reserve(conn, 2, line("PEN", 1))
        reservations.release(conn, order(1), at(6), reason=CancelReason.OUT_OF_STOCK)
        count(conn, "PEN", 6, 7)
        assert offered(conn) == 0, "the second order went into the count"
        reservations.reflect(conn, order(2), at(8))
        count(conn, "PEN", 8, 10)
        assert offered(conn) == 0, "what was cancelled came back into the count"
        count(conn, "PEN", 9, 11)
        assert offered(conn) == 9, "and comes only once: this is the owner's own word"


def test_a_kit_reserves_and_is_worth_its_parts(store: Store) -> None:
    with store.begin() as conn:
        kit.keep(conn, SELLER, "SET", {"PEN": 2, "INK": 1})
        count(conn, "PEN", 5)
        count(conn, "INK", 9)
        assert offered(conn, "SET") == 2
        reserve(conn, 1, line("SET", 1, "7"))
        assert {name: row.units for name, row in rows(conn, 1).items()} == {"7+PEN": 2, "7+INK": 1}
        assert (offered(conn, "SET"), offered(conn, "PEN"), offered(conn, "INK")) == (1, 3, 8)
        reservations.release(conn, order(1), at(2), [PackedItem(line="7", quantity=1)])
        assert (offered(conn, "SET"), offered(conn, "PEN")) == (2, 5)


def test_a_reservation_is_subtracted_until_a_reading_begins_after_its_step(store: Store) -> None:
    with store.begin() as conn:
        count(conn, "PEN", 5)
        reserve(conn, 1, line("PEN", 2))
        reservations.reflect(conn, order(1), at(10))
        count(conn, "PEN", 5, 10)
        assert offered(conn) == 3, "this reading may have been before the owner counted the order"
        count(conn, "PEN", 3, 11)
        assert offered(conn) == 3


@pytest.mark.parametrize("moving", ["reserve", "release"])
def test_values_are_wanted_in_the_same_transaction_on_every_channel(store: Store, moving: str) -> None:
    with store.begin() as conn:
        kit.keep(conn, SELLER, "SET", {"PEN": 2})
        names = [list_on(conn, "ml", "PEN"), list_on(conn, "shopee", "PEN"), list_on(conn, "ml", "SET")]
        reserve(conn, 1, line("PEN", 1))
        if moving == "release":
            reservations.release(conn, order(1), at(2))
    with store.connect() as conn:
        revs = {row.listing: row.wanted_rev for row in conn.execute(select(wanted))}
    assert revs == dict.fromkeys(names, 1 if moving == "reserve" else 2)
