"""The record of every request that arrived, for those who check what a hub did."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from sandbox.operation import Call
from sandbox.state import State

_COLUMNS = (
    "seq", "at", "real_at", "platform", "account", "method", "path", "operation", "body_sha256", "status",
    "effect", "fault",
)  # fmt: skip
_INSERT = f"INSERT INTO call ({', '.join(_COLUMNS[1:])}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def record(call: Call, status: int, *, effect: bool, fault: str | None) -> None:
    """Write down a call in the open transaction. `status` 0: the connection was closed without an answer."""
    call.world.state.execute(
        _INSERT, call.world.clock.now().isoformat(), time.time(), call.platform, call.account, call.method,
        call.path, call.operation, hashlib.sha256(call.body).hexdigest(), status, int(effect), fault,
    )  # fmt: skip


def listed(state: State, wanted: dict[str, str], since: int = 0) -> list[dict[str, Any]]:
    """The calls after `seq` since that have the wanted values (keys: platform, operation, account, method)."""
    keys = [key for key in ("platform", "operation", "account", "method") if key in wanted]
    where = " AND ".join(["seq > ?", *(f"{key} = ?" for key in keys)])
    statement = f"SELECT {', '.join(_COLUMNS)} FROM call WHERE {where} ORDER BY seq"
    rows = state.query(statement, since, *(wanted[key] for key in keys))
    return [dict(zip(_COLUMNS, row, strict=True)) | {"effect": bool(row[10])} for row in rows]
