"""The wake pump: signals what an activation or a setting has marked, in batches, at a bounded rate."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Connection, and_, or_, select, tuple_, update

from cais.crash import crash_point
from cais.errors import NotFound
from cais.outbound import parked as parked_rows
from cais.store.engine import Store
from cais.store.tables import parked

BATCH: Final = 50
"""Lanes taken at a time."""

PER_SECOND: Final = 50
"""Signals a (nominal) second: an edit that frees ten thousand orders does not crowd out the orders of the day."""

LEASE: Final = timedelta(seconds=60)
"""How long a pump has to signal what it took (nominal); then another takes it."""

_MARKED, _SIGNALLED = 1, 2


class Waker(Protocol):
    """Reaches what is parked."""

    async def retry(self, subject: str, lane: str) -> None:
        """Tell the subject to try its parked acts in this lane again. Raises `NotFound` if it does not run."""


@dataclass(frozen=True)
class Sleeper:
    """A lane with parked acts that are marked."""

    subject: str
    lane: str
    taken_at: datetime


def activated(conn: Connection, seller: str, mappings: Collection[str], now: datetime) -> int:
    """These mappings of the seller changed by the activation in this transaction; how many parked things it wakes."""
    return parked_rows.wake_mappings(conn, seller, mappings, now)


async def wake_round(store: Store, waker: Waker, seller: str) -> int:
    """Signal one batch of the seller's marked lanes; how many it took. Call again at once while it is not zero."""
    taken = await store.write(take, seller, store.clock.now(), store.clock.real(LEASE))
    for sleeper in taken:
        crash_point("wake.taken")
        await _wake(store, waker, sleeper)
        await asyncio.sleep(store.clock.real(timedelta(seconds=1) / PER_SECOND).total_seconds())
    return len(taken)


def take(conn: Connection, seller: str, now: datetime, held: timedelta) -> tuple[Sleeper, ...]:
    """Take up to a batch of marked lanes to signal them, the longest waiting first; `held` is a real duration."""
    due = (parked.c.seller == seller, or_(parked.c.woken == _MARKED, _left(now - held)))
    marked = select(parked.c.subject, parked.c.lane).where(*due).order_by(parked.c.woken_at).limit(BATCH)
    sleepers = dict.fromkeys(Sleeper(row.subject, row.lane, now) for row in conn.execute(marked.with_for_update()))
    _mark(conn, sleepers, parked.c.woken > 0, woken=_SIGNALLED, woken_at=now)
    return tuple(sleepers)


def told(conn: Connection, sleeper: Sleeper) -> None:
    """The lane was signalled. What was parked anew meanwhile, and marked again, stays marked."""
    mine = and_(parked.c.woken == _SIGNALLED, parked.c.woken_at == sleeper.taken_at)
    _mark(conn, (sleeper,), mine, woken=0, woken_at=None)


async def _wake(store: Store, waker: Waker, sleeper: Sleeper) -> None:
    try:
        await waker.retry(sleeper.subject, sleeper.lane)
    except NotFound:
        # Not running now: `recover` starts it. It stays taken, so another round tries when the lease has passed.
        return
    crash_point("wake.signalled")
    await store.write(told, sleeper)


def _left(before: datetime) -> ColumnElement[bool]:
    """Taken by a pump that died."""
    return and_(parked.c.woken == _SIGNALLED, parked.c.woken_at < before)


def _mark(conn: Connection, sleepers: Iterable[Sleeper], where: ColumnElement[bool], **values: Any) -> None:
    lanes: Sequence[tuple[str, str]] = [(each.subject, each.lane) for each in sleepers]
    if lanes:
        these = tuple_(parked.c.subject, parked.c.lane).in_(lanes)
        conn.execute(update(parked).where(these, where).values(**values))
