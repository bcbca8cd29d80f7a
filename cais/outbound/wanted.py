"""Wanted: which values of which listings differ from what their channel has acknowledged.

`wanted_rev` is raised by whoever changes a cause, in the same transaction; no value is kept, it is computed when it
is sent. A drain leases rows (`sent_rev` = `wanted_rev`), sends, and acknowledges the revision that it leased; it
never clears a flag, so a cause that moves meanwhile is never lost. Row: `idle → leased → idle | unknown | parked`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    exists,
    literal,
    null,
    or_,
    select,
    tuple_,
    update,
)

from cais.errors import Refused
from cais.model.vocabulary import ListingStatus, WantedGroup
from cais.store.tables import connection as connection_table
from cais.store.tables import listed_variant, wanted
from cais.store.tables import listing as listing_table
from cais.store.upsert import insert_new

ALL: Final = "*"
"""In place of a SKU: the content of a listing is one value."""

GROUPS: Final = tuple(WantedGroup)

GUARD: Final = "guard:price"
"""The cause under which a price waits that changed more than the seller lets go out by itself."""

_KEY: Final = (wanted.c.listing, wanted.c.sku, wanted.c.group)


@dataclass(frozen=True)
class Leased:
    """A value to be sent, held until `until` by `worker`."""

    listing: str
    sku: str
    group: WantedGroup
    rev: int
    value: Any
    """The last value that the channel acknowledged; None: nobody knows."""
    cause: str | None
    """What it was parked on before; None: all was well."""
    attempts: int
    doubtful: bool
    """An earlier request may or may not have taken effect: read the channel back first."""
    worker: str
    until: datetime

    @property
    def key(self) -> tuple[str, str, str]:
        return self.listing, self.sku, self.group.value


def raise_skus(
    conn: Connection,
    seller: str,
    skus: Collection[str],
    groups: Iterable[WantedGroup],
    now: datetime,
    *,
    moved_by: str | None = None,
) -> int:
    """A cause of the values of `skus` changed; how many values are wanted anew.

    `moved_by`: the channel on which this happened; it has changed its own number, so what it acknowledged no longer
    tells what it shows. A price that comes or goes changes whether there is anything to sell: stock goes with it.
    """
    asked = tuple(groups)
    if WantedGroup.PRICE in asked and WantedGroup.STOCK not in asked:
        asked = (*asked, WantedGroup.STOCK)
    which = and_(listed_variant.c.seller == seller, listed_variant.c.sku.in_(sorted(skus)))
    if moved_by is not None:
        moved = (wanted.c.seller == seller, wanted.c.connection == moved_by, wanted.c.sku.in_(sorted(skus)))
        conn.execute(update(wanted).where(*moved, wanted.c.group == WantedGroup.STOCK.value).values(value=None))
    return _raise(conn, which, asked, now)


def raise_listing(conn: Connection, listing: str, now: datetime, groups: Iterable[WantedGroup] = GROUPS) -> int:
    """A cause of the listing's own values changed; how many values are wanted anew."""
    return _raise(conn, listed_variant.c.listing == listing, groups, now)


def raise_connection(conn: Connection, connection: str, now: datetime, groups: Iterable[WantedGroup] = GROUPS) -> int:
    """A cause of all values of a channel changed (a rule, a buffer, a mapping); how many are wanted anew."""
    return _raise(conn, listed_variant.c.connection == connection, groups, now)


def lease(
    conn: Connection,
    connection: str,
    group: WantedGroup,
    worker: str,
    count: int,
    now: datetime,
    held: timedelta,
    *,
    per_listing: int = 1,
) -> tuple[Leased, ...]:
    """Lease up to `count` due values, the longest waiting first; `held` is a real duration.

    A listing of which another request of the group is in flight, or may be, is left alone; `per_listing` values of
    one listing fit into one request. `worker` names this one lease: nobody else's acknowledgement counts.
    """
    # One lease at a time per connection: on PostgreSQL two could otherwise each take a variant of one listing.
    conn.execute(select(connection_table.c.name).where(connection_table.c.name == connection).with_for_update())
    due = _due(connection, group, now)
    longest_first = due.order_by(wanted.c.wanted_at, wanted.c.listing, wanted.c.sku).limit(count)
    chosen = _these(_up_to(per_listing, conn.execute(longest_first).all()))
    rows = conn.execute(due.where(chosen).order_by(*_KEY).with_for_update(of=wanted)).all()
    until = now + held
    mine = {"state": "leased", "sent_rev": wanted.c.wanted_rev, "lease_until": until, "lease_by": worker}
    conn.execute(update(wanted).where(_these(rows)).values(**mine))
    return tuple(_leased(row, worker, until) for row in rows)


