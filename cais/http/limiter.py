"""Tickets: a call takes one of every limit it falls under before it is sent, in one transaction of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from cais.clock import Clock
from cais.http.gcra import UNLIMITED, Bucket, Rate, Share
from cais.rules.platform_file import LimitFile
from cais.store.tables import ticket as table
from cais.store.upsert import insert_new

PATIENCE: Final[Mapping[Share, timedelta]] = {"order": timedelta(seconds=2), "bulk": timedelta(seconds=1)}
"""How long a call waits for its ticket in its place (nominal); longer is `Throttled`.

Bulk work queues less far ahead, so that an order's call never finds the next two seconds given away.
"""

LEASED: Final = 16
"""Tickets that a busy bulk worker takes at once, at most."""

LEASE: Final = timedelta(seconds=1)
"""How long leased tickets are good for (nominal); they are charged as if used at the end."""


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Limit:
    """One limit that an operation falls under: its rate, what a call costs, and the headers that report it."""

    name: str
    rate: Rate
    cost: int = 1
    remaining: str | None = None
    reset: str | None = None
    retry_after: str | None = None


@dataclass(frozen=True)
class Grant:
    """The answer to a request for tickets. `at`: when they may be used, or when to ask again if `count` is 0.

    `left` says what each limit holds after them, by the hub's own count.
    """

    count: int
    at: datetime
    left: Mapping[str, int]


def take(
    conn: Connection,
    clock: Clock,
    connection: str,
    seller: str,
    limits: tuple[Limit, ...],
    share: Share,
    count: int = 1,
) -> Grant:
    """Take tickets for `count` calls from all `limits`, or none (`Grant.count` 0) if the wait would be too long."""
    now = _us(clock.now())
    buckets = _locked(conn, connection, seller, limits)
    at = max(_ready(limit, buckets, share, now, count) for limit in limits)
    if at - now > _us_of(clock.real(PATIENCE[share])):
        if share == "order":
            _save(conn, connection, buckets, {name: b.asked_by_order(now) for name, b in buckets.items()})
        return Grant(0, _moment(at), {})
    hold = _us_of(clock.real(LEASE)) if count > 1 else 0
    spent = {m.name: buckets[m.name].spend(m.rate, share, at, count * m.cost, hold) for m in limits}
    _save(conn, connection, buckets, spent)
    return Grant(count, _moment(at), {m.name: spent[m.name].left(m.rate, at) for m in limits})


def leasable(limits: tuple[Limit, ...], clock: Clock) -> int:
    """How many tickets may be taken at once: what each limit holds is to outlast the lease."""
    hold = _us_of(clock.real(LEASE))
    return max(1, min(_leasable(limit, hold) for limit in limits))


def block(conn: Connection, connection: str, seller: str, limits: tuple[Limit, ...], until: datetime) -> None:
    """The platform refused a call for its rate: none that falls under these limits goes before `until`."""
    buckets = _locked(conn, connection, seller, limits)
    _save(conn, connection, buckets, {name: bucket.until(_us(until)) for name, bucket in buckets.items()})


def correct(
    conn: Connection, clock: Clock, connection: str, seller: str, limit: Limit, remaining: int, reset: timedelta | None
) -> None:
    """The platform reports how many calls a limit has left, and after what (real) time it is full again."""
    now = _us(clock.now())
    buckets = _locked(conn, connection, seller, (limit,))
    corrected = buckets[limit.name].corrected(limit.rate, now, remaining)
    if remaining <= 0 and reset is not None:
        corrected = corrected.until(now + _us_of(reset))
    _save(conn, connection, buckets, {limit.name: corrected})


def reported(limit: Limit, headers: Mapping[str, str], clock: Clock) -> tuple[int, timedelta | None] | None:
    """Calls left and (real) time until the reset, as an answer's headers (lower-case names) report them."""
    remaining = _number(headers, limit.remaining)
    if remaining is None:
        return None
    reset = _number(headers, limit.retry_after) or _number(headers, limit.reset)
    if reset is None:
        return max(0, int(remaining)), None
    # Platforms count seconds, milliseconds or an epoch; none takes longer than an empty bucket does to fill.
    full = max(limit.rate.window, limit.rate.burst * limit.rate.interval)
    real = clock.real(timedelta(seconds=min(reset, 1e9)))
    return max(0, int(remaining)), min(real, timedelta(microseconds=full))


def limits_of(files: Mapping[str, LimitFile], operation: str, speed: float) -> tuple[Limit, ...]:
    """The limits of a platform file that an operation falls under; its windows are nominal."""
    under = {name: file for name, file in files.items() if file.operations is None or operation in file.operations}
    return tuple(_limit(name, file, operation, speed) for name, file in under.items()) or unlimited(operation)


def _limit(name: str, file: LimitFile, operation: str, speed: float) -> Limit:
    headers, rate = file.headers, Rate.of(file.calls, file.per, file.burst, speed)
    return Limit(name, rate, file.cost.get(operation, 1), headers.remaining, headers.reset, headers.retry_after)


def unlimited(operation: str) -> tuple[Limit, ...]:
    """For an operation under no limit: a row by which the platform's own refusals are heeded."""
    return (Limit(f"operation:{operation}", UNLIMITED),)


def _ready(limit: Limit, buckets: Mapping[str, Bucket], share: Share, now: int, count: int) -> int:
    return buckets[limit.name].ready(limit.rate, share, now, count * limit.cost)


def _leasable(limit: Limit, hold: int) -> int:
    rate = limit.rate
    if rate.interval == 0:
        return LEASED
    outlasting = rate.burst - -(-hold // rate.interval)
    return min(LEASED, outlasting // limit.cost, rate.for_bulk.burst // (4 * limit.cost))


def _locked(conn: Connection, connection: str, seller: str, limits: tuple[Limit, ...]) -> dict[str, Bucket]:
    # One order for all: two calls under the same limits never wait for each other's locks.
    return {name: _bucket(conn, connection, seller, name) for name in sorted(limit.name for limit in limits)}


def _bucket(conn: Connection, connection: str, seller: str, name: str) -> Bucket:
    key = {"of": connection, "named": name}
    row = conn.execute(_LOCKED, key).first()
    if row is None:
        insert_new(conn, table, {"connection": connection, "limit": name, "seller": seller})
        row = conn.execute(_LOCKED, key).one()
    return Bucket(*row)


def _save(conn: Connection, connection: str, before: Mapping[str, Bucket], after: Mapping[str, Bucket]) -> None:
    for name, bucket in after.items():
        if bucket != before[name]:
            conn.execute(_CHANGE, {"of": connection, "named": name, **asdict(bucket)})


# Built once: they run before every call, and building them costs more than running them.
_COLUMNS: Final = {
    "tat": table.c.tat_us,
    "bulk_tat": table.c.bulk_tat_us,
    "order_used": table.c.order_used_us,
    "blocked": table.c.blocked_us,
}
_KEY: Final = (table.c.connection == bindparam("of"), table.c.limit == bindparam("named"))
_LOCKED: Final = select(*_COLUMNS.values()).where(*_KEY).with_for_update()
_CHANGE: Final = update(table).where(*_KEY).values({column: bindparam(name) for name, column in _COLUMNS.items()})


def _number(headers: Mapping[str, str], name: str | None) -> float | None:
    if name is None:
        return None
    try:
        return float(headers.get(name.lower(), ""))
    except ValueError:
        return None


def _us(moment: datetime) -> int:
    return _us_of(moment - _EPOCH)


def _moment(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _us_of(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)
