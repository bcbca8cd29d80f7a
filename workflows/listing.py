"""ListingLifecycle: one durable run for each offer on a channel, for as long as it is offered.

A thin shell: `cais.lifecycle.listing` decides everything, this waits, starts activities and shows the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pydantic import ValidationError
from temporalio import workflow

from cais.lifecycle import listing as life
from cais.lifecycle.answer import Answer
from cais.lifecycle.lane import Entry, Lane
from cais.lifecycle.listing import ListingState
from cais.lifecycle.listing_details import details
from cais.lifecycle.message import Message, faults
from cais.model.base import Value
from cais.model.handoff import Act, HandoffOrder, Record
from cais.model.selection import ListingClaim, ListingClaimRequest, ListingStart
from cais.temporal.attributes import of_listing
from workflows import book
from workflows.handoffs import Handoffs
from workflows.inbox import json_of, one_raw_value, takes
from workflows.interpreter import interpreter
from workflows.living import Living
from workflows.shown import Shown

TOLD: Final = (
    ("select", "The seller's rules want it sold, with these variants."),
    ("unselect", "The seller's rules no longer want it sold."),
    ("observe_listing", "How the channel shows it."),
)


class Carry(Value):
    """What a run hands on to the next."""

    start: ListingStart
    state: ListingState
    claimed: bool = False
    queue: tuple[Message, ...] = ()


class CarriedOn(Value):
    """The start payload at continue-as-new."""

    carry: Carry


@workflow.defn(name="ListingLifecycle")
@takes("listing", TOLD)
class ListingLifecycle(Living[ListingState]):
    @workflow.init
    @one_raw_value
    def __init__(self, *start: object) -> None:
        self._handoffs = Handoffs()
        self._shown = Shown()
        self._stirred = False
        self._heard_at = None
        self._carry, self._refusal = _read(start)
        self._state = self._carry.state.change(interpreter=interpreter())
        self._inbox = list(self._carry.queue)
        self._known = self._carry.claimed

    @workflow.run
    @one_raw_value
    async def run(self, *start: object) -> dict[str, Any]:
        """The life of a listing: told what is wanted, telling its channel, until it is closed."""
        if self._refusal:
            raise book.refused(self._refusal)
        await self._claim()
        self._take_in()
        while not await self._is_over():
            self._handoffs.follow([self._state.lane], self._order_for, self._state.speed)
            await self._record()
            self._show()
            self._renew()
            await workflow.wait_condition(lambda: self._stirred or self._handoffs.answered)
            self._take_in()
        self._show()
        return life.view(self._state)

    @workflow.query(name="state", description="Where the listing stands.")
    def view(self) -> dict[str, Any]:
        return life.view(self._state)

    def refused(self, message: Message) -> str | None:
        return life.refused_now(self._state, message)

    def _claimed(self) -> bool:
        return self._known

    def _apply(self, message: Message) -> tuple[ListingState, Answer]:
        return life.apply(self._state, message)

    async def _claim(self) -> None:
        """Go on from where the run before ended, if there was one."""
        if not self._known:
            request = ListingClaimRequest(start=self._carry.start, run=workflow.info().run_id)
            claim = await book.ask("claim_listing", request, ListingClaim)
            state = self._state if claim.snapshot is None else life.resume(claim.snapshot, claim.speed)
            self._state = state.change(speed=claim.speed, interpreter=self._state.interpreter)
            self._known = True

    def _take_in(self) -> None:
        """What came since: messages, answers of the channel."""
        self._stirred = False
        self._read_inbox()
        for answered in self._handoffs.take():
            self._state = life.settle(self._state, answered.entry, answered.result).acknowledge(answered.rev)

    def _order_for(self, lane: Lane, entry: Entry) -> HandoffOrder:
        state = self._state
        return HandoffOrder(
            seller=state.seller,
            act=Act(subject=self._carry.start.workflow_id, target=lane.target, direction=entry.direction, n=entry.n),
            plan=state.plan,
            annul=entry.annul,
            record=self._recorded() if state.rev > state.recorded else None,
            mode=state.mode,
        )

    def _recorded(self) -> Record:
        return life.record(self._state, self._carry.start.workflow_id, workflow.info().run_id)

    def _show(self) -> None:
        self._shown.show(of_listing(self._state), details(self._state))

    def _renew(self) -> None:
        """Continue as new at once when the server suggests it."""
        if workflow.info().is_continue_as_new_suggested():
            now = {"state": self._state, "claimed": True, "queue": tuple(self._inbox)}
            carried = CarriedOn(carry=self._carry.model_copy(update=now))
            workflow.continue_as_new(carried.model_dump(mode="json", exclude_defaults=True))

    async def _is_over(self) -> bool:
        """Closed on its channel, and the book has it. What comes while that is written goes before."""
        if not self._state.finished or self._inbox:
            return False
        self._state = self._state.ended()
        await self._write()
        if self._stirred:
            self._state = self._state.change(closed=False)
            self._take_in()
        return self._state.closed


def _read(start: Sequence[object]) -> tuple[Carry, str]:
    """What the run begins with, and why it can't. A carry is taken only from the run before."""
    text = json_of(start)
    info = workflow.info()
    if text is not None and info.continued_run_id is not None:
        return CarriedOn.model_validate_json(text).carry, ""
    nothing = ListingStart(seller="unknown", channel="unknown", listing="unknown")
    try:
        given = ListingStart.model_validate_json(text or "")
    except ValidationError as error:
        return Carry(start=nothing, state=life.begin(nothing)), f"a listing starts with a JSON object: {faults(error)}"
    wrong = given.workflow_id != info.workflow_id
    reason = f"the id of this listing's workflow is {given.workflow_id}" if wrong else ""
    return Carry(start=given, state=life.begin(given)), reason