def hold(conn: Connection, leases: Iterable[Leased]) -> None:
    """Lock the rows of these leases in the order in which everybody does, before they are settled."""
    these = tuple_(*_KEY).in_([leased.key for leased in leases])
    conn.execute(select(wanted.c.listing).where(these).order_by(*_KEY).with_for_update())


def acknowledge(conn: Connection, leased: Leased, value: Any, now: datetime) -> bool:
    """The channel took `value`, which holds all causes up to the leased revision; False if the lease passed on."""
    shown: ColumnElement[Any] = literal(value, wanted.c.value.type)
    if leased.group is WantedGroup.STOCK:
        # A sale that came meanwhile moved the channel's own number: then nobody knows what it shows.
        shown = case((wanted.c.wanted_rev == leased.rev, shown), else_=null())
    told = {"acked_rev": leased.rev, "value": shown, "acked_at": now, "attempts": 0, "cause": None}
    return _settle(conn, leased, {**told, "state": "idle", "not_before": None, "lease_until": None})


def later(conn: Connection, leased: Leased, at: datetime) -> bool:
    """Nothing was written: due again at `at`, with the doubt that there was before."""
    doubtful = {"state": "unknown", "lease_until": at}
    idle = {"state": "idle", "not_before": at, "lease_until": None}
    return _settle(conn, leased, (doubtful if leased.doubtful else idle) | _failed(leased))


def unknown(conn: Connection, leased: Leased, until: datetime) -> bool:
    """The request may or may not have taken effect; nothing of the listing's group is sent until then."""
    return _settle(conn, leased, {"state": "unknown", "lease_until": until} | _failed(leased))


def park(conn: Connection, leased: Leased, cause: str) -> bool:
    """Cannot succeed until `cause` is mended, or the value changes."""
    return _settle(conn, leased, {"state": "parked", "cause": cause, "lease_until": None} | _failed(leased))


def unpark(conn: Connection, seller: str, cause: str, connection: str | None = None) -> int:
    """`cause` is mended (on one connection, or everywhere): what is parked on it is due; how many values."""
    waiting = [wanted.c.seller == seller, wanted.c.state == "parked", wanted.c.cause == cause]
    if connection is not None:
        waiting.append(wanted.c.connection == connection)
    return conn.execute(update(wanted).where(*waiting).values(state="idle", not_before=None)).rowcount


def approve(conn: Connection, listing: str, sku: str, price: Decimal, now: datetime) -> None:
    """A person approves of a price that the guard holds back: it, and what is near it, may go out.

    Raises `Refused` if the price of the variant is not held back.
    """
    this = (wanted.c.listing == listing, wanted.c.sku == sku, wanted.c.group == WantedGroup.PRICE.value)
    held = (wanted.c.state == "parked", wanted.c.cause == GUARD)
    approved = {"state": "idle", "value": {"price": price}, "not_before": None, "wanted_at": now}
    if conn.execute(update(wanted).where(*this, *held).values(**approved)).rowcount == 0:
        raise Refused(f"the price of {sku} is not held back")


def pending(conn: Connection, connection: str, group: WantedGroup) -> bool:
    """Whether the channel has something to be told, now or later."""
    waits = exists().where(_behind(connection, group), wanted.c.state != "parked")
    return bool(conn.execute(select(waits)).scalar_one())


def _raise(conn: Connection, which: ColumnElement[bool], groups: Iterable[WantedGroup], now: datetime) -> int:
    return sum(_raise_group(conn, which, group, now) for group in groups)


