"""Intake: leases what the doors wrote, reads each object once, takes it in, tells who has to know.

One failing object never stops another; whatever happens to the process, the next one does the rest.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Final

from cais.crash import crash_point
from cais.errors import NotFound
from cais.http.client import Sender
from cais.inbound import inbox
from cais.inbound.catalogue_intake import CatalogueIntake
from cais.inbound.context import RulesInForce
from cais.inbound.inbox import LEASE, Leased
from cais.inbound.order_intake import OrderIntake
from cais.inbound.reading import Reader
from cais.inbound.settle import Done, Later, Settlement, of_error, settle
from cais.inbound.starter import Starter
from cais.model.vocabulary import ObjectKind
from cais.outbound import settings
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf

BATCH: Final = 16
"""Objects leased, and read side by side, at a time."""


@dataclass(frozen=True)
class Round:
    """What one round did: objects by how they ended (`done`, `later`, `parked`, or why they came to nothing)."""

    ends: Counter[str]

    @property
    def taken(self) -> int:
        """Objects that were dealt with."""
        return self.ends.total()


class Intake:
    """The intake of all connections of one process."""

    def __init__(self, store: Store, shelf: RuleShelf, sender: Sender, starter: Starter) -> None:
        self._store, self._shelf = store, shelf
        reader = Reader(store.clock, sender)
        self._orders = OrderIntake(store, reader, sender, starter)
        self._catalogue = CatalogueIntake(store, reader, starter)
        self._worker = uuid.uuid4().hex

    async def round(self, seller: str, connection: str) -> Round:
        """Lease one batch of a connection and deal with it. Call it again at once while something was taken."""
        rules = await self._rules(seller, connection)
        if rules is None:
            return Round(Counter())
        await self._catalogue.reselect(rules)
        clock = self._store.clock
        worker = f"{self._worker}:{uuid.uuid4().hex[:8]}"
        leased = await self._store.write(inbox.lease, connection, worker, BATCH, clock.now(), clock.real(LEASE))
        crash_point("intake.leased")
        ends = await asyncio.gather(*(self._end(rules, each) for each in leased))
        return Round(Counter(_name(end) for end in ends))

    async def _rules(self, seller: str, connection: str) -> RulesInForce | None:
        """None where the rules no longer list the connection."""
        try:
            rules, generation = await self._shelf.active(seller)
            given = await self._store.read(settings.read, seller, connection)
            return RulesInForce(rules, generation, rules.connection(connection), given)
        except NotFound:
            return None

    async def _end(self, rules: RulesInForce, leased: Leased) -> Settlement:
        try:
            end = await self._taken(rules, leased)
        except Exception as error:
            end = of_error(error, rules.connection, leased)
        await self._store.write(settle, self._store.clock, leased, end, rules.generation)
        return end

    async def _taken(self, rules: RulesInForce, leased: Leased) -> Settlement:
        if leased.kind in (ObjectKind.ORDER, ObjectKind.SHIPMENT):
            return await self._orders.take(rules, leased)
        return await self._catalogue.take(rules, leased)


def _name(end: Settlement) -> str:
    if isinstance(end, Done):
        return end.cause or "done"
    return "later" if isinstance(end, Later) else "parked"
