"""Wanted rows: what is raised is never lost, a lease is one request's, and only what was leased is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Row, insert, select

from cais.errors import Refused
from cais.model.vocabulary import WantedGroup
from cais.outbound import wanted
from cais.outbound.wanted import Leased
from cais.store.engine import Store
from cais.store.tables import connection, listed_variant, listing
from cais.store.tables import wanted as table

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HELD = timedelta(seconds=30)
STOCK, PRICE = WantedGroup.STOCK, WantedGroup.PRICE


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def list_on(conn: Connection, channel: str, code: str, *skus: str, published: bool = True) -> str:
    name = f"listing:aurora:{channel}:{code}"
    row = {"listing": name, "seller": "aurora", "connection": channel}
    for sku in skus:
        conn.execute(insert(listed_variant).values(**row, sku=sku, remote_id=f"R-{sku}" if published else None))
    return name


def up(conn: Connection, *skus: str, seconds: float = 0, groups: Iterable[WantedGroup] = (STOCK,)) -> int:
    return wanted.raise_skus(conn, "aurora", skus, groups, at(seconds))


def lease(
    conn: Connection, worker: str, seconds: float = 0, count: int = 10, per_listing: int = 9
) -> tuple[Leased, ...]:
    return wanted.lease(conn, "ml", STOCK, worker, count, at(seconds), HELD, per_listing=per_listing)


def rows(conn: Connection) -> dict[str, Row[Any]]:
    return {row.sku: row for row in conn.execute(select(table).where(table.c.group == STOCK.value))}


def test_a_cause_raises_every_value_that_hangs_on_it_and_no_other(store: Store) -> None:
    with store.begin() as conn:
        list_on(conn, "ml", "A", "PEN", "INK")
        list_on(conn, "shopee", "A", "PEN")
        assert up(conn, "PEN") == 2
        assert {(row.connection, row.sku) for row in conn.execute(select(table))} == {("ml", "PEN"), ("shopee", "PEN")}
        assert wanted.raise_connection(conn, "ml", NOW) == 5
        assert {row.sku for row in conn.execute(select(table).where(table.c.group == "content"))} == {wanted.ALL}


def test_what_is_raised_while_it_is_sent_is_sent_again(store: Store) -> None:
    with store.begin() as conn:
        list_on(conn, "ml", "A", "PEN")
        up(conn, "PEN")
        (leased,) = lease(conn, "one")
        up(conn, "PEN", seconds=1)
        assert lease(conn, "two", 2) == ()
        assert wanted.acknowledge(conn, leased, {"units": 5}, at(3))
        row = rows(conn)["PEN"]
        assert (row.wanted_rev, row.acked_rev, row.value) == (2, 1, None)
        (again,) = lease(conn, "three", 4)
        assert wanted.acknowledge(conn, again, {"units": 4}, at(5))
        assert rows(conn)["PEN"].value == {"units": 4}
        assert lease(conn, "four", 6) == ()


def test_a_lease_that_passed_acknowledges_nothing(store: Store) -> None:
    with store.begin() as conn:
        list_on(conn, "ml", "A", "PEN")
        up(conn, "PEN")
        (late,) = lease(conn, "late")
        (second,) = lease(conn, "second", 31)
        assert second.doubtful
        assert not wanted.acknowledge(conn, late, {"units": 5}, at(32))
        assert wanted.acknowledge(conn, second, {"units": 5}, at(33))
        assert not wanted.unknown(conn, late, at(99))
        assert rows(conn)["PEN"].state == "idle"


def test_one_request_is_in_flight_for_a_listing_and_group(store: Store) -> None:
    with store.begin() as conn:
        list_on(conn, "ml", "A", "PEN", "INK")
        list_on(conn, "ml", "B", "CAP")
        up(conn, "PEN", "INK", "CAP")
        first = lease(conn, "one", per_listing=1)
        assert [leased.listing[-1] for leased in first] == ["A", "B"]
        assert lease(conn, "two", 1) == ()
        wanted.unknown(conn, first[0], at(60))
        wanted.acknowledge(conn, first[1], {"units": 1}, at(1))
        assert lease(conn, "three", 40) == (), "what is unknown holds its listing until it settled"
        (read_back, sister) = [each for each in lease(conn, "four", 61) if each.listing[-1] == "A"]
        assert {read_back.doubtful, sister.doubtful} == {True, False}


def test_what_is_not_on_the_channel_yet_or_no_longer_is_not_leased(store: Store) -> None:
    with store.begin() as conn:
        list_on(conn, "ml", "A", "PEN", published=False)
        closed = list_on(conn, "ml", "B", "INK")
        names = {"id": closed, "seller": "aurora", "connection": "ml", "code": "B", "product": "B"}
        conn.execute(insert(listing).values(**names, status="closed", updated_at=NOW))
        up(conn, "PEN", "INK")
        assert lease(conn, "one") == ()


def test_what_waits_for_later_keeps_its_doubt(store: Store) -> None:
    with store.begin() as conn:
        list_on(conn, "ml", "A", "PEN")
        up(conn, "PEN")
        lease(conn, "died")
        (doubtful,) = lease(conn, "two", 31)
        wanted.later(conn, doubtful, at(40))
        assert lease(conn, "three", 39) == ()
        (still,) = lease(conn, "four", 41)
        assert still.doubtful


def test_what_is_parked_waits_for_its_cause_or_a_new_value(store: Store) -> None:
    with store.begin() as conn:
        list_on(conn, "ml", "A", "PEN")
        list_on(conn, "ml", "B", "INK")
        up(conn, "PEN", "INK")
        for leased in lease(conn, "one"):
            wanted.park(conn, leased, "setting:place:PEN" if leased.sku == "PEN" else "reject:NO")
        assert lease(conn, "two", 1) == ()
        assert wanted.unpark(conn, "aurora", "setting:place:PEN", "shopee") == 0
        assert wanted.unpark(conn, "aurora", "setting:place:PEN", "ml") == 1
        up(conn, "INK")
        assert {leased.sku for leased in lease(conn, "three", 2)} == {"PEN", "INK"}


def test_only_a_price_that_is_held_back_is_approved(store: Store) -> None:
    with store.begin() as conn:
        name = list_on(conn, "ml", "A", "PEN")
        up(conn, "PEN", groups=(PRICE,))
        with pytest.raises(Refused, match="not held back"):
            wanted.approve(conn, name, "PEN", Decimal("9.90"), NOW)


@pytest.mark.parametrize("drains", [1, 2])
async def test_however_causes_and_drains_interleave_the_last_value_is_acknowledged(store: Store, drains: int) -> None:
    skus, rounds = ("PEN", "INK", "CAP"), 25
    counts = dict.fromkeys(skus, 0)
    told: dict[str, int] = {}
    with store.begin() as conn:
        conn.execute(insert(connection).values(name="ml", seller="aurora", platform="p", flow="f", hook_secret="s"))
        list_on(conn, "ml", "A", *skus)

    def cause(conn: Connection, sku: str, count: int) -> None:
        up(conn, sku)
        counts[sku] = count

    def settled(conn: Connection, leases: tuple[Leased, ...], values: dict[str, int]) -> None:
        wanted.hold(conn, leases)
        for leased in leases:
            if wanted.acknowledge(conn, leased, {"units": values[leased.sku]}, at(1)):
                told[leased.sku] = values[leased.sku]

    async def change(sku: str) -> None:
        for count in range(1, rounds + 1):
            await store.write(cause, sku, count)
            await asyncio.sleep(0)

    async def drain(name: str) -> None:
        idle = 0
        while idle < 3:
            leases = await store.write(lease, f"{name}{idle}")
            values = dict(counts)
            await asyncio.sleep(0.002)
            await store.write(settled, leases, values)
            idle = 0 if leases or changing else idle + 1

    changing = True

    async def changes() -> None:
        nonlocal changing
        await asyncio.gather(*(change(sku) for sku in skus))
        changing = False

    await asyncio.gather(changes(), *(drain(f"drain-{n}") for n in range(drains)))
    assert told == dict.fromkeys(skus, rounds)
    with store.connect() as conn:
        assert all(row.acked_rev == row.wanted_rev == rounds for row in rows(conn).values())


def test_a_price_that_moves_while_one_is_sent_leaves_the_guard_what_it_compares_with(store: Store) -> None:
    """The channel's own number of units may have moved; its price moves by nobody's hand but ours."""
    with store.begin() as conn:
        list_on(conn, "ml", "A", "PEN")
        up(conn, "PEN", groups=(PRICE,))
        (leased,) = wanted.lease(conn, "ml", PRICE, "one", 10, at(1), HELD)
        up(conn, "PEN", seconds=2, groups=(PRICE,))
        assert wanted.acknowledge(conn, leased, {"price": Decimal(10)}, at(3))
        (again,) = wanted.lease(conn, "ml", PRICE, "two", 10, at(4), HELD)
        assert again.value == {"price": Decimal(10)}
