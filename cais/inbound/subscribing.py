"""Subscriptions: platforms with a call for it are told where to send their hooks, and told again every day.

A platform may forget an address that got no event for some days; being told twice changes nothing (housekeeping).
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from cais.errors import ActError, Misconfigured
from cais.http.client import Sender
from cais.model.vocabulary import OutcomeKind
from cais.rules.connection import ConnectionRules
from cais.store.connections import get_connection
from cais.store.engine import Store
from cais.store.hooks import HookAddress, hook_addresses
from cais.store.rulesets import RuleShelf
from cais.store.tables import cursor
from cais.store.upsert import upsert

OPERATION: Final = "subscribe_hooks"
AGAIN_AFTER: Final = timedelta(hours=24)
"""Nominal."""
PAUSE_S: Final = 5.0
"""Between two looks (real seconds)."""

log = logging.getLogger(__name__)


class Subscriptions:
    """Keeps every platform told where the hub listens."""

    def __init__(self, store: Store, shelf: RuleShelf, sender: Sender) -> None:
        self._store, self._shelf, self._sender = store, shelf, sender

    async def keep(self) -> None:
        """Look again and again until cancelled."""
        while True:
            for address in await hook_addresses(self._store):
                await self._subscribe(address)
            await asyncio.sleep(PAUSE_S)

    async def _subscribe(self, address: HookAddress) -> None:
        connection = await self._connection(address.connection)
        if OPERATION not in connection.platform.operations or connection.mode != "live":
            return
        now = self._store.clock.now()
        since = now - self._store.clock.real(AGAIN_AFTER)
        if await self._store.read(_told, address, since) or not await self._tell(connection, address):
            return
        await self._store.write(_note, connection.seller, address, now)

    async def _tell(self, connection: ConnectionRules, address: HookAddress) -> bool:
        operation = connection.platform.operations[OPERATION]
        context = {"run": {"hook_url": address.base, "now": self._store.clock.now()}}
        try:
            outcome = (await self._sender.call(connection, operation, context, share="bulk")).outcome
        except (ActError, Misconfigured) as error:
            log.warning("%s cannot be told where to send its hooks: %s", connection.name, error)
            return False
        if outcome.kind is not OutcomeKind.OK:
            log.warning("%s does not take the hook address: %s %s", connection.name, outcome.kind, outcome.code)
        return outcome.kind is OutcomeKind.OK

    async def _connection(self, name: str) -> ConnectionRules:
        seller = await self._store.read(_seller, name)
        rules, _ = await self._shelf.active(seller)
        return rules.connection(name)


def _seller(conn: Connection, name: str) -> str:
    return get_connection(conn, name).seller


def _told(conn: Connection, address: HookAddress, since: datetime) -> bool:
    mine = (cursor.c.connection == address.connection, cursor.c.operation == OPERATION)
    row = conn.execute(select(cursor.c.value, cursor.c.read_at).where(*mine)).first()
    return row is not None and row.value == address.base and row.read_at > since


def _note(conn: Connection, seller: str, address: HookAddress, now: datetime) -> None:
    key = {"connection": address.connection, "operation": OPERATION}
    upsert(conn, cursor, {**key, "seller": seller, "value": address.base, "read_at": now})
