"""The drain: values reach the channel, once, as they are now; what is refused or lost is dealt with one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from drain_world import OWNER, Heard, Shelf
from handoff_probe import HandoffProbe
from handoff_rules import CHANNEL, SELLER, rule_files
from handoff_world import World, activate

from cais.errors import Throttled, TryLater
from cais.http.client import Sender
from cais.inbound.door import Pointer, receive
from cais.model.handoff import Act, HandoffOrder
from cais.model.observation import PlacedLine
from cais.model.vocabulary import Direction, ObjectKind, WantedGroup
from cais.outbound import commit, settings, wanted
from cais.outbound.commit import Cause, Stale
from cais.outbound.drain import Drain
from cais.outbound.listed import Shop
from cais.outbound.row import Row
from cais.outbound.work import Task
from cais.stock import reservations
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf

PRICE, STOCK, CONTENT = WantedGroup.PRICE, WantedGroup.STOCK, WantedGroup.CONTENT


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest_asyncio.fixture
async def shelf(store: Store, probe: HandoffProbe) -> AsyncIterator[Shelf]:
    activate(store, rule_files(probe.url))
    sender, heard = Sender(store), Heard()
    yield Shelf(store, probe, Drain(store, RuleShelf(store), sender, heard), heard)
    await sender.close()


def by_rules(shelf: Shelf, seller: str) -> None:
    """Activate with this in the channel's section."""
    activate(shelf.store, rule_files(shelf.probe.url, seller=seller))


async def settled(shelf: Shelf) -> None:
    """Until a lost answer may be asked after."""
    await asyncio.sleep(shelf.store.clock.real(timedelta(seconds=21)).total_seconds())


async def test_values_reach_the_channel_prices_in_bulk(shelf: Shelf) -> None:
    shelf.sells("PEN", "INK", "CAP", "SET", price="10.90", units=4)
    await shelf.drained()
    for sku in ("PEN", "INK", "CAP", "SET"):
        assert shelf.shown(sku) == {"id": f"I-{sku}", "price": 10.9, "units": 4, "title": f"The {sku}"}
        assert shelf.row(sku, PRICE).acked_rev == shelf.row(sku, PRICE).wanted_rev
    assert len(shelf.probe.sent("POST /values")) == 2
    calls = len(shelf.probe.got)
    assert await shelf.drained() == 0
    assert len(shelf.probe.got) == calls


async def test_what_the_channel_has_already_is_not_sent_again_unless_it_moved_itself(shelf: Shelf) -> None:
    shelf.sells("PEN")
    await shelf.drained()
    calls = len(shelf.probe.got)
    shelf.raise_all()
    assert await shelf.drained() > 0
    assert len(shelf.probe.got) == calls
    sold, now = f"order:{SELLER}:{CHANNEL}:1", shelf.store.clock.now()
    with shelf.store.begin() as conn:
        line = PlacedLine(id="1", sku="PEN", quantity=1)
        reservations.reserve(conn, SELLER, sold, "native", [line], now)
        reservations.release(conn, sold, now)
    await shelf.drained()
    assert [got.body for got in shelf.probe.got[calls:]] == [{"units": 5}]


async def test_a_cause_that_moves_while_its_value_is_on_the_way_is_sent_after_it(shelf: Shelf) -> None:
    shelf.sells("PEN")
    moved = iter([True])

    def count_anew(line: str) -> None:
        if line.startswith("PUT /values/I-PEN") and next(moved, False):
            shelf.counted("PEN", 3)

    shelf.probe.on_request = count_anew
    await shelf.drained()
    assert [got.body for got in shelf.probe.sent("PUT /values/I-PEN") if "units" in got.body] == [
        {"units": 5},
        {"units": 3},
    ]


async def test_one_value_that_is_refused_parks_alone_and_its_listing_hears_of_it(shelf: Shelf) -> None:
    shelf.sells("PEN", "INK", "CAP")
    shelf.probe.refused["I-INK"] = "TOO-CHEAP"
    await shelf.drained()
    row = shelf.row("INK", PRICE)
    assert (row.state, row.cause) == ("parked", "reject:TOO-CHEAP")
    assert shelf.shown("PEN")["price"] == shelf.shown("CAP")["price"] == 10
    assert ("INK", "reject:TOO-CHEAP") in shelf.heard.problems
    del shelf.probe.refused["I-INK"]
    shelf.priced("INK", "12.00")
    await shelf.drained()
    assert shelf.shown("INK")["price"] == 12
    assert shelf.row("INK", PRICE).cause is None
    assert shelf.heard.problems[-1] == ("INK", None)


