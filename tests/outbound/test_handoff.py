"""Handoffs without a crash: what each answer of a platform leads to, and what is written with it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from handoff_rules import CHANNEL, MAPPINGS, SELLER, rule_files
from handoff_world import World, activate
from order_samples import BUYER, an_order
from sqlalchemy import select

from cais.errors import LeaseHeld, Refused, Throttled, TryLater
from cais.identity import book, fact, ref
from cais.identity.fact import Fact
from cais.model.handoff import HandoffOrder, Record
from cais.model.order import Delivery
from cais.model.package import Invoice, Package, PackedItem
from cais.model.vocabulary import Direction
from cais.outbound import circuit, commit, context, doubt, settings
from cais.outbound.commit import Cause, Stale
from cais.outbound.listed import Shop
from cais.outbound.pinned import unpack
from cais.outbound.row import HandoffState, Row, creating
from cais.outbound.work import Task
from cais.rules.files import RuleFiles
from cais.stock import reservations
from cais.store import blobs, journal
from cais.store.rulesets import RuleShelf
from cais.store.tables import parked, reservation


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


def edited(world: World, name: str, old: str, new: str) -> None:
    """Activate the rules with one mapping edited."""
    activate(world.store, rule_files(world.probe.url, mappings={name: MAPPINGS[name].replace(old, new)}))


async def test_every_strategy_creates_once_and_answers_the_same_again_without_a_call(
    world: World, strategy: str
) -> None:
    order = world.order(strategy)
    result = await world.finish(order)
    assert (result.state, result.remote_id, result.digest) == ("done", "R1", world.digest)
    calls = len(world.probe.got)
    assert await world.outbound.hand_off(order) == result
    assert len(world.probe.got) == calls
    assert world.made(order) == 1


async def test_what_is_done_is_known_by_id_and_stamp_and_its_stock_is_reflected(world: World) -> None:
    order = world.order("native")
    order_id, now = order.act.subject, world.store.clock.now()
    with world.store.begin() as conn:
        reservations.reserve(conn, SELLER, order_id, "native", an_order().lines, now)
    await world.finish(order)
    with world.store.connect() as conn:
        assert ref.local_id(conn, "native", "order", "R1") == order_id
        assert ref.order_of_stamp(conn, "native", f"{CHANNEL}-1000") == order_id
        reflected = conn.execute(select(reservation.c.reflected_at)).scalars().all()
        story = journal.story(conn, order_id)
    assert all(at is not None and at > now for at in reflected)
    assert [line.detail["state"] for line in story if line.what == "handoff"] == ["done"]


async def test_the_state_is_recorded_and_the_stamp_known_before_the_request_leaves(world: World) -> None:
    order_id = world.placed()
    record = Record(subject=order_id, run="r", rev=1, status="paid", next="target", snapshot={"held": 1})
    seen: list[tuple[int, str | None, bool]] = []

    def look(line: str) -> None:
        with world.store.connect() as conn:
            stamped = ref.order_of_stamp(conn, "native", f"{CHANNEL}-1000")
            seen.append((book.known(conn, order_id).rev, stamped, creating(conn, "native")))

    world.probe.on_request = look
    await world.finish(world.order("native", order_id).model_copy(update={"record": record}))
    assert seen == [(1, order_id, True)]
    with world.store.connect() as conn:
        assert not creating(conn, "native")


async def test_a_refusal_parks_with_its_code_and_says_nothing_of_the_buyer(world: World) -> None:
    order = world.order("search")
    edited(world, "order.write", "version: {const: one}", "refuse: {const: true}")
    result = await world.finish(order)
    assert (result.state, result.cause) == ("parked", "reject:NO-CEP")
    assert result.message == "CEP of *** is not known"
    assert BUYER.name not in repr(world.row(order))
    assert world.parked() == ["reject:NO-CEP"]


async def test_an_edit_of_the_mapping_wakes_what_was_refused_and_it_goes_through(world: World) -> None:
    order = world.order("search")
    edited(world, "order.write", "version: {const: one}", "refuse: {const: true}")
    await world.finish(order)
    activate(world.store, rule_files(world.probe.url))
    with world.store.connect() as conn:
        assert conn.execute(select(parked.c.woken)).scalars().all() == [1]
    assert (await world.finish(order)).state == "done"
    assert world.parked() == []


async def test_a_mapping_that_fails_parks_with_its_place(world: World) -> None:
    edited(world, "order.write", "order.buyer.name", "order.buyer.nickname")
    result = await world.finish(world.order("native"))
    assert result.cause == "mapping:native/order.write"
    assert "order.write.yaml:8:9: R202" in (result.message or "")
    assert world.probe.got == []


async def test_a_missing_setting_parks_until_it_is_given(world: World) -> None:
    order_id = world.placed(an_order("1", delivery=Delivery(service="correios")))
    order = world.order("native", order_id)
    result = await world.finish(order)
    assert (result.state, result.cause) == ("parked", "setting:carrier:correios")
    with world.store.begin() as conn:
        woken = settings.give(conn, SELLER, "*", "carrier", "correios", "C-7", "Rita", world.store.clock.now())
    assert woken == 1
    assert (await world.finish(order)).state == "done"
    assert world.probe.orders[0].body["carrier"] == "C-7"


@pytest.mark.parametrize(("status", "error", "seconds"), [(503, TryLater, 2), (429, Throttled, 60), (401, TryLater, 2)])
async def test_what_was_not_carried_out_is_tried_later_and_rendered_anew(
    world: World, status: int, error: type[TryLater], seconds: float
) -> None:
    order = world.order("native")
    world.probe.fail("POST /keyed", effect=False, status=status)
    with pytest.raises(error) as later:
        await world.outbound.hand_off(order)
    assert later.value.after <= timedelta(seconds=seconds) / world.store.clock.speed
    row = world.row(order)
    assert (row.state, row.request, row.attempt) == (HandoffState.OPEN, None, 1)
    assert world.parked() == []


async def test_refused_credentials_open_the_circuit(world: World) -> None:
    world.probe.fail("POST /keyed", effect=False, status=401, times=5)
    with pytest.raises(TryLater):
        await world.outbound.hand_off(world.order("native"))
    with world.store.connect() as conn:
        assert circuit.state(conn, "native").state == "open"


async def test_what_is_pinned_survives_an_activation_and_what_is_not_follows_it(world: World) -> None:
    doubtful, refused = world.order("search"), world.order("native")
    world.probe.fail("POST /orders", effect=False, status=500)
    world.probe.fail("POST /keyed", effect=False, status=503)
    for order in (doubtful, refused):
        with pytest.raises(TryLater):
            await world.outbound.hand_off(order)
    edited(world, "order.write", "const: one", "const: two")
    for order in (doubtful, refused):
        await world.finish(order)
    versions = {order.key: order.body["version"] for order in world.probe.orders}
    assert versions == {f"{CHANNEL}-1000": "one", f"{CHANNEL}-1001": "two"}


async def test_a_live_lease_is_respected(world: World) -> None:
    order = world.order("native")
    world.probe.slow = 0.1
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    world.probe.on_request = lambda _: loop.call_soon_threadsafe(begun.set)
    sending = asyncio.ensure_future(world.finish(order))
    await begun.wait()
    with pytest.raises(LeaseHeld):
        await world.outbound.hand_off(order)
    await sending
    assert world.made(order) == 1


async def test_stock_is_reflected_package_by_package_where_the_step_goes_so(world: World) -> None:
    activate(world.store, rule_files(world.probe.url, counted="invoice"))
    order_id, now = world.placed(), world.store.clock.now()
    with world.store.begin() as conn:
        reservations.reserve(conn, SELLER, order_id, "native", an_order().lines, now)
        for key, line in (("1", "1"), ("2", "2")):
            package = Package(id=key, items=(PackedItem(line=line, quantity=1),), invoice=Invoice(number=key))
            told = Fact(Direction.INVOICE, key, package.model_dump(mode="json"))
            fact.keep(conn, SELLER, order_id, "hub", now, [told])
    for direction in (Direction.ORDER, Direction.PAYMENT, Direction.INVOICE):
        result = await world.finish(world.order("native", order_id, direction))
        assert result.state == "done", result
    with world.store.connect() as conn:
        reflected = {row.line: row.reflected_at is not None for row in conn.execute(select(reservation))}
    assert reflected == {"1": True, "2": False}


# lost answers


@pytest.mark.parametrize("status", [None, 500], ids=["no answer", "500"])
@pytest.mark.parametrize("effect", [True, False], ids=["took effect", "did not"])
async def test_a_lost_answer_is_cleared_up(world: World, strategy: str, status: int | None, effect: bool) -> None:
    order = world.order(strategy)
    begins = {"native": "POST /keyed", "compare": "PUT /accounts"}.get(strategy, "POST /orders")
    world.probe.hang = 0.4
    world.probe.fail(begins, effect=effect, status=status)
    result = await world.finish(order)
    if strategy == "once" and not effect:
        assert (result.state, result.cause, world.made(order)) == ("parked", "doubt:create_order", 0)
    else:
        assert (result.state, result.remote_id, world.made(order)) == ("done", "R1", 1)
    assert len(world.probe.sent(begins)) == (1 if effect or strategy == "once" else 2)


@pytest.mark.parametrize("effect", [True, False], ids=["took effect", "did not"])
async def test_a_cancellation_that_overtakes_an_unknown_act_finds_out_and_sends_nothing(
    world: World, strategy: str, effect: bool
) -> None:
    order = world.order(strategy)
    begins = {"native": "POST /keyed", "compare": "PUT /accounts"}.get(strategy, "POST /orders")
    world.probe.fail(begins, effect=effect, status=500)
    with pytest.raises(TryLater):
        await world.outbound.hand_off(order)
    result = await world.finish(order.model_copy(update={"annul": True}))
    expected = "done" if effect else "parked" if strategy == "once" else "annulled"
    assert result.state == expected
    assert len(world.probe.sent(begins)) == 1
    if expected == "annulled":
        assert (await world.finish(order)).state == "annulled"
        assert len(world.probe.sent(begins)) == 1


async def test_what_never_left_is_annulled_and_stays_so(world: World) -> None:
    order = world.order("native")
    assert (await world.finish(order.model_copy(update={"annul": True}))).state == "annulled"
    assert (await world.finish(order)).state == "annulled"
    assert world.probe.got == []


async def test_an_index_that_lags_less_than_settle_doubles_nothing(world: World) -> None:
    order = world.order("search")
    world.probe.lag = 0.08  # settle is a tenth of a second here
    world.probe.fail("POST /orders", effect=True, status=500)
    assert (await world.finish(order)).remote_id == "R1"
    assert world.made(order) == 1


async def test_an_order_that_exists_already_is_adopted_by_its_id(world: World) -> None:
    order = world.order("native")
    world.probe.lag = 0.3
    world.probe._created({"key": f"{CHANNEL}-1000", "name": "x"})
    result = await world.finish(order)
    assert (result.state, result.remote_id, world.made(order)) == ("done", "R1", 1)


async def test_a_version_that_moved_is_read_again(world: World) -> None:
    order = world.order("compare")
    moved = iter([True])

    def another_order(line: str) -> None:
        if line.startswith("PUT") and next(moved, False):
            world.probe._created({"key": "of somebody else", "name": "x"})

    world.probe.on_request = another_order
    assert (await world.finish(order)).remote_id == "R2"
    assert [got.line[:3] for got in world.probe.got] == ["GET", "GET", "PUT", "GET", "GET", "PUT"]


@pytest.mark.parametrize("there", [True, False], ids=["it is there", "it is not"])
async def test_a_person_settles_a_doubt(world: World, there: bool) -> None:
    order = world.order("once")
    world.probe.fail("POST /orders", effect=False, status=500)
    await world.finish(order)
    with world.store.begin() as conn:
        doubt.settle(conn, SELLER, order.act, "R77" if there else None, "Rita", world.store.clock.now())
    result = await world.finish(order)
    assert (result.state, result.remote_id) == ("done", "R77" if there else "R1")
    assert len(world.probe.sent("POST /orders")) == (1 if there else 2)
    with world.store.begin() as conn, pytest.raises(Refused, match="not in doubt"):
        doubt.settle(conn, SELLER, order.act, None, "Rita", world.store.clock.now())


# what an act may name


async def exported(world: World) -> str:
    """An order that the platform `native` has as R1."""
    order = world.order("native")
    await world.finish(order)
    return order.act.subject


async def test_a_payment_is_told_with_the_orders_id_there(world: World) -> None:
    order_id = await exported(world)
    result = await world.finish(world.order("native", order_id, Direction.PAYMENT))
    assert result.state == "done"
    assert world.probe.sent("POST /orders/R1/notes")[0].body == {"note": "paid", "amount": 109.8}


async def test_a_cancellation_of_what_is_cancelled_is_done(world: World) -> None:
    order_id = await exported(world)
    world.probe.orders[0].status = "cancelled"
    assert (await world.finish(world.order("native", order_id, Direction.CANCEL_BY_BUYER))).state == "done"


async def test_an_invoice_waits_for_what_the_target_wants_first_and_its_xml_is_unchanged(world: World) -> None:
    order_id, now = world.placed(), world.store.clock.now()
    xml = '<nfeProc versao="4.00"><xNome>São João &amp; Cia</xNome></nfeProc>'
    with world.store.begin() as conn:
        digest = blobs.keep(conn, world.store.keys, SELLER, order_id, "nfe", xml.encode())
        package = Package(id="1", invoice=Invoice(number="77", xml_digest=digest))
        told = Fact(Direction.INVOICE, "1", package.model_dump(mode="json"))
        fact.keep(conn, SELLER, order_id, "native", now, [told])
    order = world.order(CHANNEL, order_id, Direction.INVOICE)
    assert (await world.finish(order)).cause == "requires:payment"
    world.probe._created({"key": "at the channel", "name": "x"})
    world.probe.orders[0].id = "1000"
    with world.store.begin() as conn:
        fact.keep(conn, SELLER, order_id, CHANNEL, now, [Fact(Direction.PAYMENT, "p", an_payment())])
    assert (await world.finish(order)).state == "done"
    assert world.probe.sent("POST /orders/1000/notes")[0].body == {"note": "77", "xml": xml}


def an_payment() -> dict[str, str]:
    return {"id": "p", "status": "approved", "amount": "109.80"}


async def test_an_erased_buyer_is_sent_nowhere(world: World) -> None:
    order = world.order("native")
    with world.store.begin() as conn:
        world.store.keys.erase(conn, order.act.subject)
    assert (await world.finish(order)).cause == "fatal:erased"
    assert world.probe.got == []


async def test_an_act_that_the_platform_has_no_operation_for_is_parked(world: World) -> None:
    order = world.order("native", direction=Direction.RETURN)
    assert (await world.finish(order)).cause == "fatal:no-start-return"


async def test_observe_mode_shows_what_it_would_send_and_sends_nothing(world: World) -> None:
    order = world.order("native")
    result = await world.finish(order.model_copy(update={"mode": "observe"}))
    assert (result.state, result.cause, world.probe.got) == ("parked", "observe", [])
    row = world.row(order)
    assert row.state is HandoffState.OPEN
    with world.store.connect() as conn:
        (request,) = unpack(world.store.keys.unseal(conn, order.act.subject, row.request or b""))
    assert (request.method, request.path) == ("POST", "/keyed")
    assert (await world.finish(order)).state == "done"


async def test_an_edit_of_the_operation_wakes_what_its_own_expression_held_up(world: World) -> None:
    order = world.order("native", direction=Direction.CANCEL_BY_BUYER)
    result = await world.finish(order)  # it was never exported, so the platform has no id of it
    assert (result.state, result.cause) == ("parked", "mapping:native/cancel_order")
    files = rule_files(world.probe.url)
    platform = files.texts["mappings/platforms/native/platform.yaml"]
    text = platform.replace("/orders/{{ id }}/cancel", "/orders/{{ run.stamp }}/cancel")
    activate(world.store, RuleFiles({**files.texts, "mappings/platforms/native/platform.yaml": text}))
    with world.store.connect() as conn:
        assert conn.execute(select(parked.c.woken)).scalars().all() == [1]


async def test_what_is_only_observed_does_not_hold_its_units_for_ever(world: World) -> None:
    """Whoever tells the platform instead has it counted there: a month of watching must not sell the stock out."""
    order, now = world.order("native"), world.store.clock.now()
    with world.store.begin() as conn:
        reservations.reserve(conn, SELLER, order.act.subject, "native", an_order().lines, now)
    await world.finish(order.model_copy(update={"mode": "observe"}))
    with world.store.connect() as conn:
        reflected = conn.execute(select(reservation.c.reflected_at)).scalars().all()
    assert all(at is not None and at > now for at in reflected)


async def test_an_order_shown_otherwise_before_it_is_parked_is_mapped_again(world: World) -> None:
    """The document came between the look and the parking: nothing is parked on what is gone."""
    order = world.order("native")
    task, now = await task_of(world, order), world.store.clock.now()
    with world.store.begin() as conn:
        shown = context.of_order(conn, world.store.keys, SELLER, order.act, now)["order"]
        before = Cause("mapping:native/order.write", made_of=shown.model_copy(update={"number": "another"}))
        with pytest.raises(Stale):
            commit.park(conn, world.store, task, Row(), before)
        assert commit.park(conn, world.store, task, Row(), replace(before, made_of=shown)).state == "parked"


async def task_of(world: World, order: HandoffOrder) -> Task:
    rules, generation = await RuleShelf(world.store).active(SELLER)
    shop = Shop(rules.of_seller(SELLER), order.act.target)
    return Task(order, shop, "create_order", rules.digest, generation)
