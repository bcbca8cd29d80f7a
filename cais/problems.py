"""Problems: a view over what is parked, which circuits are open and what orders are marked with, grouped by cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, and_, select

from cais.store.tables import connection, handoff, inbox, order_book, parked, wanted


@dataclass(frozen=True)
class Case:
    """One thing that waits: an order's or listing's lane, an inbox object, a connection."""

    cause: str
    seller: str
    subject: str
    where: str
    since: datetime | None
    cents: int = 0
    why: str | None = None
    """Where it failed: codes and positions."""


@dataclass(frozen=True)
class Group:
    """All cases of one cause. `money` in major units: the totals of the orders held up."""

    cause: str
    seller: str
    count: int
    oldest: datetime | None
    money: Decimal
    subjects: tuple[str, ...]
    why: str | None = None
    """That of the oldest case that has one."""


def cases(conn: Connection) -> list[Case]:
    """Every case, unsorted."""
    return [*_parked(conn), *_values(conn), *_circuits(conn), *_marks(conn), *_unknown(conn)]


def groups(conn: Connection, *, examples: int = 3) -> list[Group]:
    """All causes, the one that holds up the most first; `examples` subjects each."""
    by_cause: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases(conn):
        by_cause[case.seller, case.cause].append(case)
    found = [_group(seller, cause, held, examples) for (seller, cause), held in by_cause.items()]
    return sorted(found, key=lambda group: (-group.money, -group.count, group.cause))


def _group(seller: str, cause: str, held: list[Case], examples: int) -> Group:
    subjects = dict.fromkeys(case.subject for case in held)
    money = {case.subject: case.cents for case in held}
    since = [case.since for case in held if case.since]
    total = Decimal(sum(money.values())).scaleb(-2)
    why = next((case.why for case in held if case.why), None)
    return Group(cause, seller, len(held), min(since, default=None), total, tuple(subjects)[:examples], why)


def _parked(conn: Connection) -> Iterator[Case]:
    failed = and_(handoff.c.subject == parked.c.subject, handoff.c.target == parked.c.lane,
                  handoff.c.direction == parked.c.direction, handoff.c.n == parked.c.n)  # fmt: skip
    found = select(parked, handoff.c.message).outerjoin(handoff, failed).order_by(parked.c.since)
    for row in conn.execute(found):
        where = f"{row.lane} {row.direction} {row.n}"
        yield Case(row.cause, row.seller, row.subject, where, row.since, row.money_cents or 0, row.message)


def _values(conn: Connection) -> Iterator[Case]:
    stuck = select(wanted).where(wanted.c.state == "parked")
    for row in conn.execute(stuck):
        where = f"{row.connection} {row.group} {row.sku}"
        yield Case(row.cause or "unknown", row.seller, row.listing, where, row.wanted_at)


def _circuits(conn: Connection) -> Iterator[Case]:
    for row in conn.execute(select(connection).where(connection.c.circuit != "closed")):
        cause = f"connection:{row.name}"
        yield Case(cause, row.seller, f"connection:{row.name}", row.circuit_cause or "", row.circuit_since)


def _marks(conn: Connection) -> Iterator[Case]:
    """Marks that orders carry and that no parked row stands for, such as a cancellation that was refused."""
    known = {(row.subject, row.cause) for row in conn.execute(select(parked.c.subject, parked.c.cause))}
    for row in conn.execute(select(order_book).where(order_book.c.open, order_book.c.problems.is_not(None))):
        for cause in row.problems or ():
            if (row.id, cause) not in known:
                yield Case(cause, row.seller, row.id, row.status, row.updated_at, row.total_cents or 0)


def _unknown(conn: Connection) -> Iterator[Case]:
    """Orders that were started with their identity alone, and that their channel does not know."""
    asked = and_(inbox.c.connection == order_book.c.connection, inbox.c.object_id == order_book.c.remote_id)
    missed = (order_book.c.open, order_book.c.document.is_(None), inbox.c.kind == "order", inbox.c.cause == "not_found")
    found = select(order_book.c.id, order_book.c.seller, order_book.c.connection, order_book.c.status,
                   order_book.c.created_at).join(inbox, asked).where(*missed).distinct()  # fmt: skip
    for row in conn.execute(found):
        yield Case(f"document:{row.connection}", row.seller, row.id, row.status, row.created_at)
