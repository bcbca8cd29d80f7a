"""The work on one act: what was read, once, before anything is decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cais.model.handoff import Act, HandoffOrder
from cais.model.vocabulary import Direction
from cais.outbound.listed import Shop
from cais.rules.connection import ConnectionRules
from cais.rules.operation import Dedup, Operation

MARGIN: Final = timedelta(seconds=10)
"""How much longer a lease lives than the deadline of its request (nominal): no clock is off by more."""

SETTLE: Final = timedelta(seconds=5)
"""Nominal; how long a platform that does not say otherwise may take to show what it took."""


@dataclass(frozen=True)
class Task:
    """An act, and the rules that are active for it. `name` is that of the operation that should carry it out."""

    order: HandoffOrder
    shop: Shop
    name: str
    digest: str
    generation: int

    @property
    def act(self) -> Act:
        return self.order.act

    @property
    def seller(self) -> str:
        return self.order.seller

    @property
    def connection(self) -> ConnectionRules:
        return self.shop.rules

    @property
    def observes(self) -> bool:
        """Nothing may be sent."""
        return "observe" in (self.order.mode, self.connection.mode)

    @property
    def creates_order(self) -> bool:
        return self.act.direction is Direction.ORDER


@dataclass(frozen=True)
class Work(Task):
    """A task that the platform has an operation for."""

    operation: Operation

    @property
    def dedup(self) -> Dedup | None:
        return self.operation.dedup

    @property
    def settle(self) -> timedelta:
        """Nominal."""
        return SETTLE if self.dedup is None else self.dedup.settle

    @property
    def lease(self) -> timedelta:
        """Nominal. Longer than the deadline of the request, shorter than the activity may take."""
        return self.operation.timeout + MARGIN

    @property
    def mapping(self) -> str:
        """Whose edit may mend a refusal, as `active.hashes` names it: the mapping, or the operation without one."""
        return self.mended_by(self.operation)

    def mended_by(self, operation: Operation) -> str:
        """The same for another operation of the act, such as its look-up."""
        mappings = operation.mappings
        return f"{self.connection.name}/{mappings[0].name if mappings else operation.name}"
