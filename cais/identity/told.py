"""What an order's workflow was told last by each connection, so that a reading without news costs it nothing.

Written after the signal was accepted: a process that dies in between tells it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select

from cais.model import wire
from cais.model.observation import Observation
from cais.store.tables import told
from cais.store.upsert import upsert

UNSURE: Final = timedelta(minutes=5)
"""Real: how long a machine may keep what was written before it is on the disk, many times over."""


def digest(observations: Sequence[Observation]) -> str:
    """SHA-256 (hex) of what is said, whenever it is said."""
    said: list[dict[str, Any]] = [each.model_dump(mode="json") for each in observations]
    return wire.digest(said)


def last(conn: Connection, order_id: str, source: str) -> str | None:
    """Digest of the connection's last word to the order; None if there was none."""
    known = select(told.c.digest).where(told.c.order_id == order_id, told.c.source == source)
    return conn.execute(known).scalar_one_or_none()


def keep(conn: Connection, seller: str, order_id: str, source: str, said: str, now: datetime) -> None:
    """The workflow has the connection's word."""
    upsert(conn, told, {"order_id": order_id, "source": source, "seller": seller, "digest": said, "at": now})


def forget_newest(conn: Connection) -> None:
    """A power cut may have taken what Temporal heard last: its file reaches the disk by and by. It is told again."""
    newest = conn.execute(select(func.max(told.c.at))).scalar_one_or_none()
    if newest is not None:
        conn.execute(delete(told).where(told.c.at >= newest - UNSURE))


def forget(conn: Connection, order_id: str) -> None:
    """The workflow may have lost what it was told: the next readings tell it again."""
    conn.execute(delete(told).where(told.c.order_id == order_id))