@pytest.mark.parametrize("effect", [True, False], ids=["took effect", "did not"])
async def test_a_lost_answer_holds_the_listing_until_it_is_read_back(shelf: Shelf, effect: bool) -> None:
    shelf.sells("PEN")
    shelf.probe.fail("PUT /values/I-PEN", effect=effect, status=500)
    await shelf.drain.round(SELLER, CHANNEL)
    assert shelf.row("PEN", STOCK).state == "unknown"
    settles_at = shelf.row("PEN", STOCK).lease_until
    shelf.raise_all()
    await shelf.drain.round(SELLER, CHANNEL)
    if shelf.store.clock.now() < settles_at:  # a machine that is too slow for that has sent it by now, and rightly
        assert len(_of_stock(shelf)) == 1, "nothing more is sent until the request has settled"
    await settled(shelf)
    await shelf.drained()
    assert (shelf.shown("PEN")["units"], shelf.row("PEN", STOCK).state) == (5, "idle")
    assert len(shelf.probe.sent("GET /items/I-PEN")) == 1
    assert len(_of_stock(shelf)) == (1 if effect else 2)


def _of_stock(shelf: Shelf) -> list[object]:
    return [got for got in shelf.probe.sent("PUT /values/I-PEN") if "units" in got.body]


async def test_two_drains_send_each_value_once(shelf: Shelf) -> None:
    shelf.has("BOX", "PEN", "INK", "CAP")
    for sku in ("PEN", "INK", "CAP"):
        shelf.priced(sku, "10.00")
        shelf.counted(sku, 5)
    shelf.probe.slow = 0.02
    await asyncio.gather(shelf.drained(), shelf.drained())
    await shelf.drained()
    sent = [got.line for got in shelf.probe.got if got.body and "units" in got.body]
    assert sorted(sent) == ["PUT /values/I-CAP", "PUT /values/I-INK", "PUT /values/I-PEN"]


async def test_a_price_that_jumps_waits_for_a_person(shelf: Shelf) -> None:
    by_rules(shelf, "price: {guard: 0.3}")
    shelf.sells("PEN", price="10.00")
    await shelf.drained()
    shelf.priced("PEN", "12.90")
    await shelf.drained()
    shelf.priced("PEN", "1.29")
    await shelf.drained()
    row = shelf.row("PEN", PRICE)
    assert (row.state, row.cause, shelf.shown("PEN")["price"]) == ("parked", "guard:price", 12.9)
    with shelf.store.begin() as conn:
        wanted.approve(conn, row.listing, "PEN", Decimal("1.29"), shelf.store.clock.now())
    await shelf.drained()
    assert shelf.shown("PEN")["price"] == 1.29


async def test_a_price_of_nothing_is_never_sent_and_stops_the_sale(shelf: Shelf) -> None:
    shelf.sells("PEN")
    await shelf.drained()
    shelf.priced("PEN", None)
    await shelf.drained()
    assert (shelf.shown("PEN")["price"], shelf.shown("PEN")["units"]) == (10, 0)
    assert shelf.row("PEN", PRICE).cause == "price:missing"
    shelf.priced("PEN", "0.00")
    await shelf.drained()
    assert (shelf.shown("PEN")["price"], shelf.row("PEN", PRICE).cause) == (10, "price:not-positive")
    shelf.priced("PEN", "11.00")
    await shelf.drained()
    assert (shelf.shown("PEN")["price"], shelf.shown("PEN")["units"]) == (11, 5)


async def test_the_channels_rule_makes_its_price_and_selection_its_units(shelf: Shelf) -> None:
    rule = 'price: {rule: "{{ price.sale * 0.7 }}", round: "0.90"}'
    by_rules(shelf, f"{rule}, listing: {{select: \"{{{{ product.code != 'INK' }}}}\"}}, stock: {{buffer: 2}}")
    shelf.sells("PEN", "INK", price="100.00")
    await shelf.drained()
    assert (shelf.shown("PEN")["price"], shelf.shown("PEN")["units"]) == (69.9, 3)
    assert shelf.shown("INK")["units"] == 0


