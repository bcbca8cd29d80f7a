"""Booking: what enters the book and what stays out, whose order it is, and what the workflow is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from order_samples import PLACED_AT, a_plan, an_order, fact_content
from sqlalchemy import Connection, insert, select, text

from cais.clock import Clock
from cais.identity import book, buyer, ref
from cais.inbound.booking import Booked, Sight, enter, was_told
from cais.inbound.echo import HeldBack, Ignored
from cais.model.order import Order
from cais.model.package import Invoice, Package, Shipping
from cais.model.vocabulary import Direction, Flow
from cais.outbound.parked import Parked, register
from cais.store import blobs, journal
from cais.store.engine import Store
from cais.store.tables import handoff, parked

ID = "order:aurora:market:2000"
SEEN = datetime.fromisoformat("2026-11-20T12:01:00+00:00")
XML = "<nfeProc/>\n"
INVOICED = Package(
    id="1", invoice=Invoice(number="7", xml=XML), shipping=Shipping(tracking_number="AA1BR", shipment_id="S9")
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


def channel_sight(order: Order | None = None, **changes: Any) -> Sight:
    values = {"seller": "aurora", "connection": "market", "flow": Flow.SALES_CHANNEL, "as_of": SEEN, **changes}
    return Sight(order=order or an_order(), **values)


def shop_sight(order: Order, as_of: datetime = SEEN) -> Sight:
    return Sight("aurora", "shop", Flow.BACKOFFICE, order, as_of)


def entered(conn: Connection, store: Store, sight: Sight) -> Booked | Ignored | HeldBack:
    return enter(conn, store.keys, sight, lambda channel, order: a_plan(), Clock().now())


def booked(conn: Connection, store: Store, sight: Sight) -> Booked:
    answer = entered(conn, store, sight)
    assert isinstance(answer, Booked)
    return answer


def exported(conn: Connection, remote: str = "V-1", stamp: str | None = None) -> None:
    ref.link(conn, "aurora", "shop", "order", remote, ID, SEEN)
    if stamp:
        ref.link(conn, "aurora", "shop", "correlation", stamp, ID, SEEN)


def test_a_channels_order_enters_once_and_is_told_once(store: Store) -> None:
    with store.begin() as conn:
        first = booked(conn, store, channel_sight())
        assert first.order_id == ID
        assert first.observed is not None
        again = booked(conn, store, channel_sight())  # the process died before the signal
        assert again.observed == first.observed
        was_told(conn, channel_sight(), first, SEEN)
        assert booked(conn, store, channel_sight()).observed is None
        assert booked(conn, store, channel_sight(asked=True)).observed is not None
        assert [line.what for line in journal.story(conn, ID)] == ["observed"]
        assert buyer.read(conn, store.keys, ID) is not None


def test_what_comes_back_after_a_change_is_told_again(store: Store) -> None:
    """A → B → A: the last A is news, although the first was told."""
    with store.begin() as conn:
        for n, paid in enumerate((True, False, True)):
            sight = channel_sight(an_order(paid=paid), as_of=SEEN + timedelta(minutes=n))
            answer = booked(conn, store, sight)
            assert answer.observed is not None
            was_told(conn, sight, answer, SEEN)


def test_orders_before_the_cut_off_stay_out_unless_asked_for_or_known(store: Store) -> None:
    since = PLACED_AT + timedelta(days=1)
    with store.begin() as conn:
        assert entered(conn, store, channel_sight(since=since)) == Ignored("before-cut-off")
        assert book.entry(conn, ID) is None
        assert isinstance(entered(conn, store, channel_sight(since=since, asked=True)), Booked)
        assert isinstance(entered(conn, store, channel_sight(since=since)), Booked)
        assert isinstance(entered(conn, store, channel_sight(an_order("2001"), since=PLACED_AT)), Booked)


def test_a_stores_own_order_does_not_enter_in_the_backoffice_flow(store: Store) -> None:
    with store.begin() as conn:
        assert entered(conn, store, shop_sight(an_order("V-77"))) == Ignored("own")
        for table in ("order_book", "buyer", "data_key", "ref"):
            assert conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


@pytest.mark.parametrize("known_by", ["id", "stamp"])
def test_an_exported_order_gives_its_backoffices_facts_and_keeps_the_channels_document(
    store: Store, known_by: str
) -> None:
    shown = an_order("V-1", packages=(INVOICED,), correlation="C-1" if known_by == "stamp" else None)
    with store.begin() as conn:
        booked(conn, store, channel_sight())
        exported(conn, "V-1" if known_by == "id" else "V-0", "C-1")
        answer = booked(conn, store, shop_sight(shown))
        assert answer.order_id == ID
        assert answer.observed is not None
        assert [said.direction for said in answer.observed.observations] == [
            Direction.INVOICE, Direction.SHIPPING_INFO,
        ]  # fmt: skip
        content = fact_content(conn, ID, Direction.INVOICE, "1")
        assert content is not None
        digest = content["invoice"]["xml_digest"]
        assert content["invoice"]["xml"] is None
        assert blobs.fetch(conn, store.keys, ID, digest) == XML.encode()
        assert book.known(conn, ID).order.packages == ()
        assert ref.local_id(conn, "shop", "shipment", "S9") == ID


def test_the_stamp_counts_before_the_id(store: Store) -> None:
    with store.begin() as conn:
        for order in (an_order(), an_order("2001")):
            booked(conn, store, channel_sight(order))
        exported(conn, "V-1")
        ref.link(conn, "aurora", "shop", "correlation", "C-2", "order:aurora:market:2001", SEEN)
        assert booked(conn, store, shop_sight(an_order("V-1", correlation="C-2"))).order_id.endswith("2001")


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_an_unknown_order_is_held_back_while_a_create_is_undecided(store: Store, state: str) -> None:
    row = {"subject": ID, "target": "shop", "direction": "order", "n": "1", "seller": "aurora", "attempt": 1}
    with store.begin() as conn:
        conn.execute(insert(handoff).values(**row, state=state, created_at=SEEN, updated_at=SEEN))
        assert entered(conn, store, shop_sight(an_order("V-1"))) == HeldBack()
        conn.execute(handoff.update().values(state="done"))
        assert entered(conn, store, shop_sight(an_order("V-1"))) == Ignored("own")


def test_what_the_hub_wrote_into_a_channels_account_is_no_sale(store: Store) -> None:
    """Law: an order of another channel that stands in this account never enters as this one's."""
    with store.begin() as conn:
        booked(conn, store, channel_sight())
        ref.link(conn, "aurora", "outlet", "correlation", "C-1", ID, SEEN)
        sight = channel_sight(an_order("N-5", correlation="C-1"), connection="outlet")
        assert entered(conn, store, sight) == Ignored("echo")


