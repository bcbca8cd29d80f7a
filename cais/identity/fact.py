"""Facts: the newest word of its owner on a payment, a package, a cancellation of an order, as canonical documents.

Handoffs are rendered from these. Content by direction: payment → `Payment`; invoice, shipping_info, dispatch,
delivery → `Package` (the invoice's XML by digest); cancellations → `Cancellation`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from cais.model.vocabulary import Direction
from cais.store.tables import fact
from cais.store.upsert import upsert


@dataclass(frozen=True)
class Fact:
    """`key` tells the things of one direction apart: payment id, package id, or empty."""

    direction: Direction
    key: str
    content: dict[str, Any]


def keep(
    conn: Connection, seller: str, order_id: str, source: str, as_of: datetime, facts: Iterable[Fact]
) -> tuple[Fact, ...]:
    """Write what is not older than what is known; those facts whose content is new."""
    return tuple(new for new in facts if _keep(conn, seller, order_id, source, as_of, new))


def _keep(conn: Connection, seller: str, order_id: str, source: str, as_of: datetime, new: Fact) -> bool:
    known = conn.execute(select(fact.c.as_of, fact.c.content).where(*_is(order_id, new.direction, new.key))).first()
    if known is not None and (known.as_of > as_of or known.content == new.content):
        return False
    row = {"order_id": order_id, "direction": new.direction.value, "key": new.key, "seller": seller}
    upsert(conn, fact, {**row, "source": source, "as_of": as_of, "content": new.content})
    return True


def _is(order_id: str, direction: Direction, key: str) -> tuple[Any, ...]:
    return fact.c.order_id == order_id, fact.c.direction == direction.value, fact.c.key == key
