"""The catalogue's way in: what is kept, what it makes wanted, which listings are made, told, and taken off."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from inbound_kit import pointer, put_in_force, told
from sqlalchemy import select, update
from toy_platform import Toy
from toy_rules import rule_files

from cais.inbound.door import receive
from cais.inbound.intake import Intake
from cais.model.vocabulary import ObjectKind
from cais.outbound.parked import Parked, register
from cais.rules.files import RuleFiles
from cais.store.engine import Store
from cais.store.tables import inbox, listed_variant, listing, parked, price, product, sku, stock_count, wanted

LISTING = "listing:aurora:market:CAM"
TWO = [{"sku": "ZZZ-P", "id": "21"}, {"sku": "ZZZ-G", "id": "22"}]


def show_product(toy: Toy, **changes: Any) -> None:
    skus = [{"sku": "CAM-P", "id": "11"}, {"sku": "CAM-G", "id": "12"}]
    document = {"code": "CAM", "id": "p1", "title": "Camiseta", "brand": "Aurora", "active": True, "skus": skus}
    toy.objects["/products/p1"] = {**document, **changes}
    for each in skus:
        toy.objects[f"/prices/{each['id']}"] = {"sku": each["sku"], "sale": 49.90}
        toy.objects[f"/stock/{each['id']}"] = {"sku": each["sku"], "units": 7}


async def take(store: Store, intake: Intake, event: str = "e") -> dict[str, int]:
    """The product is new or changed; rounds until all that follows is taken in."""
    with store.begin() as conn:
        news = pointer("p1", event, connection="shop", kind=ObjectKind.PRODUCT)
        receive(conn, news, store.clock.now())
    ends: dict[str, int] = {}
    while some := (await intake.round("aurora", "shop")).ends:
        for end, count in some.items():
            ends[end] = ends.get(end, 0) + count
    return ends


def all_rows(store: Store, *columns: Any) -> list[tuple[Any, ...]]:
    with store.connect() as conn:
        return sorted(tuple(row) for row in conn.execute(select(*columns)))


def behind(store: Store) -> set[tuple[str, str]]:
    with store.connect() as conn:
        rows = conn.execute(select(wanted.c.sku, wanted.c.group).where(wanted.c.wanted_rev > wanted.c.acked_rev))
        return {(row.sku, row.group) for row in rows}


def acknowledge_all(store: Store) -> None:
    with store.begin() as conn:
        conn.execute(update(wanted).values(acked_rev=wanted.c.wanted_rev))


async def test_a_product_comes_with_prices_and_counts_and_its_listing_is_told(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    show_product(toy)
    assert await take(ruled, intake) == {"done": 5}
    assert all_rows(ruled, sku.c.sku, sku.c.active) == [("CAM-G", True), ("CAM-P", True)]
    assert all_rows(ruled, price.c.sku) == [("CAM-G",), ("CAM-P",)]
    assert all_rows(ruled, stock_count.c.sku, stock_count.c.units) == [("CAM-G", 7), ("CAM-P", 7)]
    assert all_rows(ruled, listing.c.id, listing.c.selected, listing.c.started) == [(LISTING, True, True)]
    assert all_rows(ruled, listed_variant.c.sku) == [("CAM-G",), ("CAM-P",)]
    (signal,) = told(notes)
    assert (signal["what"], signal["word"]["variants"]) == ("select", ["CAM-G", "CAM-P"])
    assert {group for _, group in behind(ruled)} == {"price", "stock", "content"}


async def test_the_same_again_writes_and_tells_nothing(ruled: Store, toy: Toy, intake: Intake, notes: Path) -> None:
    show_product(toy)
    await take(ruled, intake)
    acknowledge_all(ruled)
    await take(ruled, intake, "again")
    assert behind(ruled) == set()
    assert len(told(notes)) == 1


@pytest.mark.parametrize(
    ("path", "document", "group"),
    [
        ("/prices/11", {"sku": "CAM-P", "sale": 39.90}, "price"),
        ("/stock/11", {"sku": "CAM-P", "units": 3}, "stock"),
    ],
)
async def test_a_changed_value_makes_its_sku_wanted_and_no_other(
    ruled: Store, toy: Toy, intake: Intake, path: str, document: dict[str, Any], group: str
) -> None:
    show_product(toy)
    await take(ruled, intake)
    acknowledge_all(ruled)
    toy.objects[path] = document
    await take(ruled, intake, "changed")
    assert ("CAM-P", group) in behind(ruled)
    assert {sku for sku, _ in behind(ruled)} == {"CAM-P"}


async def test_what_the_rule_does_not_select_is_not_listed(ruled: Store, toy: Toy, intake: Intake, notes: Path) -> None:
    show_product(toy, brand="Another")
    await take(ruled, intake)
    assert all_rows(ruled, listing.c.id) == []
    assert told(notes) == []


@pytest.mark.parametrize("change", [{"active": False}, {"brand": "Another"}])
async def test_what_is_no_longer_sold_is_taken_off(
    ruled: Store, toy: Toy, intake: Intake, notes: Path, change: dict[str, Any]
) -> None:
    show_product(toy)
    await take(ruled, intake)
    show_product(toy, **change)
    await take(ruled, intake, "changed")
    assert [line["what"] for line in told(notes)] == ["select", "unselect"]
    assert all_rows(ruled, listing.c.selected) == [(False,)]
    show_product(toy)
    await take(ruled, intake, "back")
    assert [line["word"]["rev"] for line in told(notes)] == [1, 2, 3]


async def test_a_product_that_is_gone_upstream_is_taken_off_once_that_is_sure(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    show_product(toy)
    await take(ruled, intake)
    del toy.objects["/products/p1"]
    with ruled.begin() as conn:
        gone = pointer("p1", "gone", connection="shop", kind=ObjectKind.PRODUCT)
        receive(conn, gone, ruled.clock.now())
    for attempt in range(5):
        assert (await intake.round("aurora", "shop")).ends == ({"later": 1} if attempt < 4 else {"not_found": 1})
        with ruled.begin() as conn:
            conn.execute(update(inbox).values(not_before=ruled.clock.now()))
    assert [line["what"] for line in told(notes)] == ["select", "unselect"]
    assert all_rows(ruled, product.c.active) == [(False,)]


async def test_a_new_variant_joins_its_listing(ruled: Store, toy: Toy, intake: Intake, notes: Path) -> None:
    show_product(toy, skus=[{"sku": "CAM-P", "id": "11"}])
    await take(ruled, intake)
    show_product(toy)
    await take(ruled, intake, "more")
    assert [line["word"]["variants"] for line in told(notes)] == [["CAM-P"], ["CAM-G", "CAM-P"]]


async def test_an_edited_selection_is_carried_out_from_what_is_kept(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    show_product(toy)
    await take(ruled, intake)
    read = toy.read("/products/p1")
    put_in_force(ruled, rule_files(toy.url, select="{{ product.brand == 'Another' }}"))
    while len(told(notes)) < 2:  # the shelf keeps what it knows for a moment
        await intake.round("aurora", "shop")
        await asyncio.sleep(0.02)
    assert [line["what"] for line in told(notes)] == ["select", "unselect"]
    assert toy.read("/products/p1") == read


async def test_a_selection_that_was_not_told_is_told_by_the_next_reading(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    """The process died between the transaction and the signal."""
    show_product(toy)
    await take(ruled, intake)
    with ruled.begin() as conn:
        conn.execute(update(listing).values(started=False))
    await take(ruled, intake, "again")
    assert [line["word"]["rev"] for line in told(notes)] == [1, 1]


async def test_prices_are_not_taken_from_who_does_not_give_them(ruled: Store, toy: Toy, intake: Intake) -> None:
    with ruled.begin() as conn:
        receive(conn, pointer("11", "x", kind=ObjectKind.PRICE), ruled.clock.now())
    assert (await intake.round("aurora", "market")).ends == {"not-given": 1}
    assert toy.calls == []


async def test_a_listing_hears_how_its_channel_shows_it_and_strange_ones_are_left_alone(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    show_product(toy)
    await take(ruled, intake)
    with ruled.begin() as conn:
        conn.execute(update(listed_variant).where(listed_variant.c.sku == "CAM-P").values(remote_id="MLB1"))
        for item in ("MLB1", "MLB9"):
            receive(conn, pointer(item, item, kind=ObjectKind.LISTING), ruled.clock.now())
    toy.objects["/items/MLB1"] = {"id": "MLB1", "status": "paused", "problem": "picture"}
    assert (await intake.round("aurora", "market")).ends == {"done": 1, "not-ours": 1}
    word = told(notes)[-1]["word"]
    assert (word["status"], word["problem"]) == ("paused", "picture")
    assert toy.read("/items/MLB9") == 0


async def test_a_count_read_earlier_does_not_replace_a_later_one(ruled: Store, toy: Toy, intake: Intake) -> None:
    show_product(toy)
    await take(ruled, intake)
    later: datetime = ruled.clock.now() + timedelta(hours=1)
    with ruled.begin() as conn:
        conn.execute(update(stock_count).values(units=1, read_began=later))
    await take(ruled, intake, "older")
    assert {row[0] for row in all_rows(ruled, stock_count.c.units)} == {1}


async def test_a_selection_that_fails_on_a_product_holds_up_neither_orders_nor_other_products(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    show_product(toy, skus=[{"sku": "CAM-P", "id": "11"}])
    await take(ruled, intake)
    toy.objects["/products/p2"] = {**toy.objects["/products/p1"], "code": "ZZZ", "id": "p2", "skus": TWO}
    with ruled.begin() as conn:
        receive(conn, pointer("p2", "second", connection="shop", kind=ObjectKind.PRODUCT), ruled.clock.now())
    await intake.round("aurora", "shop")
    put_in_force(ruled, rule_files(toy.url, select="{{ product.variants[1].sku == 'another' }}"))
    await asyncio.sleep(0.1)  # the shelf keeps what it knows for a moment
    with ruled.begin() as conn:
        receive(conn, pointer("V-1", "of an order", connection="shop"), ruled.clock.now())
    toy.put_order("V-1")
    assert (await intake.round("aurora", "shop")).ends["own"] == 1
    assert {line["start"]["listing"]: line["what"] for line in told(notes)} == {"CAM": "select", "ZZZ": "unselect"}
    with ruled.connect() as conn:
        assert [row.object_id for row in conn.execute(select(inbox).where(inbox.c.state == "parked"))] == ["p1"]
    put_in_force(ruled, rule_files(toy.url))
    await asyncio.sleep(0.1)
    await take(ruled, intake, "mended")
    with ruled.connect() as conn:
        assert conn.execute(select(inbox).where(inbox.c.state == "parked")).all() == []


async def test_an_order_that_waited_for_its_sku_goes_on_when_the_catalogue_has_it(
    ruled: Store, toy: Toy, intake: Intake
) -> None:
    def waits(sku: str, lane: str) -> Parked:
        return Parked("aurora", f"order:aurora:market:{sku}", lane, "order", "1", f"setting:sku:{sku}")

    now = ruled.clock.now()
    with ruled.begin() as conn:
        for waiting in (waits("CAM-P", "shop"), waits("CAM-P", "elsewhere"), waits("ZZZ-P", "shop")):
            register(conn, waiting, 1, now)
    show_product(toy)
    await take(ruled, intake)
    assert all_rows(ruled, parked.c.cause, parked.c.lane, parked.c.woken) == [
        ("setting:sku:CAM-P", "elsewhere", 0),
        ("setting:sku:CAM-P", "shop", 1),
        ("setting:sku:ZZZ-P", "shop", 0),
    ]


async def test_a_sku_that_the_store_gets_wakes_what_was_sold_of_it(ruled: Store, toy: Toy, intake: Intake) -> None:
    order = "order:aurora:market:9"
    waiting = Parked("aurora", order, "shop", "order", "1", "setting:sku:CAM-G")
    other = Parked("aurora", order, "shop", "order", "2", "setting:sku:ELSE")
    with ruled.begin() as conn:
        register(conn, waiting, 1, ruled.clock.now())
        register(conn, other, 1, ruled.clock.now())
    show_product(toy)
    await take(ruled, intake)
    assert all_rows(ruled, parked.c.cause, parked.c.woken) == [("setting:sku:CAM-G", 1), ("setting:sku:ELSE", 0)]


async def test_a_channel_that_goes_live_is_told_so_of_what_it_kept_back(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    files, path = rule_files(toy.url), "sellers/aurora.yaml"
    watching = files.texts[path].replace("seller: aurora\n", "seller: aurora\nmode: observe\n")
    put_in_force(ruled, RuleFiles({**files.texts, path: watching}))
    await asyncio.sleep(0.1)  # the shelf keeps what it knows for a moment
    show_product(toy)
    await take(ruled, intake)
    put_in_force(ruled, files)
    await asyncio.sleep(0.1)
    for _ in range(2):
        await intake.round("aurora", "shop")
    assert [(line["word"]["rev"], line["word"]["mode"]) for line in told(notes)] == [(1, "observe"), (2, "live")]