def test_a_pack_is_one_order_whatever_part_or_shipment_is_named(store: Store) -> None:
    pack = an_order("P-1", parts=("2000", "2001"), packages=(Package(id="1", shipping=Shipping(shipment_id="S1")),))
    with store.begin() as conn:
        order_id = booked(conn, store, channel_sight(pack)).order_id
        assert order_id == "order:aurora:market:P-1"
        assert {ref.local_id(conn, "market", "order", part) for part in ("P-1", "2000", "2001")} == {order_id}
        assert ref.local_id(conn, "market", "shipment", "S1") == order_id


def test_a_late_word_opens_a_closed_order_again(store: Store) -> None:
    with store.begin() as conn:
        answer = booked(conn, store, channel_sight())
        was_told(conn, channel_sight(), answer, SEEN)
        conn.execute(text("UPDATE order_book SET open = false"))
        assert booked(conn, store, channel_sight()).observed is None
        assert not book.known(conn, ID).open
        booked(conn, store, channel_sight(an_order(paid=False), as_of=SEEN + timedelta(days=400)))
        assert book.known(conn, ID).open


def test_an_order_with_an_unknown_sku_enters(store: Store) -> None:
    """What cannot be exported is the export's matter: it parks there, the sale is not lost."""
    line = an_order().lines[0].model_copy(update={"sku": "NOBODY-KNOWS"})
    with store.begin() as conn:
        assert booked(conn, store, channel_sight(an_order(lines=(line,)))).observed is not None


def test_what_waited_for_the_targets_own_word_goes_on_when_it_says_it(store: Store) -> None:
    """A store takes the tracking only after its own invoice, of which nobody tells it."""
    with store.begin() as conn:
        booked(conn, store, channel_sight())
        exported(conn)
        for lane, cause in (("shop", "requires:invoice"), ("shop", "requires:order"), ("market", "requires:invoice")):
            register(conn, Parked("aurora", ID, lane, "dispatch", cause, cause), 1, SEEN)
        booked(conn, store, shop_sight(an_order("V-1", packages=(INVOICED,))))
        woken = conn.execute(select(parked.c.lane, parked.c.cause).where(parked.c.woken == 1)).all()
        assert [tuple(row) for row in woken] == [("shop", "requires:invoice")]


def test_an_order_shown_otherwise_wakes_what_could_not_be_mapped(store: Store) -> None:
    with store.begin() as conn:
        booked(conn, store, channel_sight(an_order(shipping_address=None)))
        for direction, cause in (("order", "mapping:shop/order.write"), ("invoice", "setting:carrier:x")):
            register(conn, Parked("aurora", ID, "shop", direction, "1", cause), 0, SEEN)
        booked(conn, store, channel_sight(an_order(shipping_address=None), as_of=SEEN + timedelta(minutes=1)))
        assert woken(conn) == []
        booked(conn, store, channel_sight(as_of=SEEN + timedelta(minutes=2)))
        assert woken(conn) == ["mapping:shop/order.write"]


def woken(conn: Connection) -> list[str]:
    return list(conn.execute(select(parked.c.cause).where(parked.c.woken == 1)).scalars())
