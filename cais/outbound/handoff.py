"""Handoff: one act written to a platform, never twice and never lost (docs/protocols/handoff.md).

1 read the row; 2 a live lease is respected; 3 what is in doubt is looked up; 4 `sending` is committed before the
first byte leaves; 5 one total deadline, shorter than the lease; 6 the outcome is committed.
"""

from __future__ import annotations

import asyncio

from cais.crash import crash_point
from cais.errors import LeaseHeld
from cais.http.client import Sender
from cais.model.handoff import HandoffOrder, HandoffResult
from cais.outbound import commit
from cais.outbound.acting import Acting
from cais.outbound.commit import Cause, Stale
from cais.outbound.listed import Shop
from cais.outbound.operations import operation_of
from cais.outbound.row import FINAL, Row, read
from cais.outbound.work import Task, Work
from cais.store.engine import Store
from cais.store.rulesets import ACTIVE_FOR, RuleShelf


class Outbound:
    """Carries out handoffs. One a process; safe to run anywhere, any number of times, at once."""

    def __init__(self, store: Store, shelf: RuleShelf, sender: Sender) -> None:
        self._store, self._shelf, self._sender = store, shelf, sender
        self._clock = store.clock

    async def hand_off(self, order: HandoffOrder) -> HandoffResult:
        """What has become of the act, having done what can be done now.

        Raises the `TryLater` family where time heals it, with the real time to wait: another process is at it, its
        fate is not known yet, the platform is down or throttles.
        """
        if order.record is not None and order.record.told:
            # Facts that came by a command: what is rendered below is rendered from them.
            await self._store.write(commit.keep_record, order, self._clock.now())
        while True:
            try:
                return await self._hand_off(order)
            except Stale:
                # By then every process knows the rules that are active.
                await asyncio.sleep(self._clock.real(ACTIVE_FOR).total_seconds())

    async def _hand_off(self, order: HandoffOrder) -> HandoffResult:
        row = await self._store.read(read, order.act)
        crash_point("handoff.read")
        if row.state in FINAL:
            return await self._store.write(commit.again, self._store, order, row)
        self._respect_lease(row)
        task = await self._task(order)
        operation = task.connection.platform.operations.get(task.name)
        if operation is None:
            return await self._without_operation(task, row)
        work = Work(task.order, task.shop, task.name, task.digest, task.generation, operation)
        return await Acting(self._store, self._sender, work, row).run()

    def _respect_lease(self, row: Row) -> None:
        now = self._clock.now()
        if row.lease_until is not None and row.leased(now):
            raise LeaseHeld("another process is sending it", row.lease_until - now)

    async def _task(self, order: HandoffOrder) -> Task:
        rules, generation = await self._shelf.active(order.seller)
        if order.act.target not in rules.of_seller(order.seller).connections:
            # No longer listed: what is under way ends by the rules under which it began.
            rules = await self._shelf.by_digest(order.plan)
        shop = Shop(rules.of_seller(order.seller), order.act.target)
        return Task(order, shop, operation_of(order.act), rules.digest, generation)

    async def _without_operation(self, task: Task, row: Row) -> HandoffResult:
        if task.order.annul:
            return await self._store.write(commit.annul, self._store, task, row)
        cause = Cause(f"fatal:no-{task.name.replace('_', '-')}")
        return await self._store.write(commit.park, self._store, task, row, cause)
