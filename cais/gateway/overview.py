"""What the panel and the metrics show: counts and pages of rows, read from the store. No personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, and_, func, select

from cais.store.tables import connection, handoff, inbox, listing, order_book, parked, wanted

PAGE: Final = 50
"""Rows on one page of the panel."""


@dataclass(frozen=True)
class Totals:
    """Counts for the metrics. Keys are label values."""

    inbox: dict[tuple[str, str], int]
    """(connection, state) of rows not done."""
    handoffs: dict[tuple[str, str], int]
    """(target, state)."""
    parked: dict[tuple[str, str], int]
    """(seller, prefix of the cause)."""
    orders: dict[tuple[str, str], int]
    """(channel, status) of open orders."""
    wanted: dict[tuple[str, str], int]
    """(connection, group) of values not yet acknowledged."""
    circuits: dict[str, bool]
    """Connection → whether its circuit is closed."""
    ignored: dict[tuple[str, str], int]
    """(connection, cause) of rows that came to nothing: `before-cut-off`, `own`, `echo`, …"""
    oldest: dict[str, datetime]
    """Connection → when its longest waiting inbox row was received."""


def totals(conn: Connection) -> Totals:
    """All counts, in one reading."""
    waits = inbox.c.state.in_(("open", "leased"))
    oldest = select(inbox.c.connection, func.min(inbox.c.received_at)).where(waits).group_by(inbox.c.connection)
    settled = (inbox.c.state == "done") & inbox.c.cause.is_not(None)
    behind = wanted.c.wanted_rev > wanted.c.acked_rev
    circuits = select(connection.c.name, connection.c.circuit).where(connection.c.listed == 1)
    return Totals(
        inbox=_pairs(conn, _count(inbox.c.connection, inbox.c.state).where(inbox.c.state != "done")),
        handoffs=_pairs(conn, _count(handoff.c.target, handoff.c.state)),
        parked=_by_prefix(conn),
        orders=_pairs(conn, _count(order_book.c.connection, order_book.c.status).where(order_book.c.open.is_(True))),
        wanted=_pairs(conn, _count(wanted.c.connection, wanted.c.group).where(behind)),
        circuits={name: circuit == "closed" for name, circuit in conn.execute(circuits)},
        ignored=_pairs(conn, _count(inbox.c.connection, inbox.c.cause).where(settled)),
        oldest=dict(conn.execute(oldest).all()),
    )


def connections(conn: Connection) -> Sequence[RowMapping]:
    """The connections that the rules list, with what waits at each."""
    waiting = select(func.count()).where(inbox.c.connection == connection.c.name, inbox.c.state != "done")
    columns = (connection.c.name, connection.c.seller, connection.c.platform, connection.c.flow, connection.c.circuit,
               connection.c.circuit_cause, waiting.scalar_subquery().label("waiting"))  # fmt: skip
    rows = select(*columns).where(connection.c.listed == 1).order_by(connection.c.seller, connection.c.name)
    return conn.execute(rows).mappings().all()


def orders(conn: Connection, channel: str | None, status: str | None, page: int) -> Sequence[RowMapping]:
    """A page of orders, those changed last first; of one channel, of one status (`open`: all open ones)."""
    columns = (order_book.c.id, order_book.c.connection, order_book.c.remote_id, order_book.c.number,
               order_book.c.status, order_book.c.next, order_book.c.problems, order_book.c.open,
               order_book.c.total_cents, order_book.c.currency, order_book.c.placed_at,
               order_book.c.ship_by)  # fmt: skip
    found = select(*columns)
    if channel:
        found = found.where(order_book.c.connection == channel)
    if status == "open":
        found = found.where(order_book.c.open.is_(True))
    elif status:
        found = found.where(order_book.c.status == status)
    return _page(conn, found.order_by(order_book.c.updated_at.desc(), order_book.c.id), page)


def listings(conn: Connection, channel: str | None, page: int) -> Sequence[RowMapping]:
    """A page of listings, those with a problem first."""
    columns = (listing.c.id, listing.c.connection, listing.c.code, listing.c.product, listing.c.status,
               listing.c.selected, listing.c.problem)  # fmt: skip
    found = select(*columns)
    if channel:
        found = found.where(listing.c.connection == channel)
    return _page(conn, found.order_by(listing.c.problem.is_(None), listing.c.id), page)


def problems(conn: Connection, page: int) -> Sequence[RowMapping]:
    """A page of what is parked, the oldest first; with what is known of why."""
    failed = and_(handoff.c.subject == parked.c.subject, handoff.c.target == parked.c.lane,
                  handoff.c.direction == parked.c.direction, handoff.c.n == parked.c.n)  # fmt: skip
    columns = (parked.c.seller, parked.c.subject, parked.c.lane, parked.c.direction, parked.c.cause, parked.c.since,
               parked.c.money_cents, handoff.c.message)  # fmt: skip
    found = select(*columns).outerjoin_from(parked, handoff, failed).order_by(parked.c.since, parked.c.subject)
    return _page(conn, found, page)


def _page(conn: Connection, found: Select[Any], page: int) -> Sequence[RowMapping]:
    return conn.execute(found.limit(PAGE).offset(PAGE * page)).mappings().all()


def _count(one: Any, other: Any) -> Select[Any]:
    return select(one, other, func.count()).group_by(one, other)


def _pairs(conn: Connection, counted: Select[Any]) -> dict[tuple[str, str], int]:
    return {(one, other): number for one, other, number in conn.execute(counted)}


def _by_prefix(conn: Connection) -> dict[tuple[str, str], int]:
    """Causes are many, their prefixes few: a label takes no free text."""
    sums: dict[tuple[str, str], int] = {}
    for (seller, cause), number in _pairs(conn, _count(parked.c.seller, parked.c.cause)).items():
        key = (seller, cause.partition(":")[0])
        sums[key] = sums.get(key, 0) + number
    return sums