async def test_a_missing_setting_parks_what_needs_it_until_it_is_given(shelf: Shelf) -> None:
    shelf.sells("PEN", "ODD")
    await shelf.drained()
    assert (shelf.shown("PEN")["units"], shelf.row("ODD", STOCK).cause) == (5, "setting:place:ODD")
    with shelf.store.begin() as conn:
        assert settings.give(conn, SELLER, CHANNEL, "place", "ODD", "P1", "Rita", shelf.store.clock.now()) == 1
    await shelf.drained()
    assert (shelf.shown("ODD")["units"], shelf.shown("ODD")["place"]) == (5, "P1")


async def test_a_channel_that_throttles_is_left_alone_for_as_long_as_it_says(shelf: Shelf) -> None:
    shelf.sells("PEN")
    shelf.probe.fail("PUT /values", effect=False, status=429, times=9, retry_after="40")
    shelf.probe.fail("POST /values", effect=False, status=429, times=9, retry_after="40")
    await shelf.drained()
    calls = len(shelf.probe.got)
    assert await shelf.drained() == 0
    assert len(shelf.probe.got) == calls
    shelf.raise_all()
    shelf.probe.faults.clear()
    shelf.has("NEW")
    shelf.priced("NEW", "1.00")
    with pytest.raises(Throttled):
        await shelf.drained()


async def test_observe_mode_sends_nothing(shelf: Shelf) -> None:
    by_rules(shelf, "mode: observe")
    shelf.sells("PEN")
    assert await shelf.drained() == 0
    assert shelf.probe.got == []


# listings, as acts


async def test_a_new_offer_is_told_its_values_and_what_changed_meanwhile(shelf: Shelf, world: World) -> None:
    listing = shelf.has("PEN", published=False)
    act = Act(subject=listing, target=CHANNEL, direction=Direction.LISTING, n="PEN")
    order = HandoffOrder(seller=SELLER, act=act, plan=world.digest)
    assert (await world.finish(order)).cause == "price:missing"
    shelf.priced("PEN", "10.00")
    shelf.counted("PEN", 5)
    result = await world.finish(order)
    assert (result.state, result.remote_id) == ("done", "I1")
    assert shelf.probe.values["I1"] == {"title": "The PEN", "sku": "PEN", "price": 10, "units": 5}
    shelf.counted("PEN", 2)
    await shelf.drained()
    assert shelf.probe.values["I1"]["units"] == 2


async def test_a_price_that_is_being_read_is_waited_for_instead_of_parked(shelf: Shelf, world: World) -> None:
    listing = shelf.has("PEN", published=False)
    act = Act(subject=listing, target=CHANNEL, direction=Direction.LISTING, n="PEN")
    order = HandoffOrder(seller=SELLER, act=act, plan=world.digest)
    with shelf.store.begin() as conn:
        pointer = Pointer(SELLER, OWNER, ObjectKind.PRICE, "PEN", "product:1:price:PEN", "sweep")
        receive(conn, pointer, shelf.store.clock.now())
    with pytest.raises(TryLater, match="its price is being read"):
        await world.outbound.hand_off(order)
    assert world.parked() == []
    assert (await world.finish(order)).cause == "price:missing"  # nobody waits for ever


async def test_a_listing_is_paused_in_all_that_it_lists(shelf: Shelf, world: World) -> None:
    listing = shelf.has("BOX", "PEN", "INK")
    act = Act(subject=listing, target=CHANNEL, direction=Direction.LISTING, n=":pause")
    result = await world.finish(HandoffOrder(seller=SELLER, act=act, plan=world.digest))
    assert result.state == "done"
    assert shelf.shown("PEN") == shelf.shown("INK") == {"paused": True}


async def test_a_price_that_came_before_its_offer_is_parked_is_asked(shelf: Shelf) -> None:
    """It was kept in a transaction that began before the look that missed it: the moment of keeping tells nothing."""
    listing_id = shelf.has("PEN", published=False)
    act = Act(subject=listing_id, target=CHANNEL, direction=Direction.LISTING, n="PEN")
    rules, generation = await RuleShelf(shelf.store).active(SELLER)
    order = HandoffOrder(seller=SELLER, act=act, plan=rules.digest)
    task = Task(order, Shop(rules.of_seller(SELLER), CHANNEL), "create_listing", rules.digest, generation)
    shelf.priced("PEN", "10.00")
    missing = Cause("price:missing")
    with shelf.store.begin() as conn, pytest.raises(Stale):
        commit.park(conn, shelf.store, task, Row(), missing)
    shelf.priced("PEN", None)
    with shelf.store.begin() as conn:
        assert commit.park(conn, shelf.store, task, Row(), missing).state == "parked"
