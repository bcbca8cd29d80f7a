"""OrderLifecycle: one durable run for each order, from its claim to a while after its last milestone.

A thin shell: `cais.lifecycle.order` decides everything, this waits, starts activities and shows the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ApplicationError

from cais.errors import WrongUse
from cais.lifecycle import order as life
from cais.lifecycle.answer import Answer
from cais.lifecycle.deadline import next_notice
from cais.lifecycle.details import details
from cais.lifecycle.lane import Entry, Lane
from cais.lifecycle.message import Message, faults
from cais.lifecycle.state import OrderState
from cais.model.base import Time, Value
from cais.model.claim import Claim, ClaimRequest, OrderStart
from cais.model.handoff import Act, HandoffOrder, Record
from cais.temporal.attributes import of_order
from workflows import book
from workflows.alarm import Alarm
from workflows.handoffs import Handoffs
from workflows.inbox import json_of, one_raw_value, takes
from workflows.interpreter import interpreter
from workflows.living import Living
from workflows.shown import Shown

LINGER: Final = timedelta(seconds=60)
"""Nominal. How long a finished order waits for more, after a message that led to no handoff."""
OBSERVE: Final = ("observe", "One reading of the order by one connection.")


class Carry(Value):
    """What a run hands on to the next: the state, what was not read yet, and since when it has been quiet."""

    start: OrderStart
    state: OrderState
    queue: tuple[Message, ...] = ()
    heard_at: Time | None = None
    settled_at: Time | None = None


class CarriedOn(Value):
    """The start payload at continue-as-new."""

    carry: Carry


@workflow.defn(name="OrderLifecycle")
@takes("order", [OBSERVE])
class OrderLifecycle(Living[OrderState]):
    @workflow.init
    @one_raw_value
    def __init__(self, *start: object) -> None:
        self._handoffs = Handoffs()
        self._alarm = Alarm()
        self._shown = Shown()
        self._inbox: list[Message] = []
        self._stirred = False
        self._carry, self._refusal = _read(start)
        self._state = self._carry.state.change(interpreter=interpreter())
        self._inbox += self._carry.queue
        self._heard_at, self._settled_at = self._carry.heard_at, self._carry.settled_at

    @workflow.run
    @one_raw_value
    async def run(self, *start: object) -> dict[str, Any]:
        """The life of an order: claimed, then told things and telling others, until nothing is left to say."""
        if self._refusal:
            raise book.refused(self._refusal)
        if (known := await self._claim()) is not None:
            return known
        self._take_in()
        while not await self._is_over():
            await self._adopt_plan()
            self._hand_off()
            await self._record()
            self._show()
            self._renew()
            await self._news()
            self._take_in()
        self._show()
        return life.view(self._state)

    @workflow.query(name="state", description="Where the order stands.")
    def view(self) -> dict[str, Any]:
        return life.view(self._state)

    def refused(self, message: Message) -> str | None:
        return life.refused_now(self._state, message)

    def _claimed(self) -> bool:
        return self._state.plan is not None

    def _apply(self, message: Message) -> tuple[OrderState, Answer]:
        return life.apply(self._state, message)

    async def _claim(self) -> dict[str, Any] | None:
        """Whose order it is and by which plan it lives; the first run's word if it is known and closed."""
        workflow.set_current_details(details(self._state))
        while not self._claimed():
            told = len(self._inbox)
            claim = await self._ask()
            match claim.kind:
                case "same" if not self._inbox:
                    return claim.result
                case "conflict":
                    fields = ", ".join(claim.fields)
                    raise ApplicationError(f"another order has this id: it differs in {fields}", type="Conflict")
                case "awaiting":
                    await self._document(told)
                case _:
                    self._state = _pinned(self._state, claim)
        return None

    async def _document(self, told: int) -> None:
        """The order was started with its identity alone: intake tells it more than the `told` messages it had when it
        asked, perhaps before the answer."""
        self._show()
        self._renew()
        await workflow.wait_condition(lambda: len(self._inbox) > told)

    async def _ask(self, *, adopt: bool = False) -> Claim:
        info = workflow.info()
        news = bool(self._inbox)
        request = ClaimRequest(
            start=self._carry.start, workflow_id=info.workflow_id, run=info.run_id, news=news, adopt=adopt
        )
        return await book.ask("claim", request, Claim)

    def _take_in(self) -> None:
        """What came since: messages, answers of targets, the time."""
        self._stirred = False
        self._read_inbox()
        for answered in self._handoffs.take():
            self._state = life.settle(self._state, answered.target, answered.entry, answered.result)
            self._state = self._state.acknowledge(answered.rev)
            self._settled_at = workflow.now()
        self._state = life.look_at_clock(self._state, workflow.now())

    async def _adopt_plan(self) -> None:
        if not self._state.adopting:
            return
        try:
            claim = await self._ask(adopt=True)
            plan = claim.plan or self._state.pinned
            self._state = life.adopt(self._state, plan, claim.speed, workflow.now())
        except (ApplicationError, WrongUse) as error:
            self._state = life.not_adopted(self._state, str(error), workflow.now())

    def _hand_off(self) -> None:
        self._handoffs.follow(self._state.lanes.values(), self._order_for, self._state.speed)

    def _order_for(self, lane: Lane, entry: Entry) -> HandoffOrder:
        state, plan = self._state, self._state.pinned
        subject = workflow.info().workflow_id
        return HandoffOrder(
            seller=state.seller,
            act=Act(subject=subject, target=lane.target, direction=entry.direction, n=entry.n),
            plan=plan.digest,
            annul=entry.annul,
            record=self._recorded() if state.rev > state.recorded else None,
            mode=plan.mode,
        )

    def _recorded(self) -> Record:
        info = workflow.info()
        return life.record(self._state, info.workflow_id, info.run_id)

    def _show(self) -> None:
        self._shown.show(of_order(self._state), details(self._state))

    def _renew(self) -> None:
        """Continue as new at once when the server suggests it: whoever waits for silence may wait for ever."""
        if workflow.info().is_continue_as_new_suggested():
            carry = self._carry.model_copy(
                update={
                    "state": self._state,
                    "queue": tuple(self._inbox),
                    "heard_at": self._heard_at,
                    "settled_at": self._settled_at,
                }
            )
            workflow.continue_as_new(CarriedOn(carry=carry).model_dump(mode="json", exclude_defaults=True))

    async def _news(self) -> None:
        looks = [at for at in (next_notice(self._state), self._lingers_until()) if at is not None]
        self._alarm.set(min(looks, default=None))
        await workflow.wait_condition(lambda: self._stirred or self._handoffs.answered or self._alarm.rings)

    async def _is_over(self) -> bool:
        """Finished and quiet, and the book has it. What comes while that is written goes before."""
        if not self._state.finished or self._inbox or not self._is_quiet():
            return False
        self._state = self._state.ended()
        await self._write()
        if self._stirred:
            self._state = self._state.change(closed=False)
            self._take_in()
        return self._state.closed

    def _is_quiet(self) -> bool:
        """A handoff followed the last message, or a while has passed since: bursts come within seconds."""
        until = self._lingers_until()
        return until is None or workflow.now() >= until

    def _lingers_until(self) -> datetime | None:
        if not self._state.finished or self._heard_at is None:
            return None
        if self._settled_at is not None and self._settled_at >= self._heard_at:
            return None
        return self._heard_at + LINGER / self._state.speed