def _raise_group(conn: Connection, which: ColumnElement[bool], group: WantedGroup, now: datetime) -> int:
    sku: ColumnElement[str] = literal(ALL) if group is WantedGroup.CONTENT else listed_variant.c.sku
    _add_missing(conn, which, group, sku)
    raised = tuple_(wanted.c.listing, wanted.c.sku).in_(select(listed_variant.c.listing, sku).where(which))
    these = and_(wanted.c.group == group.value, raised)
    # Locked in one order, so that two who raise values of the same listings wait for each other and do not deadlock.
    conn.execute(select(wanted.c.listing).where(these).order_by(*_KEY).with_for_update())
    caught_up, was_parked = wanted.c.acked_rev >= wanted.c.wanted_rev, wanted.c.state == "parked"
    changes = {
        "wanted_rev": wanted.c.wanted_rev + 1,
        "wanted_at": case((caught_up, now), else_=wanted.c.wanted_at),
        "state": case((was_parked, "idle"), else_=wanted.c.state),
        "not_before": case((was_parked, null()), else_=wanted.c.not_before),
    }
    return conn.execute(update(wanted).where(these).values(**changes)).rowcount


def _add_missing(conn: Connection, which: ColumnElement[bool], group: WantedGroup, sku: ColumnElement[str]) -> None:
    there = (wanted.c.listing == listed_variant.c.listing, wanted.c.sku == sku, wanted.c.group == group.value)
    columns = (listed_variant.c.listing, sku.label("sku"), listed_variant.c.seller, listed_variant.c.connection)
    missing = select(*columns).where(which, ~exists().where(*there)).distinct()
    for row in conn.execute(missing).all():
        insert_new(conn, wanted, {**row._mapping, "group": group.value, "wanted_rev": 0, "state": "idle"})


def _due(connection: str, group: WantedGroup, now: datetime) -> Select[Any]:
    other = wanted.alias("other")
    in_flight = exists().where(
        other.c.listing == wanted.c.listing,
        other.c.group == wanted.c.group,
        other.c.state.in_(("leased", "unknown")),
        other.c.lease_until >= now,
    )
    published = exists().where(
        listed_variant.c.listing == wanted.c.listing,
        or_(listed_variant.c.sku == wanted.c.sku, wanted.c.sku == ALL),
        listed_variant.c.remote_id.is_not(None),
    )
    closed = exists().where(
        listing_table.c.id == wanted.c.listing, listing_table.c.status == ListingStatus.CLOSED.value
    )
    free = and_(wanted.c.state != "parked", ~in_flight, or_(wanted.c.not_before.is_(None), wanted.c.not_before <= now))
    return select(wanted).where(_behind(connection, group), free, published, ~closed)


def _up_to(per_listing: int, due: Sequence[Row[Any]]) -> list[Row[Any]]:
    taken: Counter[str] = Counter()
    rows = []
    for row in due:
        if taken[row.listing] < per_listing:
            taken[row.listing] += 1
            rows.append(row)
    return rows


def _these(rows: Sequence[Row[Any]]) -> ColumnElement[bool]:
    return tuple_(*_KEY).in_([(row.listing, row.sku, row.group) for row in rows])


def _behind(connection: str, group: WantedGroup) -> ColumnElement[bool]:
    mine = and_(wanted.c.connection == connection, wanted.c.group == group.value)
    return and_(mine, wanted.c.wanted_rev > wanted.c.acked_rev)


def _leased(row: Row[Any], worker: str, until: datetime) -> Leased:
    return Leased(
        listing=row.listing,
        sku=row.sku,
        group=WantedGroup(row.group),
        rev=row.wanted_rev,
        value=row.value,
        cause=row.cause,
        attempts=row.attempts,
        doubtful=row.state in ("leased", "unknown"),
        worker=worker,
        until=until,
    )


def _failed(leased: Leased) -> dict[str, Any]:
    return {"attempts": leased.attempts + 1}


def _settle(conn: Connection, leased: Leased, values: dict[str, Any]) -> bool:
    mine = (wanted.c.lease_by == leased.worker, wanted.c.state == "leased")
    settled = update(wanted).where(tuple_(*_KEY) == leased.key, *mine).values(**values, lease_by=None)
    return conn.execute(settled).rowcount == 1
