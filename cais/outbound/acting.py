"""Acting: one activity's way through one act whose row is free, from looking it up to committing the outcome."""

from __future__ import annotations

from typing import Final, NoReturn

from cais.crash import crash_point
from cais.errors import MappingError, Misconfigured, MissingSetting, NotFound, TryLater
from cais.http.client import Sender
from cais.model.handoff import HandoffResult
from cais.model.vocabulary import OutcomeKind
from cais.outbound import commit, pinned, source
from cais.outbound.backoff import RETRY_CAP, UNKNOWN_CAP, backoff
from cais.outbound.commit import Cause, Stale
from cais.outbound.dedup import DOUBT, Step, is_doubt, next_step
from cais.outbound.prepare import Prepared, Unready, prepare
from cais.outbound.redact import redact
from cais.outbound.row import IN_DOUBT, HandoffState, Row
from cais.outbound.source import Source
from cais.outbound.work import Work
from cais.rules.message import Outcome
from cais.store.engine import Store

_GOOD: Final = (OutcomeKind.OK, OutcomeKind.EXISTS)
_PASSING: Final = (OutcomeKind.RETRY, OutcomeKind.THROTTLED, OutcomeKind.REAUTH)
"""Not carried out, and carried out another time."""


class Acting:
    """Holds the row as this activity last wrote or read it."""

    def __init__(self, store: Store, sender: Sender, work: Work, row: Row) -> None:
        self._store, self._sender, self._work, self._row = store, sender, work, row
        self._clock = store.clock
        self._looked = False
        self._source: Source | None = None

    async def run(self) -> HandoffResult:
        """The result, committed. Raises `TryLater`; `Stale` if the rules or a setting changed meanwhile."""
        try:
            return await self._run()
        except MissingSetting as missing:
            return await self._park(Cause(f"setting:{missing.cause}"))
        except MappingError as error:
            return await self._park(self._mapping(error))
        except NotFound:
            # The only thing that goes missing is a person's data, at that person's wish.
            return await self._park(Cause("fatal:erased"))

    async def _run(self) -> HandoffResult:
        if self._row.remote_id is not None and is_doubt(self._row):
            return await self._done(Outcome(OutcomeKind.EXISTS, result={"id": self._row.remote_id}))
        if self._annuls and self._row.state not in IN_DOUBT and not is_doubt(self._row):
            return await self._annul()
        while (step := self._next()) is Step.LOOK:
            if found := await self._look():
                return await self._done(found)
        if step is Step.DOUBT:
            return await self._park(Cause(f"{DOUBT}:{self._work.name}"))
        return await (self._give_up() if self._annuls else self._send(step))

    @property
    def _annuls(self) -> bool:
        return self._work.order.annul

    def _next(self) -> Step:
        """The step to take now. Raises `TryLater` while what was sent may still come to light."""
        then = next_step(self._row, self._work.dedup, self._clock, looked=self._looked)
        if then.at is not None and (left := then.at - self._clock.now()).total_seconds() > 0:
            raise TryLater("its fate is not known yet", left)
        return then.step

    async def _look(self) -> Outcome | None:
        """Look the act up at the target; None if it is not there. Raises `TryLater`, or as `_run`."""
        dedup = self._work.dedup
        assert dedup is not None
        assert dedup.find is not None
        find = self._work.connection.platform.operations[dedup.find]
        context = (await self._material()).contexts[0]
        outcome = (await self._sender.call(self._work.connection, find, context, share="order")).outcome
        crash_point("handoff.looked")
        self._looked = True
        if outcome.kind in _GOOD:
            return outcome
        if outcome.kind is not OutcomeKind.NOT_FOUND:
            raise Unready(outcome)
        if self._row.state in IN_DOUBT:
            self._row = await self._store.write(commit.missed, self._store, self._work, self._row)
        return None
...
