"""The record, where no handoff carries it: what a workflow decided, into the book."""

from __future__ import annotations

from temporalio import activity

from activities.failure import told
from cais.hub import Hub
from cais.identity.recording import record
from cais.model.handoff import Record


class RecordActivity:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @activity.defn
    async def record(self, state: Record) -> None:
        """Written when this returns; a revision that the book has changes nothing."""
        with told():
            await self._hub.store.write(record, state, self._hub.store.clock.now())
