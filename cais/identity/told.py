"""What an order's workflow was told last by each connection, so that a reading without news costs it nothing.

Written after the signal was accepted: a process that dies in between tells it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from cais.model import wire
from cais.model.observation import Observation
from cais.store.tables import told
from cais.store.upsert import upsert


def digest(observations: Sequence[Observation]) -> str:
    """SHA-256 (hex) of what is said, whenever it is said."""
    said: list[dict[str, Any]] = [each.model_dump(mode="json") for each in observations]
    return wire.digest(said)


def is_news(conn: Connection, order_id: str, source: str, said: str) -> bool:
    """Whether the connection's last word to the order was another."""
    return _last(conn, order_id, source) != said


def was_told(conn: Connection, order_id: str, source: str) -> bool:
    """Whether the connection ever had a word with the order."""
    return _last(conn, order_id, source) is not None


def keep(conn: Connection, seller: str, order_id: str, source: str, said: str, now: datetime) -> None:
    """The workflow has the connection's word."""
    upsert(conn, told, {"order_id": order_id, "source": source, "seller": seller, "digest": said, "at": now})


def forget(conn: Connection, order_ids: Sequence[str]) -> None:
    """The workflows may have lost what they were told: the next readings tell it again."""
    conn.execute(delete(told).where(told.c.order_id.in_(order_ids)))


def _last(conn: Connection, order_id: str, source: str) -> str | None:
    last = select(told.c.digest).where(told.c.order_id == order_id, told.c.source == source)
    return conn.execute(last).scalar_one_or_none()
