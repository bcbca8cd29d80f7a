"""Tickets in the store: one budget for all processes, corrected by what the platform says."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise
from multiprocessing.context import ForkServerContext

import pytest
from sqlalchemy import select

from cais.clock import Clock
from cais.crash import KILLED
from cais.http import limiter
from cais.http.gcra import Rate
from cais.http.limiter import Grant, Limit
from cais.store.engine import Store
from cais.store.tables import ticket

CALLS, WINDOW = 40, timedelta(seconds=1)
SMALL = Limit("all", Rate.of(CALLS, WINDOW, None, 1))
REAL = Clock(speed=1)


def take(store: Store, *limits: Limit, share: str = "order", count: int = 1) -> Grant:
    with store.begin() as conn:
        return limiter.take(conn, REAL, "loja", "aurora", limits, share, count)  # type: ignore[arg-type]


def per_minute(calls: int, name: str = "all", **more: object) -> Limit:
    return Limit(name, Rate.of(calls, timedelta(minutes=1), None, 1), **more)  # type: ignore[arg-type]


SLOW = Limit("all", Rate.of(100, timedelta(hours=1), 10, 1))


def busy(url: str, share: str, seconds: float) -> list[datetime]:
    moments = []
    with closing(Store.open(url, clock=REAL, threads=1)) as store:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            grant = take(store, SMALL, share=share)
            time.sleep(max(0.0, (grant.at - REAL.now()).total_seconds()))
            moments += [grant.at] * grant.count
    return moments


def test_four_processes_together_keep_the_limit(store: Store, store_url: str, processes: ForkServerContext) -> None:
    jobs = [(store_url, share, 1.3) for share in ("order", "bulk", "bulk", "bulk")]
    with ProcessPoolExecutor(4, mp_context=processes) as pool:
        moments = sorted(chain.from_iterable(pool.map(busy, *zip(*jobs, strict=True))))
    assert len(moments) > CALLS, "and they are kept busy"
    assert max(sum(start <= m < start + WINDOW for m in moments) for start in moments) <= CALLS


def takes_and_dies(url: str) -> None:
    take(Store.open(url, clock=REAL, threads=1), SLOW)
    os._exit(KILLED)


@pytest.mark.faults
def test_dying_with_a_ticket_costs_that_ticket(store: Store, store_url: str, processes: ForkServerContext) -> None:
    before = take(store, SLOW).left["all"]
    process = processes.Process(target=takes_and_dies, args=(store_url,))
    process.start()
    process.join(30)
    assert process.exitcode == KILLED
    assert take(store, SLOW).left["all"] == before - 2


def test_a_call_takes_of_every_limit_or_of_none(store: Store) -> None:
    wide, narrow = per_minute(6000, "wide"), per_minute(2, "narrow")
    assert take(store, wide, narrow).count == 1
    with store.connect() as conn:
        before = conn.execute(select(ticket.c.tat_us).order_by(ticket.c.limit)).scalars().all()
    refused = take(store, wide, narrow)
    assert refused.count == 0
    assert refused.at > REAL.now() + timedelta(seconds=20)
    with store.connect() as conn:
        assert conn.execute(select(ticket.c.tat_us).order_by(ticket.c.limit)).scalars().all() == before


def test_a_short_wait_is_given_a_place_in_the_row(store: Store) -> None:
    limit = Limit("all", Rate.of(2, timedelta(seconds=1), None, 1))
    moments = [take(store, limit).at for _ in range(4)]
    assert [b - a >= timedelta(milliseconds=499) for a, b in pairwise(moments)] == [True] * 3


def test_bulk_work_queues_less_far_ahead_than_orders(store: Store) -> None:
    limit = Limit("all", Rate.of(2, timedelta(seconds=1), None, 1))
    while take(store, limit, share="bulk").count:
        continue
    assert take(store, limit, share="order").count == 1


def test_an_orders_call_without_room_ends_the_lending(store: Store) -> None:
    limit = per_minute(60)
    while take(store, limit, share="bulk").count:
        continue
    for _ in range(3):
        take(store, limit, share="order")
    with store.connect() as conn:
        assert conn.execute(select(ticket.c.order_used_us)).scalar_one() > 0


def test_a_dear_call_takes_more(store: Store) -> None:
    limit = per_minute(100, cost=5)
    assert [take(store, limit).count for _ in range(3)] == [1, 1, 0]


def test_a_refused_rate_blocks_the_calls_limits_only(store: Store) -> None:
    mine, other = per_minute(600, "mine"), per_minute(600, "other")
    until = REAL.now() + timedelta(seconds=30)
    with store.begin() as conn:
        limiter.block(conn, "loja", "aurora", (mine,), until)
    assert take(store, mine).count == 0
    assert take(store, mine).at == until
    assert take(store, other).count == 1


def test_an_unlimited_operation_heeds_a_refusal(store: Store) -> None:
    limits = limiter.unlimited("get_order")
    assert [take(store, *limits).count for _ in range(50)] == [1] * 50
    with store.begin() as conn:
        limiter.block(conn, "loja", "aurora", limits, REAL.now() + timedelta(seconds=30))
    assert take(store, *limits).count == 0


HEADERS = per_minute(600, remaining="X-Remaining", reset="x-reset", retry_after="retry-after")


@pytest.mark.parametrize(
    ("headers", "remaining", "seconds"),
    [
        ({"x-remaining": "12", "x-reset": "8"}, 12, 8),
        ({"x-remaining": "0", "x-reset": "8000"}, 0, 60),  # milliseconds: no more than an empty budget takes
        ({"x-remaining": "0", "x-reset": "1790000000"}, 0, 60),  # an epoch
        ({"x-remaining": "0", "x-reset": "8", "retry-after": "3"}, 0, 3),
        ({"x-remaining": "-1"}, 0, None),
        ({"x-remaining": "many"}, None, None),
        ({}, None, None),
    ],
)
def test_headers_are_read_by_the_names_of_the_platform_file(
    headers: dict[str, str], remaining: int | None, seconds: int | None
) -> None:
    expected = None if remaining is None else (remaining, None if seconds is None else timedelta(seconds=seconds))
    assert limiter.reported(HEADERS, headers, REAL) == expected


def test_a_lower_report_is_believed_a_higher_one_is_not(store: Store) -> None:
    def left(remaining: int) -> int:
        with store.begin() as conn:
            limiter.correct(conn, REAL, "loja", "aurora", HEADERS, remaining, None)
        return take(store, HEADERS).left["all"]

    assert left(1000) == 59
    assert left(10) == 9
    assert left(500) <= 9


def test_none_left_waits_for_the_reset(store: Store) -> None:
    with store.begin() as conn:
        limiter.correct(conn, REAL, "loja", "aurora", HEADERS, 0, timedelta(seconds=40))
    grant = take(store, HEADERS)
    assert grant.count == 0
    assert grant.at > datetime.now(UTC) + timedelta(seconds=39)


def test_only_roomy_limits_are_leased() -> None:
    assert limiter.leasable((per_minute(6000),), REAL) == 16
    assert limiter.leasable((per_minute(6000), per_minute(60, "narrow")), REAL) == 1
    assert limiter.leasable(limiter.unlimited("x"), REAL) == 16
