"""Reading one object of a connection: what the platform gave, as it gave it, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cais.clock import Clock
from cais.errors import NotFound, PlatformRefused
from cais.http.client import Fetched, Sender
from cais.http.paging import failure
from cais.inbound.context import RulesInForce
from cais.model.vocabulary import ObjectKind, OutcomeKind
from cais.rules.operation import Operation

DEADLINE: Final = timedelta(seconds=60)
"""For a reading with all of its steps (nominal); shorter than the lease of an inbox row."""


@dataclass(frozen=True)
class Reading:
    """An object as it was read. `began` is the time before the first request left."""

    operation: Operation
    began: datetime
    fetched: Fetched = field(repr=False)

    @property
    def document(self) -> Mapping[str, Any]:
        """The platform's answers by the names of the steps, of an operation without steps under `body`."""
        return self.fetched.document

    @property
    def mapping_hash(self) -> str | None:
        return self.operation.mapping.hash if self.operation.mapping else None

    def value(self) -> Any:
        """The canonical value or values. Raises MappingError, MissingSetting."""
        return self.fetched.read()


class Reader:
    """Reads objects by the operation of their kind, on the bulk share of the limits."""

    def __init__(self, clock: Clock, sender: Sender) -> None:
        self._clock, self._sender = clock, sender

    async def read(self, rules: RulesInForce, kind: ObjectKind, object_id: str) -> Reading:
        """Read one object. Raises `NotFound`, `TryLater`, `PlatformRefused`, `MappingError`, `MissingSetting`."""
        platform = rules.connection.platform
        operation = platform.operations.get(f"get_{kind}")
        if operation is None:
            raise PlatformRefused(f"{platform.name} has no operation get_{kind}")
        began = self._clock.now()
        return Reading(operation, began, await self._fetch(rules, operation, object_id))

    async def resolve(self, rules: RulesInForce, kind: ObjectKind, object_id: str) -> str:
        """The id of the object that this one belongs to, by the platform file's `resolve`. Raises as `read`."""
        platform = rules.connection.platform
        way = platform.file.resolve.get(kind)
        if way is None:
            raise PlatformRefused(f"{platform.name} does not say what a {kind} belongs to")
        found = (await self._fetch(rules, platform.operations[way.operation], object_id)).outcome.remote_id
        if found is None:
            raise NotFound(f"{kind} {object_id} belongs to nothing at {rules.connection.name}")
        return found

    async def _fetch(self, rules: RulesInForce, operation: Operation, object_id: str) -> Fetched:
        context = {"id": object_id, "settings": rules.settings}
        fetched = await self._sender.fetch(rules.connection, operation, context, share="bulk", deadline=DEADLINE)
        match fetched.outcome.kind:
            case OutcomeKind.OK | OutcomeKind.EXISTS:
                return fetched
            case OutcomeKind.NOT_FOUND:
                raise NotFound(f"{rules.connection.name} has no such object")
        raise failure(operation, fetched.outcome, self._clock)
