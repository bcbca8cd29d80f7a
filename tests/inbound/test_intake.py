"""Intake over real HTTP: every way an object's rows may end, and what the hub then knows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from inbound_kit import NotingStarter, pointer, put_in_force, told
from order_samples import an_order
from sqlalchemy import Connection, insert, select, text, update
from toy_platform import Toy
from toy_rules import MAPPINGS, rule_files

from cais.identity import book, buyer, ref
from cais.inbound.door import Pointer, receive
from cais.inbound.intake import Intake
from cais.inbound.waker import HubWaker
from cais.model.vocabulary import ObjectKind
from cais.outbound import settings
from cais.outbound.wake import wake_round
from cais.rules.files import RuleFiles
from cais.stock import reservations
from cais.store import archive
from cais.store.engine import Store
from cais.store.tables import handoff, inbox, listed_variant, order_book, parked, reservation, sku, wanted

ID = "order:aurora:market:2000"


def arrive(store: Store, *pointers: Pointer) -> None:
    with store.begin() as conn:
        for each in pointers:
            receive(conn, each, store.clock.now())


async def run(intake: Intake, connection: str = "market") -> dict[str, int]:
    """One round; objects by how they ended."""
    return dict((await intake.round("aurora", connection)).ends)


def rows(store: Store) -> list[tuple[str, str | None]]:
    with store.connect() as conn:
        return [tuple(row) for row in conn.execute(select(inbox.c.state, inbox.c.cause).order_by(inbox.c.id))]


def due_now(store: Store) -> None:
    with store.begin() as conn:
        conn.execute(update(inbox).values(not_before=store.clock.now()))


def exported(conn: Connection, store: Store, remote: str | None = "V-1") -> None:
    """The order of the market was sent to the shop, which has answered if `remote` is given."""
    now = store.clock.now()
    ref.link(conn, "aurora", "shop", "correlation", "market-2000", ID, now)
    if remote is not None:
        ref.link(conn, "aurora", "shop", "order", remote, ID, now)


async def test_a_burst_of_news_of_one_order_costs_one_reading_and_one_signal(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    toy.put_order()
    arrive(ruled, *(pointer(event=f"e{n}") for n in range(5)))
    assert await run(intake) == {"done": 1}
    assert toy.read("/orders/2000") == 1
    (signal,) = told(notes)
    assert signal["start"] == {"seller": "aurora", "channel": "market", "order": "2000", "identity": None}
    assert [said["direction"] for said in signal["word"]["observations"]] == ["order", "payment"]
    assert rows(ruled) == [("done", None)] * 5
    with ruled.connect() as conn:
        assert book.known(conn, ID).total_cents == 4990
        personal = buyer.read(conn, ruled.keys, ID)
    assert personal is not None
    assert personal["buyer"]["name"] == "Ana Souza"
    assert b"Ana Souza" in (await archive.newest(ruled, "market", "order", "2000")).document


async def test_a_reading_without_news_tells_nobody(ruled: Store, toy: Toy, intake: Intake, notes: Path) -> None:
    toy.put_order()
    for number in range(3):
        arrive(ruled, pointer(event=str(number)))
        assert await run(intake) == {"done": 1}
    assert len(told(notes)) == 1
    toy.put_order(paid=False)
    arrive(ruled, pointer(event="x"))
    await run(intake)
    assert len(told(notes)) == 2


async def test_late_and_reordered_news_changes_nothing_newer(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    for event, hour, number in (("a", "12", "new"), ("b", "10", "old"), ("c", "14", "newest")):
        toy.put_order(updated_at=f"2026-11-20T{hour}:00:00-03:00", number=number)
        arrive(ruled, pointer(event=event))
        await run(intake)
        expected = "new" if number == "old" else number
        with ruled.connect() as conn:
            assert book.known(conn, ID).number == expected


async def test_a_channel_is_told_once_that_its_order_is_safe(ruled: Store, toy: Toy, intake: Intake) -> None:
    toy.put_order()
    arrive(ruled, pointer(event="a"))
    await run(intake)
    toy.put_order(paid=False)
    arrive(ruled, pointer(event="b"))
    await run(intake)
    assert toy.read("/orders/2000/handling") == 1


async def test_a_shipment_leads_to_its_order(ruled: Store, toy: Toy, intake: Intake) -> None:
    toy.put_order()
    toy.objects["/shipments/S1"] = {"order": "2000"}
    arrive(ruled, pointer("S1", "s", kind=ObjectKind.SHIPMENT))
    assert await run(intake) == {"done": 1}
    with ruled.connect() as conn:
        assert book.entry(conn, ID) is not None


async def test_a_callback_by_stamp_reads_the_order_at_the_backoffice(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    toy.put_order()
    arrive(ruled, pointer())
    await run(intake)
    with ruled.begin() as conn:
        exported(conn, ruled)
    toy.put_order("V-1", stamp="market-2000", invoices=[{"package": "1", "number": "7", "xml": "<nfeProc/>"}])
    arrive(ruled, pointer("market-2000", "cb", connection="shop", by="correlation"))
    assert await run(intake, "shop") == {"done": 1}
    assert [said["direction"] for said in told(notes)[-1]["word"]["observations"]] == ["invoice"]
    assert told(notes)[-1]["start"]["channel"] == "market"


async def test_a_callback_that_comes_before_the_creates_answer_waits(ruled: Store, intake: Intake) -> None:
    with ruled.begin() as conn:
        exported(conn, ruled, remote=None)
    arrive(ruled, pointer("market-2000", "cb", connection="shop", by="correlation"))
    assert await run(intake, "shop") == {"later": 1}
    assert rows(ruled) == [("open", "held-back")]


async def test_an_unknown_order_waits_while_a_create_is_undecided_and_is_ours_then(
    ruled: Store, toy: Toy, intake: Intake
) -> None:
    toy.put_order()
    arrive(ruled, pointer())
    await run(intake)
    toy.put_order("V-1")
    doubtful = {"subject": ID, "target": "shop", "direction": "order", "n": "1", "seller": "aurora", "attempt": 1}
    now = ruled.clock.now()
    with ruled.begin() as conn:
        conn.execute(insert(handoff).values(**doubtful, state="sending", created_at=now, updated_at=now))
    arrive(ruled, pointer("V-1", "hook before answer", connection="shop"))
    assert await run(intake, "shop") == {"later": 1}
    with ruled.begin() as conn:
        conn.execute(handoff.update().values(state="done"))
        exported(conn, ruled)
    due_now(ruled)
    assert await run(intake, "shop") == {"done": 1}


async def test_a_stores_own_order_is_not_even_archived(ruled: Store, toy: Toy, intake: Intake, notes: Path) -> None:
    toy.put_order("V-9")
    arrive(ruled, pointer("V-9", "own", connection="shop"))
    assert await run(intake, "shop") == {"own": 1}
    assert told(notes) == []
    with ruled.archive.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM document")).scalar_one() == 0


async def test_old_orders_are_counted_and_ignored_unless_asked_for(ruled: Store, toy: Toy, intake: Intake) -> None:
    toy.put_order(placed_at="2026-10-31T23:59:59-03:00")
    arrive(ruled, pointer(event="a"))
    assert await run(intake) == {"before-cut-off": 1}
    arrive(ruled, pointer(event="claim:r1", door="api"))
    assert await run(intake) == {"done": 1}


@pytest.mark.parametrize(
    ("changes", "code", "at"),
    [
        ({"items": []}, "R211", "fields.lines"),
        ({"items": [{"sku": "A", "quantity": -1, "price": 1}]}, "R211", "fields.lines[0].quantity"),
        ({"status": "teleported"}, "R206", "fields.status"),
        ({"items": None}, "R202", "fields.lines"),
        ({"total": "a lot"}, "R20", "fields.totals.items"),
    ],
)
async def test_what_does_not_map_is_parked_alone_with_its_position(
    ruled: Store, toy: Toy, intake: Intake, changes: dict[str, Any], code: str, at: str
) -> None:
    toy.put_order("bad", **changes)
    toy.put_order("good")
    arrive(ruled, pointer("bad", "b"), pointer("good", "g"))
    assert await run(intake) == {"parked": 1, "done": 1}
    with ruled.connect() as conn:
        row = conn.execute(select(inbox).where(inbox.c.object_id == "bad")).one()
        waiting = conn.execute(select(parked)).one()
    assert (row.state, row.cause) == ("parked", "mapping:market/order.read")
    assert row.detail["code"].startswith(code)
    assert row.detail["at"].startswith(at)
    assert (waiting.lane, waiting.cause, waiting.mapping) == ("intake", row.cause, "market/order.read")
    kept = await archive.newest(ruled, "market", "order", "bad")
    assert kept.subject == "order:aurora:market:bad"


@pytest.mark.security
async def test_what_is_noted_of_a_failure_holds_no_values(ruled: Store, toy: Toy, intake: Intake) -> None:
    toy.put_order("bad", items=[{"sku": "SECRET-SKU", "quantity": 0, "price": 1}], buyer="Ana Souza")
    arrive(ruled, pointer("bad", "b"))
    await run(intake)
    with ruled.connect() as conn:
        noted = str(conn.execute(select(inbox)).all()) + str(conn.execute(select(parked)).all())
    for value in ("Ana", "SECRET-SKU"):
        assert value not in noted


async def test_an_edit_of_the_mapping_wakes_what_waits_for_it(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    toy.put_order(status="teleported")
    arrive(ruled, pointer())
    assert await run(intake) == {"parked": 1}
    assert await wake_round(ruled, HubWaker(ruled, None), "aurora") == 0  # type: ignore[arg-type]
    mended = MAPPINGS["order.read"].replace("{new: placed", "{teleported: delivered, new: placed")
    put_in_force(ruled, rule_files(toy.url, mappings={"order.read": mended}))
    assert await wake_round(ruled, HubWaker(ruled, None), "aurora") == 1  # type: ignore[arg-type]
    assert await _until_taken(intake) == {"done": 1}
    assert len(told(notes)) == 1
    with ruled.connect() as conn:
        assert conn.execute(select(parked)).all() == []


async def test_a_setting_that_is_given_wakes_what_waits_for_it(ruled: Store, toy: Toy, intake: Intake) -> None:
    asks = MAPPINGS["order.read"].replace("{from: order.number}", "{value: \"{{ setting('shelf', 'A') }}\"}")
    put_in_force(ruled, rule_files(toy.url, mappings={"order.read": asks}))
    toy.put_order()
    arrive(ruled, pointer())
    assert await _until_taken(intake) == {"parked": 1}
    assert rows(ruled) == [("parked", "setting:shelf:A")]
    with ruled.begin() as conn:
        settings.give(conn, "aurora", "market", "shelf", "A", "nine", "a person", ruled.clock.now())
    assert await wake_round(ruled, HubWaker(ruled, None), "aurora") == 1  # type: ignore[arg-type]
    assert await run(intake) == {"done": 1}
    with ruled.connect() as conn:
        assert book.known(conn, ID).number == "nine"


async def _until_taken(intake: Intake) -> dict[str, int]:
    """Rounds until one takes something: the shelf keeps what it knows for a moment."""
    for _ in range(100):
        if ends := await run(intake):
            return ends
        await asyncio.sleep(0.02)
    return {}


async def test_a_later_success_settles_what_was_parked(ruled: Store, toy: Toy, intake: Intake) -> None:
    toy.put_order(status="teleported")
    arrive(ruled, pointer(event="a"))
    await run(intake)
    toy.put_order()
    arrive(ruled, pointer(event="b"))
    assert await run(intake) == {"done": 1}
    assert rows(ruled) == [("done", "overtaken"), ("done", None)]
    with ruled.connect() as conn:
        assert conn.execute(select(parked)).all() == []


async def test_what_is_not_there_is_looked_for_a_few_times(ruled: Store, toy: Toy, intake: Intake) -> None:
    arrive(ruled, pointer())
    for _ in range(4):
        assert await run(intake) == {"later": 1}
        due_now(ruled)
    assert await run(intake) == {"not_found": 1}


@pytest.mark.parametrize("status", [429, 503])
async def test_time_heals_what_the_platform_cannot_do_now(ruled: Store, toy: Toy, intake: Intake, status: int) -> None:
    toy.put_order()
    toy.fails["/orders/2000"] = status
    arrive(ruled, pointer())
    assert await run(intake) == {"later": 1}
    assert rows(ruled)[0][0] == "open"


async def test_a_refusal_for_good_is_parked(ruled: Store, toy: Toy, intake: Intake) -> None:
    toy.put_order()
    toy.fails["/orders/2000"] = 418
    arrive(ruled, pointer())
    assert await run(intake) == {"parked": 1}
    assert rows(ruled) == [("parked", "fatal:get_order")]


async def test_a_starter_that_fails_leaves_the_row_for_later(
    ruled: Store, toy: Toy, intake: Intake, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_server(*_: object) -> None:
        raise ConnectionError("no Temporal")

    toy.put_order()
    arrive(ruled, pointer())
    with monkeypatch.context() as patch:
        patch.setattr(NotingStarter, "observe", no_server)
        assert await run(intake) == {"later": 1}
    assert rows(ruled) == [("open", "error:ConnectionError")]
    due_now(ruled)
    assert await run(intake) == {"done": 1}
    assert len(told(notes)) == 1


async def test_an_erased_buyer_is_not_kept_again(ruled: Store, toy: Toy, intake: Intake) -> None:
    toy.put_order()
    arrive(ruled, pointer(event="a"))
    await run(intake)
    with ruled.begin() as conn:
        ruled.keys.erase(conn, ID)
    toy.put_order(paid=False)
    arrive(ruled, pointer(event="b"))
    assert await run(intake) == {"done": 1}
    with ruled.connect() as conn:
        assert buyer.erased(conn, ruled.keys, ID)
        assert conn.execute(text("SELECT count(*) FROM data_key")).scalar_one() == 0


async def test_an_erased_buyer_does_not_come_back_by_a_document_that_does_not_map(
    ruled: Store, toy: Toy, intake: Intake
) -> None:
    toy.put_order()
    arrive(ruled, pointer(event="a"))
    await run(intake)
    with ruled.begin() as conn:
        ruled.keys.erase(conn, ID)
    toy.put_order(status="a word that nobody knows")
    arrive(ruled, pointer(event="b"))
    assert await run(intake) == {"parked": 1}
    with ruled.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM data_key")).scalar_one() == 0


async def test_a_connection_that_the_rules_do_not_list_is_left_alone(ruled: Store, intake: Intake) -> None:
    assert await run(intake, "nobody") == {}


async def test_an_awaited_order_is_told_although_nothing_is_new(
    ruled: Store, toy: Toy, intake: Intake, notes: Path
) -> None:
    toy.put_order()
    arrive(ruled, pointer(event="a"))
    await run(intake)
    arrive(ruled, pointer(event="claim:r2", door="api"))
    await run(intake)
    assert len(told(notes)) == 2


async def test_the_book_has_nothing_personal_in_the_open(ruled: Store, toy: Toy, intake: Intake) -> None:
    toy.put_order()
    arrive(ruled, pointer())
    await run(intake)
    with ruled.connect() as conn:
        assert "Ana" not in str(conn.execute(select(order_book)).all())


async def count_after(store: Store, toy: Toy, step: str) -> None:
    """The platform's own numbers include an order after the step."""
    files, path = rule_files(toy.url), "mappings/platforms/toy/platform.yaml"
    counting = f"capabilities: {{listing: create, stock: {{includes_order_after: {step}}}}}"
    platform = files.texts[path].replace("capabilities: {listing: create}", counting)
    put_in_force(store, RuleFiles({**files.texts, path: platform}))
    await asyncio.sleep(0.1)  # the shelf keeps what it knows for a moment


