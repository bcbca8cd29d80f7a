"""Leases: a busy bulk worker asks the store once for several calls, a slow one keeps no tickets it does not need."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from cais.errors import Throttled
from cais.http.gcra import Rate, Share
from cais.http.limiter import Limit, unlimited
from cais.http.tickets import Caller, Tickets
from cais.store.engine import Store
from cais.store.tables import ticket

PATIENCE = timedelta(seconds=1)


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


def caller(*limits: Limit, share: Share = "bulk") -> Caller:
    return Caller("loja", "aurora", "put_price", limits, share)


def per_minute(calls: int, store: Store) -> Limit:
    return Limit("all", Rate.of(calls, timedelta(minutes=1), None, store.clock.speed))


class Counting:
    """A store that counts its writing transactions."""

    def __init__(self, store: Store) -> None:
        self._store, self.clock, self.writes = store, store.clock, 0

    async def write(self, fn, *args, **kwargs):  # type: ignore[no-untyped-def]
        self.writes += 1
        return await self._store.write(fn, *args, **kwargs)


async def takings(store: Store, who: Caller, calls: int, pause: float = 0.0) -> int:
    """Transactions that so many calls needed."""
    counting = Counting(store)
    tickets = Tickets(counting)  # type: ignore[arg-type]
    for _ in range(calls):
        await tickets.take(who, PATIENCE)
        await asyncio.sleep(pause)
    return counting.writes


async def test_a_busy_bulk_worker_leases(store: Store) -> None:
    assert await takings(store, caller(per_minute(60_000, store)), 47) <= 6


async def test_a_slow_one_takes_one_at_a_time(store: Store) -> None:
    pause = store.clock.real(timedelta(seconds=3)).total_seconds()
    assert await takings(store, caller(per_minute(60_000, store)), 3, pause) == 3
    with store.connect() as conn:
        spent = conn.execute(select(ticket.c.bulk_tat_us)).scalar_one()
    assert spent > 0


async def test_the_order_path_never_leases(store: Store) -> None:
    assert await takings(store, caller(per_minute(60_000, store), share="order"), 10) == 10


async def test_leases_keep_the_limit(store: Store) -> None:
    limit = Limit("all", Rate.of(120, timedelta(seconds=6), None, store.clock.speed))
    tickets, sent = Tickets(store), []
    end = store.clock.after(timedelta(seconds=14))
    while store.clock.now() < end:
        try:
            await tickets.take(caller(limit), PATIENCE)
            sent.append(store.clock.now())
        except Throttled as refused:
            await asyncio.sleep(refused.after.total_seconds())
    window = store.clock.real(timedelta(seconds=6))
    assert len(sent) > 120
    assert max(sum(start <= moment < start + window for moment in sent) for start in sent) <= 120


async def test_nobody_waits_beyond_the_deadline(store: Store) -> None:
    limit = Limit("all", Rate.of(2, timedelta(seconds=1), None, 1))
    tickets = Tickets(store)
    await tickets.take(caller(limit, share="order"), PATIENCE)
    with pytest.raises(Throttled):
        await tickets.take(caller(limit, share="order"), timedelta(milliseconds=5))


async def test_an_operation_without_limits_is_free(store: Store) -> None:
    assert await takings(store, caller(*unlimited("put_price")), 47) <= 6
