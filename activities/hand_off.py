"""The handoff, as workflows ask for it: one act at one target, its fate found out or made."""

from __future__ import annotations

from typing import Final

from temporalio import activity

from activities.failure import told
from cais.hub import Hub
from cais.model.handoff import HandoffOrder, HandoffResult

MISHAPS: Final = 12
"""The attempt from which on an error that nobody foresaw parks the act: else it fails for ever, and nobody sees it."""


class HandOffActivity:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @activity.defn
    async def hand_off(self, order: HandoffOrder) -> HandoffResult:
        """What has become of the act. Raises with the time of the next try while its fate is open."""
        with told(patient=activity.info().attempt < MISHAPS):
            return await self._hub.outbound.hand_off(order)
