"""The claim: one answer for each way in which a run may start, and the same answer when it is asked again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal

import pytest
from order_samples import a_plan, an_order
from sqlalchemy import Connection, func, select

from cais.clock import Clock
from cais.errors import NotFound, WrongUse
from cais.identity import book, told
from cais.identity.claim import CONFLICT, Planner, claim
from cais.identity.recording import record
from cais.model.claim import Claim, ClaimRequest, Identity, IdentityLine, OrderStart
from cais.model.handoff import Record
from cais.model.order import Order
from cais.model.package import PackedItem
from cais.model.plan import Plan
from cais.stock import reservations
from cais.store import journal
from cais.store.engine import Store
from cais.store.tables import inbox, reservation

ID = "order:aurora:market:2000"
SEEN = datetime.fromisoformat("2026-11-20T12:01:00+00:00")


def planned(channel: str, order: Order) -> Plan:
    return a_plan()


def request(run: str = "r1", identity: Identity | None = None, workflow_id: str = ID, **more: bool) -> ClaimRequest:
    start = OrderStart(seller="aurora", channel="market", order="2000", identity=identity)
    return ClaimRequest(start=start, workflow_id=workflow_id, run=run, **more)


def ask(conn: Connection, asked: ClaimRequest, planner: Planner = planned) -> Claim:
    return claim(conn, asked, planner, Clock().now())


def shown(conn: Connection, order: Order | None = None) -> None:
    book.show(conn, ID, "aurora", "market", order or an_order(), SEEN, Clock().now())


def recorded(conn: Connection, rev: int, status: str = "paid", *, is_open: bool = True) -> None:
    state = Record(subject=ID, run="r1", rev=rev, status=status, next="x", open=is_open, snapshot={"rev": rev})
    record(conn, state, Clock().now())


def test_an_order_of_the_book_is_new_once_with_plan_and_reservations(store: Store) -> None:
    with store.begin() as conn:
        shown(conn)
        first, again = ask(conn, request()), ask(conn, request())
        assert first.kind == again.kind == "new"
        assert first.plan == again.plan == a_plan()
        assert conn.execute(select(func.sum(reservation.c.units))).scalar_one() == 2
        assert [line.what for line in journal.story(conn, ID)] == ["claimed"]


def test_nothing_is_reserved_where_the_plan_says_so(store: Store) -> None:
    with store.begin() as conn:
        shown(conn)
        ask(conn, request(), lambda channel, order: a_plan(reserves=False))
        assert conn.execute(select(func.count()).select_from(reservation)).scalar_one() == 0


def test_another_run_of_an_open_order_goes_on_from_its_snapshot(store: Store) -> None:
    with store.begin() as conn:
        shown(conn)
        ask(conn, request("r1"))
        assert ask(conn, request("r2")).kind == "new"  # the first run died before its first word
        recorded(conn, 3)
        answer = ask(conn, request("r3"))
    assert (answer.kind, answer.snapshot) == ("resume", {"rev": 3})
    assert answer.plan == a_plan()


def test_the_plan_stays_as_it_was_pinned_until_another_is_adopted(store: Store) -> None:
    with store.begin() as conn:
        shown(conn)
        ask(conn, request("r1"))
        later = a_plan(generation=9)
        held = ask(conn, request("r2"), lambda channel, order: later).plan
        assert held is not None
        assert held.generation == 1
        assert ask(conn, request("r2", adopt=True), lambda channel, order: later).plan == later
        assert ask(conn, request("r3")).plan == later


def test_a_closed_order_is_the_same_until_something_is_said_of_it(store: Store) -> None:
    with store.begin() as conn:
        shown(conn)
        ask(conn, request("r1"))
        recorded(conn, 7, "delivered", is_open=False)
        answer = ask(conn, request("r2"))
        assert (answer.kind, answer.result["status"], answer.snapshot) == ("same", "delivered", {"rev": 7})
        assert ask(conn, request("r3", news=True)).kind == "resume"
        book.reopen(conn, ID)
        assert ask(conn, request("r4")).kind == "resume"


def test_an_unknown_order_is_asked_for_and_then_new(store: Store) -> None:
    with store.begin() as conn:
        assert ask(conn, request("r1")).kind == "awaiting"
        assert ask(conn, request("r1")).kind == "awaiting"
        rows = conn.execute(select(inbox.c.object_id, inbox.c.door)).all()
        assert [tuple(row) for row in rows] == [("2000", "api")]
        assert book.known(conn, ID).status == book.AWAITED
        shown(conn)
        assert book.known(conn, ID).status == "placed"
        assert ask(conn, request("r1")).kind == "new"


LINE = IdentityLine(sku="CAM-P", quantity=1, unit_price=Decimal("49.90"))
OTHER = IdentityLine(sku="CAM-G", quantity=1)


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        (Identity(currency="BRL"), ()),
        (Identity(lines=(LINE, OTHER)), ()),
        (Identity(lines=(OTHER, LINE)), ()),  # the order of the lines does not count
        (Identity(currency="USD", lines=(LINE,)), ("currency", "lines")),
        (Identity(lines=(OTHER, LINE.model_copy(update={"quantity": 3}))), ("lines[1].quantity",)),
        (Identity(lines=(OTHER, LINE.model_copy(update={"unit_price": Decimal(1)}))), ("lines[1].unit_price",)),
    ],
)
def test_a_start_of_other_content_is_a_conflict_that_names_the_fields(
    store: Store, said: Identity, fields: tuple[str, ...]
) -> None:
    with store.begin() as conn:
        shown(conn)
        ask(conn, request("r1"))
        told.keep(conn, "aurora", ID, "market", "digest", SEEN)
        answer = ask(conn, request("r2", said))
        assert answer.fields == fields
        # A run that ends so hears nothing: what intake has told it meanwhile is told again.
        assert (told.last(conn, ID, "market") is None) == bool(fields)
        assert (answer.kind == "conflict") == bool(fields)
        assert (CONFLICT in book.known(conn, ID).problems) == bool(fields)


def test_identity_is_what_was_first_sold(store: Store) -> None:
    """The channel may change lines later (a partial cancellation): that is no other order."""
    first = Identity(currency="BRL", lines=(LINE, OTHER))
    with store.begin() as conn:
        shown(conn)
        ask(conn, request("r1"))
        shown(conn, an_order(lines=an_order().lines[:1]))
        assert ask(conn, request("r2", first)).kind == "new"


def test_a_plan_is_adopted_for_a_known_order_only(store: Store) -> None:
    with store.begin() as conn, pytest.raises(NotFound):
        ask(conn, request(adopt=True))


def test_the_workflow_id_must_be_the_orders_own(store: Store) -> None:
    with store.begin() as conn, pytest.raises(WrongUse, match="order:aurora:market:2000"):
        ask(conn, request(workflow_id="order:aurora:market:2001"))


def test_two_claims_at_once_pin_one_plan_and_reserve_once(store: Store) -> None:
    with store.begin() as conn:
        shown(conn)

    def one(run: str) -> Claim:
        with store.begin() as conn:
            return ask(conn, request(run), lambda channel, order: a_plan(digest=run * 32))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(one, ["r1", "r2", "r3", "r4"]))
    assert len({answer.plan.digest for answer in answers if answer.plan}) == 1
    with store.connect() as conn:
        assert conn.execute(select(func.sum(reservation.c.units))).scalar_one() == 2


def test_an_order_that_adopts_another_backoffice_holds_its_units_there(store: Store) -> None:
    def elsewhere(channel: str, order: Order) -> Plan:
        return a_plan(backoffice="other")

    def nowhere(channel: str, order: Order) -> Plan:
        return a_plan(backoffice="hub", reserves=False)

    def held(conn: Connection) -> list[tuple[str, str]]:
        columns = (reservation.c.line, reservation.c.backoffice)
        of_order = select(*columns).where(reservation.c.state == "held").order_by(reservation.c.line)
        return [tuple(row) for row in conn.execute(of_order)]

    with store.begin() as conn:
        shown(conn)
        ask(conn, request(), nowhere)
        assert held(conn) == []
        ask(conn, request(adopt=True))
        assert held(conn) == [("1", "shop"), ("2", "shop")]
        reservations.reflect(conn, ID, SEEN, (PackedItem(line="1", quantity=1),))
        ask(conn, request(adopt=True), elsewhere)
        assert held(conn) == [("1", "shop"), ("2", "other")], "what the shop has counted stays with it"
        ask(conn, request(adopt=True), nowhere)
        assert held(conn) == [("1", "shop")]
