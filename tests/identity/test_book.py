"""The order book: documents by age, states by revision, nothing personal in the open."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from order_samples import ADDRESS, BUYER, an_order, fact_content
from sqlalchemy import Connection, text

from cais.clock import Clock
from cais.errors import NotFound
from cais.identity import book, buyer, fact, ref
from cais.identity.document import part
from cais.identity.fact import Fact
from cais.identity.recording import record
from cais.model.handoff import Record
from cais.model.order import Cancellation
from cais.model.package import Invoice, Package
from cais.model.vocabulary import CancelledBy, Direction
from cais.store import journal
from cais.store.engine import Store

ID = "order:aurora:market:2000"
SEEN = datetime.fromisoformat("2026-11-20T12:01:00+00:00")
XML = '<?xml version="1.0"?><nfeProc>Ana Souza</nfeProc>\n'


def show(conn: Connection, as_of: datetime = SEEN, **changes: object) -> bool:
    return book.show(conn, ID, "aurora", "market", an_order(**changes), as_of, Clock().now())


def test_an_older_document_changes_nothing(store: Store) -> None:
    with store.begin() as conn:
        assert show(conn, number="new")
        assert not show(conn, SEEN - timedelta(seconds=1), number="old")
        assert book.known(conn, ID).number == "new"
        assert not show(conn, SEEN + timedelta(seconds=1), number="newer")
        assert book.known(conn, ID).order.number == "newer"


def test_a_state_is_recorded_only_if_its_revision_grows(store: Store) -> None:
    def say(rev: int, status: str) -> bool:
        state = Record(subject=ID, run="r", rev=rev, status=status, next="invoice", snapshot={"rev": rev})
        return record(conn, state, Clock().now())

    with store.begin() as conn:
        show(conn)
        assert [say(1, "placed"), say(3, "paid"), say(2, "placed"), say(3, "shipped")] == [
            True, True, False, False,
        ]  # fmt: skip
        assert say(4, "paid")
        row = book.known(conn, ID)
        assert (row.status, row.rev, row.next, row.snapshot) == ("paid", 4, "invoice", {"rev": 4})
        assert [line.detail["status"] for line in journal.story(conn, ID)] == ["placed", "paid"]


def test_a_state_of_an_unknown_order_is_not_found(store: Store) -> None:
    state = Record(subject="order:x", run="r", rev=1, status="paid", next="x", snapshot={})
    with store.begin() as conn, pytest.raises(NotFound):
        record(conn, state, Clock().now())


@pytest.mark.security
def test_the_open_document_holds_nothing_of_the_buyer() -> None:
    note = Cancellation(by=CancelledBy.BUYER, note="Ana Souza desistiu")
    package = Package(id="1", invoice=Invoice(number="7", xml=XML))
    parted = part(an_order(packages=(package,), cancellation=note))
    assert "Ana" not in str(parted.document)
    assert "Rua A" not in str(parted.document)
    assert parted.personal["buyer"]["name"] == "Ana Souza"
    (digest,) = parted.xml
    assert parted.xml[digest] == XML.encode()
    invoice = parted.order.packages[0].invoice
    assert invoice is not None
    assert invoice.xml_digest == digest


@pytest.mark.security
def test_a_buyer_stays_as_seen_first_and_once_erased_is_not_written_again(store: Store) -> None:
    personal = {"buyer": BUYER.model_dump(mode="json"), "billing_address": None, "shipping_address": None}
    address = {**personal, "buyer": None, "shipping_address": ADDRESS.model_dump(mode="json")}
    with store.begin() as conn:
        buyer.keep(conn, store.keys, "aurora", ID, personal, SEEN)
        buyer.keep(conn, store.keys, "aurora", ID, address, SEEN)
        known = buyer.read(conn, store.keys, ID)
        assert known is not None
        assert known["buyer"]["name"] == "Ana Souza"
        assert known["shipping_address"]["street"] == "Rua A"
        assert not buyer.erased(conn, store.keys, ID)
        store.keys.erase(conn, ID)
        buyer.keep(conn, store.keys, "aurora", ID, personal, SEEN)
        assert buyer.erased(conn, store.keys, ID)
        assert conn.execute(text("SELECT count(*) FROM data_key")).scalar_one() == 0


def test_facts_are_their_owners_newest_word(store: Store) -> None:
    def keep(number: str, as_of: datetime) -> bool:
        said = Fact(Direction.INVOICE, "1", {"number": number})
        return bool(fact.keep(conn, "aurora", ID, "shop", as_of, [said]))

    with store.begin() as conn:
        assert keep("7", SEEN)
        assert not keep("7", SEEN + timedelta(seconds=9))  # nothing new
        assert not keep("6", SEEN - timedelta(seconds=1))  # older
        assert keep("8", SEEN + timedelta(seconds=10))
        assert fact_content(conn, ID, Direction.INVOICE, "1") == {"number": "8"}
        assert fact_content(conn, ID, Direction.INVOICE, "2") is None


def test_many_remote_ids_stand_for_one_order_and_the_newest_word_wins(store: Store) -> None:
    with store.begin() as conn:
        for remote in ("2000", "2001"):
            ref.link(conn, "aurora", "market", "order", remote, ID, SEEN)
        assert ref.local_id(conn, "market", "order", "2001") == ID
        ref.link(conn, "aurora", "market", "order", "2001", "order:aurora:market:2001", SEEN)
        assert ref.local_id(conn, "market", "order", "2001") == "order:aurora:market:2001"
        assert ref.local_id(conn, "other", "order", "2000") is None
        assert ref.remote_id(conn, "market", "order", ID) == "2000"


def test_open_orders_are_read_in_pages(store: Store) -> None:
    with store.begin() as conn:
        for number in range(5):
            book.show(conn, f"order:aurora:market:{number}", "aurora", "market", an_order(str(number)), SEEN, SEEN)
        first = book.open_orders(conn, limit=3)
        rest = book.open_orders(conn, after=first[-1].id, limit=3)
        assert [row.remote_id for row in (*first, *rest)] == list("01234")
        assert book.open_orders(conn, after=rest[-1].id) == []
