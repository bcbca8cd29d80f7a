"""Parked: what waits for a person or an edit, under which cause, and how it is woken without a wake-up lost.

A cause is read and registered in one transaction that holds the seller's row of `active`; giving a setting and
activating rules take the same row first. So either the one who parks sees the change, or the change sees the row.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from cais.crash import crash_point
from cais.model.handoff import Act
from cais.model.vocabulary import Direction
from cais.store.tables import active, listed_variant, parked
from cais.store.upsert import upsert

CAUSES: Final = (
    "mapping",
    "setting",
    "reject",
    "fatal",
    "not_found",
    "requires",
    "doubt",
    "price",
    "guard",
    "observe",
)
"""The prefixes of causes, a closed list: what somebody has to mend. `<prefix>` or `<prefix>:<what>`."""

_MARKED: Final = 1


@dataclass(frozen=True)
class Parked:
    """What waits: an act in the lane of its target, or an object in the lane `intake`.

    `mapping` is the one whose edit wakes it, named as `active.hashes` names it.
    """

    seller: str
    subject: str
    lane: str
    direction: str
    n: str
    cause: str
    mapping: str | None = None
    money_cents: int | None = None

    @classmethod
    def of_act(cls, seller: str, act: Act, cause: str, mapping: str | None, money_cents: int | None) -> Parked:
        return cls(seller, act.subject, act.target, act.direction.value, act.n, cause, mapping, money_cents)


def generation(conn: Connection, seller: str) -> int:
    """The seller's generation of rules, held until the end of the transaction; 0 if nothing is active."""
    held = select(active.c.generation).where(active.c.seller == seller).with_for_update(read=True)
    return conn.execute(held).scalar_one_or_none() or 0


def hold(conn: Connection, seller: str) -> None:
    """Let nobody of the seller park until the end of the transaction: a cause is about to be mended."""
    conn.execute(select(active.c.seller).where(active.c.seller == seller).with_for_update())


def register(conn: Connection, waiting: Parked, seen: int, now: datetime) -> None:
    """Park: the cause was read in this transaction, under generation `seen` of the rules.

    The row replaces the one that stood there; what waits again for the same cause has waited since it first did.
    """
    key = (waiting.subject, waiting.lane, waiting.direction, waiting.n)
    same = select(parked.c.since).where(*_is(*key), parked.c.cause == waiting.cause)
    since = conn.execute(same).scalar_one_or_none() or now
    row = {**asdict(waiting), "generation": seen, "since": since, "woken": 0, "woken_at": None}
    upsert(conn, parked, row)


def clear(conn: Connection, subject: str, lane: str, direction: str, n: str) -> None:
    """It waits no longer."""
    conn.execute(delete(parked).where(*_is(subject, lane, direction, n)))


def wake(conn: Connection, seller: str, cause: str, now: datetime, target: str | None = None) -> int:
    """`cause` is mended, on one connection or everywhere: mark what waits for it; how many rows."""
    which = [parked.c.seller == seller, parked.c.cause == cause]
    if target is not None:
        # An object of the inbox stands in the lane `intake`, and names its connection in its subject.
        which.append(or_(parked.c.lane == target, parked.c.subject.startswith(f"inbox:{target}:", autoescape=True)))
    return conn.execute(update(parked).where(*which).values(woken=_MARKED, woken_at=now)).rowcount


def wake_act(conn: Connection, act: Act, now: datetime) -> None:
    """What the act waits for was mended for it alone: mark it."""
    waiting = _is(act.subject, act.target, act.direction.value, act.n)
    conn.execute(update(parked).where(*waiting).values(woken=_MARKED, woken_at=now))


def wake_mappings(conn: Connection, seller: str, mappings: Collection[str], now: datetime) -> int:
    """These mappings of the seller were edited: mark what waits on one of them; how many rows."""
    which = (parked.c.seller == seller, parked.c.mapping.in_(sorted(mappings)))
    count = conn.execute(update(parked).where(*which).values(woken=_MARKED, woken_at=now)).rowcount
    crash_point("parked.marked")
    return count


def wake_prices(conn: Connection, seller: str, sku: str, now: datetime) -> int:
    """The SKU's price changed: mark the listings that could not be made for want of one; how many rows."""
    listings = select(listed_variant.c.listing).where(listed_variant.c.seller == seller, listed_variant.c.sku == sku)
    which = (parked.c.seller == seller, parked.c.subject.in_(listings), parked.c.cause.startswith("price:"))
    return conn.execute(update(parked).where(*which).values(woken=_MARKED, woken_at=now)).rowcount


def wake_required(conn: Connection, subject: str, lane: str, directions: Collection[Direction], now: datetime) -> int:
    """The lane's target said itself what it asks to be told first: mark what waited for that; how many rows."""
    causes = [f"requires:{direction}" for direction in directions]
    which = (parked.c.subject == subject, parked.c.lane == lane, parked.c.cause.in_(causes))
    return conn.execute(update(parked).where(*which).values(woken=_MARKED, woken_at=now)).rowcount


def wake_unmapped(conn: Connection, subject: str, now: datetime) -> int:
    """The subject's document changed: mark its acts that could not be made of the one before; how many rows."""
    which = (parked.c.subject == subject, parked.c.cause.startswith("mapping:"))
    return conn.execute(update(parked).where(*which).values(woken=_MARKED, woken_at=now)).rowcount


def _is(subject: str, lane: str, direction: str, n: str) -> tuple[ColumnElement[bool], ...]:
    return parked.c.subject == subject, parked.c.lane == lane, parked.c.direction == direction, parked.c.n == n
