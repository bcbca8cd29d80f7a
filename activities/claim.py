"""The claims, as workflows ask for them: the first thing a run does."""

from __future__ import annotations

from functools import partial

from temporalio import activity

from activities.failure import told
from cais.errors import NotFound, Refused
from cais.hub import Hub
from cais.identity import listed
from cais.identity.claim import Planner, claim
from cais.model.claim import Claim, ClaimRequest
from cais.model.selection import ListingClaim, ListingClaimRequest
from cais.model.vocabulary import Flow
from cais.ownership import plan_for


class ClaimActivity:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @activity.defn
    async def claim(self, request: ClaimRequest) -> Claim:
        """The book's answer. Refuses a seller or channel that no active rules know."""
        with told():
            planner = await self._planner(request)
            store = self._hub.store
            answer = await store.write(claim, request, planner, store.clock.now())
        return answer.model_copy(update={"speed": store.clock.speed})

    @activity.defn
    async def claim_listing(self, request: ListingClaimRequest) -> ListingClaim:
        """What the book has of a listing."""
        store = self._hub.store
        with told():
            answer = await store.write(listed.claim, request)
        return answer.model_copy(update={"speed": store.clock.speed})

    async def _planner(self, request: ClaimRequest) -> Planner:
        start = request.start
        try:
            rules, generation = await self._hub.shelf.active(start.seller)
            channel = rules.of_seller(start.seller).connections.get(start.channel)
        except NotFound as error:
            raise Refused(str(error)) from None
        if channel is None or channel.flow is not Flow.SALES_CHANNEL:
            raise Refused(f"{start.channel} is no sales channel of {start.seller}")
        return partial(plan_for, rules, generation, start.seller)
