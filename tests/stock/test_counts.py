"""Counts: older readings change nothing, vanished places count zero, and only what matters is told to channels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select

from cais.model.observation import PlacedLine
from cais.model.stock import Count, Stock
from cais.model.vocabulary import Direction
from cais.stock import reservations
from cais.stock.available import Places
from cais.stock.counts import store_counts
from cais.stock.sellable import CAP, Offering, units
from cais.store.engine import Store
from cais.store.tables import handoff, listed_variant, order_book, wanted

SELLER = "aurora"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LISTING = "listing:aurora:ml:PEN"


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def count(conn: Connection, seconds: int, connection: str = "loja", **places: int | None) -> bool:
    counts = tuple(Count(location=place, units=counted) for place, counted in places.items())
    return store_counts(conn, SELLER, connection, Stock(sku="PEN", counts=counts), at(seconds), at(seconds))


def sell(conn: Connection, number: int, quantity: int, backoffice: str = "loja", channel: str = "ml") -> str:
    name = f"order:{SELLER}:{channel}:{number}"
    line = PlacedLine(id="1", sku="PEN", quantity=quantity)
    reservations.reserve(conn, SELLER, name, backoffice, [line], at(1))
    return name


def offered(conn: Connection, offering: Offering | None = None) -> int:
    return units(conn, SELLER, offering or Offering("ml"), "PEN")


def list_it(conn: Connection) -> None:
    row = {"listing": LISTING, "sku": "PEN", "seller": SELLER, "connection": "ml", "remote_id": "R"}
    conn.execute(insert(listed_variant).values(row))


def revision(conn: Connection) -> int:
    return conn.execute(select(wanted.c.wanted_rev)).scalar_one_or_none() or 0


def test_an_older_reading_that_arrives_late_changes_nothing(store: Store) -> None:
    with store.begin() as conn:
        assert count(conn, 10, a=5)
        assert not count(conn, 9, a=50)
        assert offered(conn) == 5


def test_a_place_that_is_no_longer_named_counts_zero(store: Store) -> None:
    with store.begin() as conn:
        count(conn, 0, a=5, b=3)
        count(conn, 10, a=5)
        assert offered(conn) == 5
        assert not count(conn, 5, a=5, b=3)


def test_places_are_pooled_as_the_channel_says(store: Store) -> None:
    with store.begin() as conn:
        count(conn, 0, a=2, b=3)
        count(conn, 0, "store_sp", c=4)
        assert offered(conn, Offering("ml", pool="sum")) == 9
        assert offered(conn, Offering("ml", pool="max")) == 4
        assert offered(conn, Offering("ml", pool="sum", buffer=2)) == 7
        only = {"loja": frozenset("b")}
        assert offered(conn, Offering("ml", pool="sum", places=Places(only))) == 7
        assert offered(conn, Offering("ml", pool="sum", places=Places(only, closed=True))) == 3


def test_a_reservation_takes_from_the_backoffice_that_will_count_it(store: Store) -> None:
    with store.begin() as conn:
        count(conn, 0, a=2)
        count(conn, 0, "store_sp", c=4)
        sell(conn, 1, 3, "store_sp")
        assert offered(conn, Offering("ml", pool="max")) == 2
        sell(conn, 2, 1, "hub")
        assert offered(conn, Offering("ml", pool="max")) == 1, "a backoffice that counts nothing: from everything"


def test_what_is_unlimited_is_capped(store: Store) -> None:
    with store.begin() as conn:
        count(conn, 0, a=None, b=1)
        assert offered(conn) == CAP
        assert offered(conn, Offering("ml", cap=50, buffer=3)) == 50


def test_a_sku_that_nobody_counts_is_not_offered(store: Store) -> None:
    with store.begin() as conn:
        assert offered(conn) == 0


def test_an_order_that_moves_into_the_count_is_no_news_to_the_channels(store: Store) -> None:
    with store.begin() as conn:
        list_it(conn)
        count(conn, 0, a=5)
        name = sell(conn, 1, 2)
        seen = revision(conn)
        reservations.reflect(conn, name, at(5))
        count(conn, 3, a=5)
        count(conn, 10, a=3)
        assert revision(conn) == seen
        count(conn, 20, a=2)
        assert revision(conn) == seen + 1


def test_units_that_move_between_places_matter_to_a_channel_that_offers_one(store: Store) -> None:
    with store.begin() as conn:
        list_it(conn)
        count(conn, 0, a=3, b=2)
        seen = revision(conn)
        count(conn, 10, a=2, b=3)
        assert revision(conn) == seen + 1


def test_a_channel_that_is_written_physically_keeps_its_own_open_orders(store: Store) -> None:
    physical = Offering("site", keeps_until=Direction.DISPATCH)
    with store.begin() as conn:
        count(conn, 0, a=10)
        for number, channel, quantity in ((1, "site", 2), (2, "ml", 3)):
            name = sell(conn, number, quantity, channel=channel)
            row = {"id": name, "seller": SELLER, "connection": channel, "remote_id": str(number), "status": "paid"}
            conn.execute(insert(order_book).values(**row, created_at=at(1), updated_at=at(1)))
        assert (offered(conn), offered(conn, physical)) == (5, 7)
        act = {"subject": f"order:{SELLER}:site:1", "target": "site", "direction": "dispatch", "n": "1"}
        conn.execute(insert(handoff).values(**act, seller=SELLER, state="done", created_at=at(2), updated_at=at(2)))
        assert offered(conn, physical) == 5