async def test_a_step_that_the_store_takes_itself_puts_the_order_into_its_count(
    ruled: Store, toy: Toy, intake: Intake
) -> None:
    """Its count falls when it invoices: nobody tells it so, it tells us."""
    now = ruled.clock.now()
    await count_after(ruled, toy, "invoice")
    toy.put_order()
    arrive(ruled, pointer(event="a"))
    await run(intake)
    with ruled.begin() as conn:
        reservations.reserve(conn, "aurora", ID, "shop", an_order().lines, now)
        ref.link(conn, "aurora", "shop", "order", "V-1", ID, now)
        row = {"seller": "aurora", "sku": "CAM-P", "product": "CAM", "connection": "shop", "remote_id": "11"}
        conn.execute(insert(sku).values(**row, active=True))
    invoice = {"package": "1", "number": "7"}
    for n, invoices in enumerate(([], [invoice])):
        toy.put_order("V-1", invoices=invoices)
        arrive(ruled, pointer("V-1", f"v{n}", connection="shop"))
        await run(intake, "shop")
        with ruled.connect() as conn:
            reflected = conn.execute(
                select(reservation.c.reflected_at).where(reservation.c.sku == "CAM-P")
            ).scalar_one()
            again = conn.execute(select(inbox.c.object_id).where(inbox.c.kind == "stock")).scalars().all()
        assert (reflected is not None and reflected > now, again) == (bool(invoices), ["11"] * len(invoices))


async def test_a_channel_that_takes_its_units_when_they_are_paid_is_told_anew_what_it_has(
    ruled: Store, toy: Toy, intake: Intake
) -> None:
    """Its own number moved a second time: that it acknowledged the right one before says nothing."""
    now = ruled.clock.now()
    await count_after(ruled, toy, "payment")
    toy.put_order(paid=False)
    arrive(ruled, pointer(event="a"))
    await run(intake)
    with ruled.begin() as conn:
        row = {"listing": "listing:aurora:market:CAM", "sku": "CAM-P", "seller": "aurora", "connection": "market"}
        conn.execute(insert(listed_variant).values(**row, remote_id="M1"))
        reservations.reserve(conn, "aurora", ID, "shop", an_order().lines, now)
        conn.execute(update(wanted).values(acked_rev=wanted.c.wanted_rev, value={"units": 16}))
    toy.put_order(paid=True)
    arrive(ruled, pointer(event="b"))
    await run(intake)
    with ruled.connect() as conn:
        (row_of_sku,) = conn.execute(select(wanted).where(wanted.c.group == "stock"))
    assert (row_of_sku.value, row_of_sku.wanted_rev > row_of_sku.acked_rev) == (None, True)
