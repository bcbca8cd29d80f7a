"""Who bought an order: sealed under the order's own key, so that deleting the key erases the buyer everywhere."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import Connection, select

from cais.errors import NotFound
from cais.model import wire
from cais.store.seal import KeyRing
from cais.store.tables import buyer
from cais.store.upsert import upsert


class Kept(Enum):
    """What became of what a channel shows of a buyer."""

    SAME = auto()
    CHANGED = auto()
    ERASED = auto()
    """The buyer was erased: nothing may be kept again."""


def keep(
    conn: Connection, keys: KeyRing, seller: str, order_id: str, personal: dict[str, Any], as_of: datetime
) -> Kept:
    """Seal what the channel shows of the buyer.

    Channels show the buyer for a while only: what is null now stays as it was seen first.
    """
    try:
        before = read(conn, keys, order_id) or {}
    except NotFound:
        return Kept.ERASED
    shown = {name: value for name, value in personal.items() if value is not None}
    merged = {**personal, **before, **shown}
    if merged == before or not any(merged.values()):
        return Kept.SAME
    sealed = keys.seal(conn, order_id, seller, wire.dumps(merged))
    upsert(conn, buyer, {"order_id": order_id, "seller": seller, "sealed": sealed, "as_of": as_of})
    return Kept.CHANGED


def read(conn: Connection, keys: KeyRing, order_id: str) -> dict[str, Any] | None:
    """`{buyer, billing_address, shipping_address}`, or None if none was shown. Raises `NotFound` when erased."""
    sealed = _sealed(conn, order_id)
    return None if sealed is None else wire.as_object(keys.unseal(conn, order_id, sealed))


def erased(conn: Connection, keys: KeyRing, order_id: str) -> bool:
    """Whether there was a buyer whose key is deleted."""
    try:
        read(conn, keys, order_id)
    except NotFound:
        return True
    return False


def _sealed(conn: Connection, order_id: str) -> bytes | None:
    return conn.execute(select(buyer.c.sealed).where(buyer.c.order_id == order_id)).scalar_one_or_none()
