"""Probe activities: a book in memory and targets that answer as a test says, behind the real names."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from cais.model.claim import Claim, ClaimRequest
from cais.model.handoff import Act, HandoffOrder, HandoffResult, Record
from cais.model.plan import Plan
from cais.model.pump import PumpOrder, PumpReport
from cais.model.selection import ListingClaim, ListingClaimRequest

DONE = HandoffResult(state="done", remote_id="r1")


def parked(cause: str) -> HandoffResult:
    return HandoffResult(state="parked", cause=cause, message="in words")


class Book:
    """What the store would hold of orders and listings."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.has_document = True
        self.records: dict[str, list[Record]] = defaultdict(list)
        self.claims: list[ClaimRequest] = []
        self.conflict: tuple[str, ...] = ()
        self.speed = 1.0
        self.refuses = ""

    def newest(self, subject: str) -> Record | None:
        return max(self.records[subject], key=lambda record: record.rev, default=None)

    def claim(self, request: ClaimRequest) -> Claim:
        self.claims.append(request)
        if self.conflict:
            return Claim(kind="conflict", fields=self.conflict)
        if not self.has_document:
            return Claim(kind="awaiting")
        known = self.newest(request.workflow_id)
        if request.adopt and self.refuses:
            raise ApplicationError(self.refuses, type="Refused", non_retryable=True)
        if request.adopt:
            return Claim(kind="resume", plan=self.plan, speed=self.speed)
        if known is None:
            return Claim(kind="new", plan=self.plan, speed=self.speed)
        if not known.open and not request.news and known.run != request.run:
            return Claim(kind="same", result={"status": known.status, "run": known.run})
        return Claim(kind="resume", plan=self.plan, snapshot=known.snapshot, speed=self.speed)

    def claim_listing(self, request: ListingClaimRequest) -> ListingClaim:
        known = self.newest(request.start.workflow_id)
        return ListingClaim(snapshot=known.snapshot if known else None, speed=self.speed)

    def keep(self, record: Record) -> None:
        newest = self.newest(record.subject)
        if newest is None or record.rev > newest.rev:
            self.records[record.subject].append(record)


Script = Callable[[HandoffOrder], Any]


class Targets:
    """Platforms behind handoff rows: what is done is answered again and never done twice."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.rows: dict[tuple[str, str, str, str], HandoffResult] = {}
        self.sent: list[tuple[str, str, str]] = []
        self.calls: Counter[str] = Counter()
        self.scripts: dict[str, Script] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.sending: set[tuple[str, str, str, str]] = set()

    def on(self, direction: str, script: Script) -> None:
        """What a call for this direction answers: a result, or raises."""
        self.scripts[direction] = script

    def hold(self, direction: str) -> asyncio.Event:
        """Calls for this direction take effect, hold their row's lease, and answer when the event is set."""
        return self.gates.setdefault(direction, asyncio.Event())

    @activity.defn(name="hand_off")
    async def hand_off(self, order: HandoffOrder) -> HandoffResult:
        if order.record:
            self.book.keep(order.record)
        self.calls[f"{'annul ' if order.annul else ''}{order.act.direction}"] += 1
        key = _key(order.act)
        if key in self.sending:
            raise later()
        if key in self.rows:
            return self.rows[key]
        if order.annul:
            return HandoffResult(state="annulled")
        self.sending.add(key)
        try:
            return await self._send(order, key)
        finally:
            self.sending.discard(key)

    async def _send(self, order: HandoffOrder, key: tuple[str, str, str, str]) -> HandoffResult:
        result: HandoffResult = self.scripts.get(order.act.direction, lambda _: DONE)(order)
        if result.state == "done":
            self.rows[key] = result
            self.sent.append((order.act.target, order.act.direction, order.act.n))
        if gate := self.gates.get(order.act.direction):
            await gate.wait()
        return result


class Books:
    """The local activities of one workflow worker, for the books of many hubs, told apart by their channel."""

    def __init__(self) -> None:
        self.by_channel: dict[str, Book] = {}

    @activity.defn(name="claim")
    async def claim(self, request: ClaimRequest) -> Claim:
        return self.by_channel[request.start.channel].claim(request)

    @activity.defn(name="claim_listing")
    async def claim_listing(self, request: ListingClaimRequest) -> ListingClaim:
        return self.by_channel[request.start.channel].claim_listing(request)

    @activity.defn(name="record")
    async def record(self, record: Record) -> None:
        self.by_channel[record.subject.split(":")[2]].keep(record)


class Pumps:
    """Rounds of pumps: each call takes the next outcome."""

    def __init__(self) -> None:
        self.rounds = 0
        self.fails = 0

    @activity.defn(name="pump")
    async def pump(self, order: PumpOrder) -> PumpReport:
        self.rounds += 1
        if self.fails:
            self.fails -= 1
            raise ApplicationError("the platform does not answer", non_retryable=True)
        await asyncio.sleep(0.05)
        return PumpReport.model_validate({"at": "2026-11-24T12:00:00Z", "done": 3, "last": "read page 2"})


def later(seconds: float = 0.05) -> ApplicationError:
    """What time heals."""
    return ApplicationError("not now", type="TryLater", next_retry_delay=timedelta(seconds=seconds))


def _key(act: Act) -> tuple[str, str, str, str]:
    return act.subject, act.target, act.direction, act.n
