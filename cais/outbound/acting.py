"""Acting: one activity's way through one act whose row is free, from looking it up to committing the outcome."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePosixPath
from typing import Final

from sqlalchemy import Connection

from cais.crash import crash_point
from cais.errors import ActError, MappingError, Misconfigured, MissingSetting, NotFound, TryLater
from cais.http.client import Sender
from cais.model.handoff import HandoffResult
from cais.model.vocabulary import OutcomeKind
from cais.outbound import commit, pinned, source
from cais.outbound.backoff import UNKNOWN_CAP, backoff
from cais.outbound.commit import Cause, Stale
from cais.outbound.dedup import DOUBT, Step, is_doubt, next_step
from cais.outbound.outcome import GOOD, PASSING, named, not_now
from cais.outbound.prepare import Prepared, Unready, prepare
from cais.outbound.price import MISSING, Unpriced, is_awaited
from cais.outbound.redact import LONGEST, redact
from cais.outbound.row import IN_DOUBT, Row
from cais.outbound.source import Source
from cais.outbound.work import Work
from cais.rules.message import Outcome
from cais.store.engine import Store
from cais.store.seal import KeyRing

PRICE_GRACE: Final = timedelta(seconds=20)
"""Nominal. How long after a price was asked for nobody is troubled with its being missing."""


class Acting:
    """Holds the row as this activity last read or wrote it."""

    def __init__(self, store: Store, sender: Sender, work: Work, row: Row) -> None:
        self._store, self._sender, self._work, self._row = store, sender, work, row
        self._clock, self._dedup = store.clock, work.dedup
        self._looked = False
        self._source: Source | None = None

    async def run(self) -> HandoffResult:
        """The result, committed. Raises `TryLater`; `Stale` if the rules or a setting changed meanwhile."""
        try:
            return await self._run()
        except MissingSetting as missing:
            return await self._park(Cause(f"setting:{missing.cause}"))
        except MappingError as error:
            return await self._park(self._unmapped(error))
        except Unready as unready:
            return await self._park(self._refused(unready.outcome))
        except Unpriced as unpriced:
            if unpriced.cause == MISSING:
                await self._await_price()
            return await self._park(Cause(unpriced.cause))
        except NotFound:
            # What goes missing of an order in the book is a person's data, at that person's wish.
            return await self._park(Cause("fatal:erased"))

    async def _run(self) -> HandoffResult:
        if is_doubt(self._row) and self._row.remote_id is not None:
            return await self._done(Outcome(OutcomeKind.EXISTS, result={"id": self._row.remote_id}))
        if self._annuls and self._row.state not in IN_DOUBT and not is_doubt(self._row):
            return await self._annul()
        while (step := self._next()) is Step.LOOK:
            if found := await self._look():
                return await self._done(found)
        if step is Step.DOUBT or (self._annuls and self._never_learnt):
            return await self._park(Cause(f"{DOUBT}:{self._work.name}"))
        return await (self._annul() if self._annuls else self._send(step))

    async def _await_price(self) -> None:
        """A product comes before its prices: raise `TryLater` for the moment in which they are read."""
        now, grace = self._clock.now(), self._clock.real(PRICE_GRACE)
        if await self._store.read(is_awaited, self._work.seller, self._work.act.item, now - grace):
            raise TryLater("its price is being read", grace / 4)

    @property
    def _annuls(self) -> bool:
        return self._work.order.annul

    @property
    def _never_learnt(self) -> bool:
        """It may have made something, and nobody can look."""
        blind = self._dedup is None or self._dedup.find is None
        return blind and self._work.operation.creates is not None

    def _next(self) -> Step:
        """The step to take now. Raises `TryLater` while what was sent may still come to light."""
        then = next_step(self._row, self._dedup, self._clock, looked=self._looked)
        if then.at is not None and then.at > (now := self._clock.now()):
            raise TryLater("its fate is not known yet", then.at - now)
        return then.step

    # 3: looking up

    async def _look(self) -> Outcome | None:
        """What is found at the target, None if it is not there."""
        assert self._dedup is not None
        find = self._work.connection.platform.operations[self._dedup.find or ""]
        context = (await self._material()).contexts[0]
        outcome = (await self._sender.call(self._work.connection, find, context, share="order")).outcome
        crash_point("handoff.looked")
        self._looked = True
        if outcome.kind in GOOD:
            return outcome
        if outcome.kind is not OutcomeKind.NOT_FOUND:
            raise self._not_now(outcome) or Unready(outcome)
        if self._row.state in IN_DOUBT:
            self._row = await self._store.write(commit.missed, self._store, self._work, self._row)
        return None

    # 4, 5: sending

    async def _send(self, step: Step) -> HandoffResult:
        lacks = (await self._material()).lacks
        if lacks is not None and step is Step.RENDER:
            return await self._park(Cause(f"requires:{lacks}"))
        prepared = await self._prepared(step)
        crash_point("handoff.rendered")
        if self._work.observes:
            return await self._store.write(commit.observed, self._store, self._work, self._row, prepared.requests)
        if not prepared.requests:
            return await self._done(Outcome(OutcomeKind.OK))
        before = self._row
        self._row = await self._store.write(commit.begin, self._store, self._work, before, prepared.requests)
        crash_point("handoff.sending_committed")
        outcome = await self._exchange(prepared, before)
        crash_point("handoff.sent")
        return await self._conclude(outcome, prepared, before)

    async def _prepared(self, step: Step) -> Prepared:
        contexts = (await self._material()).contexts
        if step is Step.REPEAT:
            keys, subject = self._store.keys, self._work.act.subject
            packed = await self._store.read(_unsealed, keys, subject, self._row.request or b"")
            return Prepared(pinned.unpack(packed), contexts[-1])
        try:
            parts = [await self._part(context) for context in contexts]
        except Unready as unready:
            raise self._not_now(unready.outcome) or unready from None
        return Prepared(tuple(request for part in parts for request in part.requests), parts[-1].context)

    async def _part(self, context: dict[str, object]) -> Prepared:
        return await prepare(self._sender, self._work.connection, self._work.operation, context)

    async def _exchange(self, prepared: Prepared, before: Row) -> Outcome:
        work, requests = self._work, prepared.requests
        try:
            outcome = await self._sender.send(
                work.connection,
                requests,
                work.operation,
                share="order",
                context=prepared.context,
                deadline=work.operation.timeout,
                expires=self._row.lease_until,
            )
        except (ActError, Misconfigured):
            await self._not_sent(len(requests) > 1, before)
            raise
        if outcome.kind in PASSING and len(requests) > 1:
            return Outcome(OutcomeKind.UNKNOWN, outcome.code)
        return outcome

    async def _not_sent(self, may_be: bool, before: Row) -> None:
        """The last request was not sent; of several an earlier one `may_be`."""
        if may_be:
            outcome = Outcome(OutcomeKind.UNKNOWN, "not-all-sent")
            self._row = await self._store.write(commit.doubt, self._store, self._work, self._row, outcome)
        else:
            self._row = await self._store.write(commit.back, self._store, self._work, self._row, before, None)

    # 6: committing the outcome

    async def _conclude(self, outcome: Outcome, prepared: Prepared, before: Row) -> HandoffResult:
        if outcome.kind in GOOD:
            return await self._done(await self._identified(outcome))
        if outcome.kind is OutcomeKind.UNKNOWN:
            await self._store.write(commit.doubt, self._store, self._work, self._row, outcome)
            after = backoff(self._clock, self._row.attempt, UNKNOWN_CAP, floor=self._work.settle)
            raise TryLater(named(outcome), after)
        if later := self._not_now(outcome):
            await self._store.write(commit.back, self._store, self._work, self._row, before, outcome)
            raise later
        try:
            return await self._park(self._refused(outcome, prepared.context, answered=True))
        except Stale:
            await self._store.write(commit.back, self._store, self._work, self._row, before, outcome)
            raise

    async def _identified(self, outcome: Outcome) -> Outcome:
        """An order that exists already is known by its id at the target."""
        work = self._work
        known = outcome.kind is OutcomeKind.OK or outcome.remote_id is not None or work.operation.creates is None
        if known or self._dedup is None or self._dedup.find is None:
            return outcome
        if found := await self._look():
            return found
        raise TryLater("it exists and is not found yet", self._clock.real(work.settle))

    async def _done(self, outcome: Outcome) -> HandoffResult:
        result = await self._store.write(commit.done, self._store, self._work, self._row, outcome)
        crash_point("handoff.done_committed")
        return result

    async def _annul(self) -> HandoffResult:
        return await self._store.write(commit.annul, self._store, self._work, self._row)

    async def _park(self, cause: Cause) -> HandoffResult:
        return await self._store.write(commit.park, self._store, self._work, self._row, cause)

    # What is read, and what is said

    async def _material(self) -> Source:
        if self._source is None:
            self._source = await self._store.read(source.read, self._store.keys, self._clock, self._work)
        return self._source

    def _not_now(self, outcome: Outcome) -> TryLater | None:
        return not_now(outcome, self._clock, self._row.attempt)

    def _refused(self, outcome: Outcome, context: dict[str, object] | None = None, *, answered: bool = False) -> Cause:
        message = redact(outcome.message, context or {}) if outcome.message else None
        return Cause(named(outcome), message, self._work.mapping, outcome if answered else None)

    def _unmapped(self, error: MappingError) -> Cause:
        """Named by what has to be edited: a mapping, or the operation in the platform file."""
        path, work = PurePosixPath(error.file), self._work
        if path.stem == "platform":
            _, _, below = error.at.partition("operations.")
            operations = work.connection.platform.operations
            name = work.mended_by(operations.get(below.partition(".")[0], work.operation))
        else:
            overlaid = not error.file or path.parts[0] == "sellers"
            name = work.mapping if overlaid else f"{work.connection.name}/{path.stem}"
        made_of = None if self._source is None else self._source.contexts[-1].get("order")
        return Cause(f"mapping:{name}", str(error)[:LONGEST], name, made_of=made_of)


def _unsealed(conn: Connection, keys: KeyRing, subject: str, sealed: bytes) -> bytes:
    return keys.unseal(conn, subject, sealed)
