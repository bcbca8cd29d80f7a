"""The inbox: what is said twice is one row, what is said of one object is one lease, and no lease is held twice."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context

import pytest
from sqlalchemy import func, insert, select

from cais.clock import Clock
from cais.gateway import overview
from cais.inbound import inbox
from cais.inbound.door import Pointer, event_of_body, receive
from cais.model.vocabulary import ObjectKind
from cais.store.engine import Store
from cais.store.tables import connection as connection_table
from cais.store.tables import inbox as table

HELD = timedelta(seconds=5)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


def pointer(object_id: str = "1", event: str = "e1", **changes: object) -> Pointer:
    values = {"seller": "aurora", "connection": "market", "kind": ObjectKind.ORDER, "object_id": object_id}
    return Pointer(**{**values, "event_id": event, "door": "hook", **changes})  # type: ignore[arg-type]


def states(store: Store) -> list[tuple[str, str | None]]:
    with store.connect() as conn:
        return [tuple(row) for row in conn.execute(select(table.c.state, table.c.cause).order_by(table.c.id))]


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock.now()


def test_an_event_is_received_once(store: Store, now: datetime) -> None:
    with store.begin() as conn:
        assert receive(conn, pointer(), now)
        assert not receive(conn, pointer(), now)
        assert receive(conn, pointer(connection="other"), now)  # event ids are a connection's own


def test_the_same_words_without_an_id_are_one_row_while_it_waits(store: Store, now: datetime) -> None:
    said = pointer(event=event_of_body({"id": 1}, now), unique=False)
    with store.begin() as conn:
        assert receive(conn, said, now)
        assert not receive(conn, said, now)


def test_the_same_words_without_an_id_are_news_once_the_first_were_taken_up(store: Store, now: datetime) -> None:
    said = pointer(event=event_of_body({"id": 1}, now), unique=False)
    with store.begin() as conn:
        receive(conn, said, now)
        (held,) = inbox.lease(conn, "market", "w", 5, now, HELD)
        assert receive(conn, said, now)
        assert inbox.lease(conn, "market", "v", 5, now, HELD) == []  # the object is being read
        inbox.done(conn, held, now)
        assert len(inbox.lease(conn, "market", "v", 5, now, HELD)) == 1


def test_rows_of_one_object_are_leased_together(store: Store, now: datetime) -> None:
    with store.begin() as conn:
        for number in range(3):
            receive(conn, pointer("1", f"a{number}"), now)
        receive(conn, pointer("2", "b"), now)
        first, second = inbox.lease(conn, "market", "w", 5, now, HELD)
        assert (first.object_id, len(first.rows)) == ("1", 3)
        assert (second.object_id, len(second.rows)) == ("2", 1)
        inbox.done(conn, first, now)
    assert states(store) == [("done", None)] * 3 + [("leased", None)]


def test_a_lease_that_has_passed_is_taken_over_and_its_first_holder_undoes_nothing(store: Store, now: datetime) -> None:
    with store.begin() as conn:
        receive(conn, pointer(), now)
        (slow,) = inbox.lease(conn, "market", "slow", 5, now, HELD)
        (quick,) = inbox.lease(conn, "market", "quick", 5, now + 2 * HELD, HELD)
        assert quick.attempts == 2
        inbox.later(conn, slow, now, "retry")
        inbox.park(conn, slow, "mapping:x", {})
    assert states(store) == [("leased", None)]


def test_later_waits_and_parked_stays_alone(store: Store, now: datetime) -> None:
    with store.begin() as conn:
        receive(conn, pointer("1", "a"), now)
        receive(conn, pointer("2", "b"), now)
        first, second = inbox.lease(conn, "market", "w", 5, now, HELD)
        inbox.later(conn, first, now + HELD, "throttled")
        inbox.park(conn, second, "mapping:shop/order.read", {"code": "R201"})
        assert inbox.lease(conn, "market", "w", 5, now, HELD) == []
        (again,) = inbox.lease(conn, "market", "w", 5, now + HELD, HELD)
        assert again.object_id == "1"
        assert inbox.reopen(conn, "market", ObjectKind.ORDER, "2", now) == 1
        assert [held.object_id for held in inbox.lease(conn, "market", "w", 5, now, HELD)] == ["2"]


def test_a_later_success_settles_what_was_parked(store: Store, now: datetime) -> None:
    with store.begin() as conn:
        receive(conn, pointer("1", "a"), now)
        (first,) = inbox.lease(conn, "market", "w", 5, now, HELD)
        inbox.park(conn, first, "mapping:x", {})
        receive(conn, pointer("1", "b"), now)
        (second,) = inbox.lease(conn, "market", "w", 5, now, HELD)
        inbox.done(conn, second, now)
        assert inbox.overtake(conn, second, now) == 1
    assert states(store) == [("done", "overtaken"), ("done", None)]


def test_what_came_to_nothing_is_counted_and_outlives_the_pruning(store: Store, now: datetime) -> None:
    with store.begin() as conn:
        for number in range(3):
            receive(conn, pointer(str(number), str(number)), now)
        old, own, read = inbox.lease(conn, "market", "w", 5, now, HELD)
        inbox.done(conn, old, now, "before-cut-off")
        inbox.done(conn, own, now, "own")
        inbox.done(conn, read, now)
        assert inbox.prune(conn, "market", now + HELD) == 1
        counted = overview.totals(conn).ignored
    assert counted == {("market", "before-cut-off"): 1, ("market", "own"): 1}


def test_a_person_who_asks_by_name_is_remembered(store: Store, now: datetime) -> None:
    with store.begin() as conn:
        receive(conn, pointer(door="poll"), now)
        receive(conn, pointer(event="claim:r1", door="api"), now)
        (held,) = inbox.lease(conn, "market", "w", 5, now, HELD)
        assert held.asked


def _lease_all(url: str, worker: str) -> list[tuple[str, int]]:
    """One process: lease, work for a moment, settle, until nothing is due."""
    opened = Store.open(url, clock=Clock(), threads=1)
    taken: list[tuple[str, int]] = []
    while True:
        with opened.begin() as conn:
            held = inbox.lease(conn, "market", worker, 3, Clock().now(), timedelta(minutes=1))
        if not held:
            opened.close()
            return taken
        taken += [(one.object_id, row) for one in held for row in one.rows]
        for one in held:
            with opened.begin() as conn:
                inbox.done(conn, one, Clock().now())


def test_four_processes_lease_each_row_once(store: Store, store_url: str, now: datetime) -> None:
    _connection_row(store)
    with store.begin() as conn:
        for number in range(120):
            receive(conn, pointer(str(number % 40), str(number)), now)
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        leased = [row for taken in pool.map(_lease_all, [store_url] * 4, "abcd") for row in taken]
    assert len(leased) == 120
    assert len(set(leased)) == 120
    with store.connect() as conn:
        assert conn.execute(select(func.max(table.c.attempts))).scalar_one() == 1


def _connection_row(store: Store) -> None:
    row = {"name": "market", "seller": "aurora", "platform": "toy", "flow": "sales_channel", "hook_secret": "s"}
    with store.begin() as conn:
        conn.execute(insert(connection_table).values(row))


def test_nothing_said_while_an_object_is_read_is_lost(store: Store, now: datetime) -> None:
    """Whatever order of receive, lease and settle: at the end each row was leased after it was received."""
    with store.begin() as conn:
        receive(conn, pointer("1", "a"), now)
        (held,) = inbox.lease(conn, "market", "w", 5, now, HELD)
        receive(conn, pointer("1", "b"), now)
        inbox.done(conn, held, now)
        (rest,) = inbox.lease(conn, "market", "w", 5, now, HELD)
        assert set(rest.rows).isdisjoint(held.rows)