def _read(start: Sequence[object]) -> tuple[Carry, str]:
    """What the run begins with, and why it can't. A carry is taken only from the run before."""
    text = json_of(start)
    info = workflow.info()
    if text is not None and info.continued_run_id is not None:
        return CarriedOn.model_validate_json(text).carry, ""
    nothing = OrderStart(seller="unknown", channel="unknown", order="unknown")
    try:
        given = OrderStart.model_validate_json(text or "")
    except ValidationError as error:
        return Carry(start=nothing, state=life.begin(nothing)), f"an order starts with a JSON object: {faults(error)}"
    wrong = given.workflow_id != info.workflow_id
    reason = f"the id of this order's workflow is {given.workflow_id}" if wrong else ""
    return Carry(start=given, state=life.begin(given)), reason


def _pinned(state: OrderState, claim: Claim) -> OrderState:
    """The state that the book's answer makes. Raises `ApplicationError` when its plan is not usable."""
    if claim.plan is None:
        raise book.refused("the claim of the order came without a plan")
    try:
        if claim.snapshot is not None:
            return life.resume(claim.snapshot, claim.plan, claim.speed).change(interpreter=state.interpreter)
        return life.pin(state, claim.plan, claim.speed)
    except WrongUse as error:
        raise book.refused(str(error)) from None
