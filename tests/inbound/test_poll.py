"""Polls and sweeps over real HTTP: where windows begin and end, what is kept together, what is never lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound_kit import put_in_force
from order_samples import an_order
from sqlalchemy import select, update
from toy_platform import Toy
from toy_rules import rule_files

from cais.errors import TryLater
from cais.http.client import Sender
from cais.identity import book, ref
from cais.inbound import catalogue, cursor
from cais.inbound.cursor import Cursor
from cais.inbound.poll import SLICE, Poll, lists, slices
from cais.inbound.sweep import Sweep
from cais.model.product import Product, Variant
from cais.rules.ruleset import compile_rules
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf
from cais.store.tables import cursor as cursor_table
from cais.store.tables import inbox, order_book

RULES = compile_rules(rule_files("http://127.0.0.1:9"))


@pytest.fixture
def poll(ruled: Store, shelf: RuleShelf, sender: Sender) -> Poll:
    return Poll(ruled, shelf, sender)


@pytest.fixture
def sweep(ruled: Store, shelf: RuleShelf, sender: Sender) -> Sweep:
    return Sweep(ruled, shelf, sender)


def rows(store: Store) -> list[tuple[str, str, str]]:
    with store.connect() as conn:
        columns = (inbox.c.kind, inbox.c.object_id, inbox.c.door)
        return sorted(tuple(row) for row in conn.execute(select(*columns)))


def windows(toy: Toy) -> list[tuple[datetime, datetime]]:
    asked = [parse_qs(urlsplit(call).query) for call in toy.calls if call.startswith("/orders?")]
    first = [query for query in asked if query["page"] == ["1"]]
    return [(datetime.fromisoformat(q["from"][0]), datetime.fromisoformat(q["to"][0])) for q in first]


def held(store: Store, connection: str, operation: str) -> Cursor | None:
    with store.connect() as conn:
        return cursor.read(conn, connection, operation)


def make_due(store: Store) -> None:
    with store.begin() as conn:
        conn.execute(update(cursor_table).values(read_at=store.clock.now() - timedelta(hours=1)))


async def test_the_first_poll_reads_from_the_cut_off_and_keeps_each_version_once(
    ruled: Store, toy: Toy, poll: Poll
) -> None:
    for number in range(5):
        toy.put_order(str(number))
    began = ruled.clock.now()
    assert (await poll.round("aurora", "market")).rows == 5  # though each slice of the window shows them all
    assert rows(ruled) == [("order", str(number), "poll") for number in range(5)]
    assert windows(toy)[0][0] == datetime(2026, 11, 1, 3, tzinfo=UTC)  # midnight in São Paulo
    moved = held(ruled, "market", "list_orders")
    assert moved is not None
    assert moved.read_at >= began
    assert datetime.fromisoformat(moved.value["to"]) == moved.read_at


async def test_a_poll_goes_on_where_the_last_began_with_an_overlap(ruled: Store, toy: Toy, poll: Poll) -> None:
    toy.put_order("1")
    await poll.round("aurora", "market")
    assert (await poll.round("aurora", "market")).rows == 0  # not due
    last = held(ruled, "market", "list_orders")
    assert last is not None
    toy.calls.clear()
    make_due(ruled)
    toy.put_order("1", version="2")
    toy.put_order("2")
    assert (await poll.round("aurora", "market")).rows == 2
    ((start, _),) = windows(toy)
    overlap = ruled.clock.real(timedelta(minutes=1))
    assert overlap <= last.read_at - start < overlap + timedelta(seconds=1)  # asked for in whole seconds


async def test_a_list_that_fails_keeps_its_cursor_and_stops_no_other(ruled: Store, toy: Toy, poll: Poll) -> None:
    toy.objects["/products"] = {"products": ["p1"]}
    toy.fails["/orders"] = 503
    polled = await poll.round("aurora", "shop")
    assert [reason.split(":")[0] for reason in polled.failed] == ["list_orders"]
    assert rows(ruled) == [("product", "p1", "poll")]
    assert held(ruled, "shop", "list_orders") is None
    assert held(ruled, "shop", "list_products") is not None
    assert (await poll.round("aurora", "shop")).failed == ()  # it rests


async def test_what_stands_behind_the_last_page_is_read_in_halves_of_the_window(
    store: Store, toy: Toy, sender: Sender
) -> None:
    """Six orders are all that one list gives; nine lie in one window."""
    toy.filters = True
    now = store.clock.now()
    for number in range(9):
        toy.put_order(str(number), placed_at=(now - timedelta(minutes=20 * (number + 1))).isoformat())
    put_in_force(store, rule_files(toy.url, since=f"{now - timedelta(days=1):%Y-%m-%d}"))
    assert (await Poll(store, RuleShelf(store), sender).round("aurora", "market")).rows == 9


@given(days=st.integers(0, 40), hours=st.integers(0, 30))
def test_slices_follow_each_other_without_a_gap(days: int, hours: int) -> None:
    orders = next(each for each in lists(RULES.connection("market")) if each.operation.name == "list_orders")
    start = datetime(2026, 11, 1, tzinfo=UTC)
    to = start + timedelta(days=days, hours=hours)
    cut = list(slices(orders, start, to))
    assert (cut[0].start, cut[-1].to) == (start, to)
    assert [each.start for each in cut[1:]] == [each.to for each in cut[:-1]]
    assert all(each.to - each.start <= SLICE for each in cut)


async def test_a_sweep_rereads_every_open_order_at_every_connection_that_has_it(
    ruled: Store, toy: Toy, sweep: Sweep
) -> None:
    now = ruled.clock.now()
    toy.objects["/products"] = {"products": []}
    with ruled.begin() as conn:
        for number in range(3):
            book.show(conn, f"order:aurora:market:{number}", "aurora", "market", an_order(str(number)), now, now)
            ref.link(conn, "aurora", "market", "order", str(number), f"order:aurora:market:{number}", now)
        ref.link(conn, "aurora", "shop", "order", "V-1", "order:aurora:market:1", now)
        conn.execute(update(order_book).where(order_book.c.remote_id == "2").values(open=False))
    assert (await sweep.round("aurora", "market")).rows == 2
    assert (await sweep.round("aurora", "shop")).rows == 1
    assert rows(ruled) == [("order", "0", "sweep"), ("order", "1", "sweep"), ("order", "V-1", "sweep")]
    assert (await sweep.round("aurora", "market")).rows == 0  # not due
    make_due(ruled)
    assert (await sweep.round("aurora", "market")).rows == 2  # each sweep reads them anew


async def test_a_sweep_finds_what_a_poll_did_not_show(ruled: Store, toy: Toy, sweep: Sweep) -> None:
    await sweep.round("aurora", "market")
    make_due(ruled)
    toy.put_order("late in the index", version="7")
    assert (await sweep.round("aurora", "market")).rows == 1


async def test_a_sweep_reads_products_that_only_one_side_has(ruled: Store, toy: Toy, sweep: Sweep) -> None:
    now = ruled.clock.now()
    with ruled.begin() as conn:
        for code in ("kept", "gone"):
            made = Product(code=code, remote_id=code, title=code, variants=(Variant(sku=code, remote_id=code),))
            catalogue.keep_product(conn, "aurora", "shop", made, now, now)
    toy.objects["/products"] = {"products": ["kept", "never seen"]}
    assert (await sweep.round("aurora", "shop")).rows == 2
    assert rows(ruled) == [("product", "gone", "sweep"), ("product", "never seen", "sweep")]


async def test_a_list_that_heeds_no_window_is_not_halved_for_ever(ruled: Store, toy: Toy, poll: Poll) -> None:
    """Products are listed whole: what is behind the last page cannot be reached, and is said once."""
    toy.objects["/products"] = {"products": [f"p{n}" for n in range(9)]}
    assert (await poll.round("aurora", "shop")).rows == 6
    assert toy.read("/products") == 3  # as many pages as the file allows


async def test_a_sweep_that_does_not_come_to_its_end_asks_for_each_order_once(
    ruled: Store, toy: Toy, sweep: Sweep
) -> None:
    """A list that cannot be read keeps the sweep due: every second of that costs no reading of all open orders."""
    now = ruled.clock.now()
    toy.objects["/products"] = {"products": []}
    with ruled.begin() as conn:
        book.show(conn, "order:aurora:market:1", "aurora", "market", an_order("1"), now, now)
        ref.link(conn, "aurora", "shop", "order", "V-1", "order:aurora:market:1", now)
    await sweep.round("aurora", "shop")
    make_due(ruled)
    toy.fails["/orders"] = 503
    for _ in range(3):
        with pytest.raises(TryLater):
            await sweep.round("aurora", "shop")
    del toy.fails["/orders"]
    await sweep.round("aurora", "shop")
    assert rows(ruled) == [("order", "V-1", "sweep")] * 2
