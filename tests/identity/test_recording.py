"""Recording: state, facts and notes in one transaction, once; what a cancellation gives back; a listing's row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from order_samples import a_plan, an_order, fact_content
from sqlalchemy import Connection, insert, select

from cais.clock import Clock
from cais.errors import NotFound, Refused
from cais.identity import book, listed
from cais.identity.claim import claim
from cais.identity.recording import record
from cais.lifecycle.fact import Cancellation
from cais.lifecycle.lane import Entry, EntryState, Lane
from cais.model.claim import ClaimRequest, OrderStart
from cais.model.handoff import Note, Record, Told
from cais.model.observation import Cancelled
from cais.model.package import PackedItem
from cais.model.selection import ListingClaimRequest, ListingStart
from cais.model.vocabulary import CancelledBy, CancelReason, Direction
from cais.outbound.parked import Parked, register
from cais.store import journal
from cais.store.engine import Store
from cais.store.tables import listing, parked, reservation

ID = "order:aurora:market:2000"
SEEN = datetime.fromisoformat("2026-11-20T12:01:00+00:00")


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


def claimed(conn: Connection) -> None:
    start = OrderStart(seller="aurora", channel="market", order="2000")
    book.show(conn, ID, "aurora", "market", an_order(), SEEN, Clock().now())
    claim(conn, ClaimRequest(start=start, workflow_id=ID, run="r"), lambda channel, order: a_plan(), Clock().now())


def say(
    conn: Connection, rev: int, *, status: str = "paid", snapshot: dict[str, Any] | None = None, **more: Any
) -> bool:
    state = Record(subject=ID, run="r", rev=rev, status=status, next="x", snapshot=snapshot or {}, **more)
    return record(conn, state, Clock().now())


def cancelled(n: str = "1", reason: CancelReason = CancelReason.OTHER, **said: Any) -> dict[str, Any]:
    word = Cancelled(direction=Direction.CANCEL_BY_BUYER, by=CancelledBy.BUYER, reason=reason, **said)
    return Cancellation(n=n, source="market", as_of=SEEN, said=word).model_dump(mode="json")


def held(conn: Connection) -> dict[str, tuple[int, str]]:
    rows = conn.execute(select(reservation.c.line, reservation.c.units, reservation.c.state))
    return {row.line: (row.units, row.state) for row in rows}


def test_a_cancellation_gives_its_units_back_once(store: Store) -> None:
    part = cancelled(lines=(PackedItem(line="1", quantity=1),))
    with store.begin() as conn:
        claimed(conn)
        say(conn, 2, snapshot={"cancellations": [part]})
        assert held(conn) == {"1": (1, "released"), "2": (1, "held")}
        say(conn, 4, snapshot={"cancellations": [part]})
        assert held(conn)["2"] == (1, "held")
        say(conn, 6, status="cancelled", snapshot={"cancellations": [part, cancelled("2")]})
        assert held(conn)["2"] == (1, "released")


def test_a_request_gives_nothing_back_until_it_is_accepted(store: Store) -> None:
    asked = cancelled(requested=True)
    accepted = {**asked, "decision": {"accept": True, "source": "hub", "at": SEEN.isoformat()}}
    with store.begin() as conn:
        claimed(conn)
        say(conn, 2, snapshot={"cancellations": [asked]})
        assert {state for _, state in held(conn).values()} == {"held"}
        say(conn, 4, snapshot={"cancellations": [accepted]})
        assert {state for _, state in held(conn).values()} == {"released"}


def test_out_of_stock_sells_nothing_more(store: Store) -> None:
    with store.begin() as conn:
        claimed(conn)
        say(conn, 2, snapshot={"cancellations": [cancelled(reason=CancelReason.OUT_OF_STOCK)]})
        assert {state for _, state in held(conn).values()} == {"released", "blocked"}


def test_an_older_state_gives_nothing_back(store: Store) -> None:
    with store.begin() as conn:
        claimed(conn)
        say(conn, 4)
        assert not say(conn, 2, snapshot={"cancellations": [cancelled()]})
        assert {state for _, state in held(conn).values()} == {"held"}


def test_facts_of_commands_are_kept_and_notes_written_once(store: Store) -> None:
    told = Told(direction=Direction.INVOICE, key="1", source="hub", as_of=SEEN, content={"number": "7"})
    note = Note(at=SEEN, actor="hub", what="command", detail={"name": "invoice"})
    with store.begin() as conn:
        claimed(conn)
        for _ in range(2):
            say(conn, 2, told=(told,), notes=(note,))
        assert fact_content(conn, ID, Direction.INVOICE, "1") == {"number": "7"}
        assert [line.what for line in journal.story(conn, ID)] == ["claimed", "command", "status"]
        older = told.model_copy(update={"as_of": SEEN - timedelta(hours=1), "content": {"number": "6"}})
        say(conn, 4, told=(older,))
        assert fact_content(conn, ID, Direction.INVOICE, "1") == {"number": "7"}


LISTING = "listing:aurora:market:CAM"


def listed_row(conn: Connection) -> None:
    names = {"id": LISTING, "seller": "aurora", "connection": "market", "code": "CAM", "product": "CAM"}
    conn.execute(insert(listing).values(**names, updated_at=SEEN))


def test_a_listings_run_goes_on_from_what_the_one_before_recorded(store: Store) -> None:
    start = ListingStart(seller="aurora", channel="market", listing="CAM")
    state = Record(
        subject=LISTING, run="r", rev=2, status="active", next="nothing", problems=("reject:pic",), snapshot={"a": 1}
    )
    with store.begin() as conn:
        listed_row(conn)
        assert listed.claim(conn, ListingClaimRequest(start=start, run="r")).snapshot is None
        assert record(conn, state, SEEN)
        assert not record(conn, state, SEEN)
        assert listed.claim(conn, ListingClaimRequest(start=start, run="r2")).snapshot == {"a": 1}
        row = conn.execute(select(listing)).one()
        assert (row.status, row.problem, row.rev, row.run) == ("active", "reject:pic", 2, "r2")
        assert [line.detail["status"] for line in journal.story(conn, LISTING)] == ["active"]


def test_a_listing_that_was_never_selected_is_refused(store: Store) -> None:
    start = ListingStart(seller="aurora", channel="market", listing="NONE")
    state = Record(subject="listing:aurora:market:NONE", run="r", rev=2, status="active", next="x", snapshot={})
    with store.begin() as conn:
        with pytest.raises(Refused):
            listed.claim(conn, ListingClaimRequest(start=start, run="r"))
        with pytest.raises(NotFound):
            record(conn, state, SEEN)


def test_what_is_given_up_is_no_longer_parked(store: Store) -> None:
    """Done by hand or not needed: neither a problem to be seen nor anything to wake."""
    given_up = Entry(direction=Direction.ORDER, item="1", version=2, state=EntryState.SKIPPED, tried=True)
    waits = Entry(direction=Direction.PAYMENT, item="1", state=EntryState.PARKED, tried=True)
    with store.begin() as conn:
        claimed(conn)
        listed_row(conn)
        for subject, lane, direction, n in (
            (ID, "shop", "order", "1~2"), (ID, "shop", "payment", "1"), (LISTING, "market", "listing", "CAM-P"),
        ):  # fmt: skip
            register(conn, Parked("aurora", subject, lane, direction, n, "reject:x"), 1, SEEN)
        say(
            conn,
            2,
            snapshot={"lanes": {"shop": Lane(target="shop", entries=(given_up, waits)).model_dump(mode="json")}},
        )
        dropped = Entry(direction=Direction.LISTING, item="CAM-P", state=EntryState.SKIPPED, tried=True)
        lane = Lane(target="market", entries=(dropped,)).model_dump(mode="json")
        state = Record(subject=LISTING, run="r", rev=2, status="draft", next="nothing", snapshot={"lane": lane})
        assert record(conn, state, SEEN)
        assert conn.execute(select(parked.c.direction)).scalars().all() == ["payment"]
