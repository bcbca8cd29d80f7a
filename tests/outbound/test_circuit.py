"""A connection's circuit: what opens it, who probes it, what closes it; on both databases and among processes."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import timedelta
from multiprocessing.context import ForkServerContext

import pytest
from sqlalchemy import Connection, insert, update

from cais.clock import Clock
from cais.crash import KILLED
from cais.errors import CircuitOpen
from cais.outbound import circuit
from cais.outbound.circuit import Thresholds
from cais.store.engine import Store
from cais.store.journal import story
from cais.store.tables import connection

QUICK = Thresholds(failures=5, pause=timedelta(seconds=6), probe_lease=timedelta(seconds=12))


@pytest.fixture(autouse=True)
def row(store: Store) -> None:
    with store.begin() as conn:
        values = {"name": "loja", "seller": "aurora", "platform": "shop", "flow": "backoffice", "hook_secret": "x"}
        conn.execute(insert(connection).values(**values))


def fail(store: Store, times: int = 1, cause: str = "status:503") -> list[bool]:
    opened = []
    for _ in range(times):
        with store.begin() as conn:
            opened.append(circuit.failed(conn, store.clock, "loja", cause, QUICK))
    return opened


def enter(store: Store) -> circuit.Entry:
    with store.begin() as conn:
        return circuit.enter(conn, store.clock, "loja", QUICK)


def succeed(store: Store) -> bool:
    with store.begin() as conn:
        return circuit.succeeded(conn, store.clock, "loja")


def now_is_probe_time(store: Store) -> None:
    with store.begin() as conn:
        conn.execute(update(connection).values(probe_at=store.clock.before(timedelta(seconds=1))))


def state(store: Store) -> circuit.Circuit:
    with store.connect() as conn:
        return circuit.state(conn, "loja")


def noted(store: Store) -> list[object]:
    with store.connect() as conn:
        return [entry.detail["state"] for entry in story(conn, "connection:loja")]


def test_so_many_failures_in_a_row_open_it_once(store: Store) -> None:
    assert fail(store, 7) == [False] * 4 + [True] + [False] * 2
    assert (state(store).state, state(store).cause) == ("open", "status:503")
    assert noted(store) == ["open"]
    with pytest.raises(CircuitOpen) as refusal:
        enter(store)
    assert timedelta(0) < refusal.value.after <= store.clock.real(QUICK.pause)


def test_an_answer_in_between_starts_the_count_anew(store: Store) -> None:
    fail(store, 4)
    assert enter(store).failing
    assert not succeed(store), "nothing was open"
    assert not enter(store).failing
    assert fail(store, 4) == [False] * 4


def test_a_time_of_nothing_but_failures_opens_it(store: Store) -> None:
    fail(store, 2)
    with store.begin() as conn:
        conn.execute(update(connection).values(failing_since=store.clock.before(timedelta(seconds=61))))
    assert fail(store) == [True]


def test_two_failures_an_hour_apart_are_no_outage(store: Store) -> None:
    fail(store)
    with store.begin() as conn:
        conn.execute(update(connection).values(failing_since=store.clock.before(timedelta(hours=1))))
    assert fail(store) == [False]


def test_refused_credentials_open_it_at_once(store: Store) -> None:
    assert fail(store, cause=circuit.REAUTH) == [True]
    probe_at = state(store).probe_at
    assert probe_at is not None
    assert probe_at - store.clock.now() > store.clock.real(timedelta(minutes=4))


def test_one_probe_closes_it(store: Store) -> None:
    fail(store, 5)
    now_is_probe_time(store)
    assert enter(store).probe
    assert state(store).state == "half_open"
    with pytest.raises(CircuitOpen):
        enter(store)
    assert succeed(store)
    assert not enter(store).probe
    assert noted(store) == ["open", "closed"]


def test_a_failed_probe_opens_it_again_without_a_second_note(store: Store) -> None:
    fail(store, 5)
    now_is_probe_time(store)
    enter(store)
    assert fail(store) == [False]
    assert state(store).state == "open"
    with pytest.raises(CircuitOpen):
        enter(store)
    assert noted(store) == ["open"]


def test_a_probe_that_died_is_given_to_another(store: Store) -> None:
    fail(store, 5)
    now_is_probe_time(store)
    assert enter(store).probe
    now_is_probe_time(store)
    assert enter(store).probe


def test_probe_due_tells_without_taking(store: Store) -> None:
    def due(conn: Connection) -> bool:
        return circuit.probe_due(conn, "loja", store.clock.now())

    fail(store, 5)
    with store.connect() as conn:
        assert not due(conn)
    now_is_probe_time(store)
    with store.connect() as conn:
        assert due(conn)
    assert enter(store).probe


def test_a_connection_without_a_row_is_closed(store: Store) -> None:
    with store.begin() as conn:
        assert not circuit.failed(conn, store.clock, "unknown", "status:503")
        assert not circuit.enter(conn, store.clock, "unknown").probe
        assert not circuit.succeeded(conn, store.clock, "unknown")


def probes(url: str) -> int:
    got = 0
    with closing(Store.open(url, clock=Clock(), threads=1)) as store:
        for _ in range(20):
            try:
                got += enter(store).probe
            except CircuitOpen:
                continue
    return got


def failures(url: str) -> int:
    with closing(Store.open(url, clock=Clock(), threads=1)) as store:
        return sum(fail(store, 10))


def probes_and_dies(url: str) -> None:
    assert enter(Store.open(url, clock=Clock(speed=60), threads=1)).probe
    os._exit(KILLED)


@pytest.mark.faults
def test_when_the_probe_dies_another_takes_over(store: Store, store_url: str, processes: ForkServerContext) -> None:
    fail(store, 5)
    now_is_probe_time(store)
    process = processes.Process(target=probes_and_dies, args=(store_url,))
    process.start()
    process.join(30)
    assert process.exitcode == KILLED
    with pytest.raises(CircuitOpen) as refusal:
        enter(store)
    time.sleep(refusal.value.after.total_seconds() + 0.01)
    assert enter(store).probe


def test_of_four_processes_one_opens_and_one_probes(store: Store, store_url: str, processes: ForkServerContext) -> None:
    with ProcessPoolExecutor(4, mp_context=processes) as pool:
        assert sum(pool.map(failures, [store_url] * 4)) == 1
        now_is_probe_time(store)
        assert sum(pool.map(probes, [store_url] * 4)) == 1
