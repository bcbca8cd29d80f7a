"""Reaches what is parked and was woken: workflows by a signal, objects of the inbox by their rows."""

from __future__ import annotations

from cais.inbound import settle
from cais.inbound.starter import TemporalStarter
from cais.store.engine import Store


class HubWaker:
    """The `Waker` of a hub."""

    def __init__(self, store: Store, starter: TemporalStarter) -> None:
        self._store, self._starter = store, starter

    async def retry(self, subject: str, lane: str) -> None:
        """Have `subject` try its parked acts in `lane` again. Raises `NotFound` if it does not run."""
        if settle.is_object(subject):
            await self._store.write(settle.reopen, subject, self._store.clock.now())
        else:
            await self._starter.retry(subject, lane)
