"""An order's way in: find its id, read it, book it, keep the raw document, tell its workflow."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from cais.crash import crash_point
from cais.errors import ActError, NotFound, TryLater
from cais.http.client import Sender
from cais.http.paging import failure
from cais.identity import book, buyer, ref
from cais.inbound import booking, counted
from cais.inbound.booking import Booked, Sight
from cais.inbound.context import RulesInForce
from cais.inbound.echo import HeldBack, Ignored
from cais.inbound.inbox import Leased
from cais.inbound.reading import Reader, Reading
from cais.inbound.settle import Done, Later, Settlement
from cais.inbound.starter import Starter
from cais.model import wire
from cais.model.claim import order_workflow
from cais.model.order import Order
from cais.model.vocabulary import Flow, ObjectKind, OutcomeKind
from cais.outbound.work import SETTLE
from cais.store import archive
from cais.store.engine import Store

HOLD_BACK: Final = timedelta(seconds=10)
"""How long an order that may be our own waits for its create to be decided (nominal), before the back-off."""

HANDLING: Final = "start_handling"
"""Housekeeping of platforms that ask to be told that an order was taken over."""


class OrderIntake:
    """Takes in orders, and shipments as the orders that they belong to."""

    def __init__(self, store: Store, reader: Reader, sender: Sender, starter: Starter) -> None:
        self._store, self._reader, self._sender, self._starter = store, reader, sender, starter

    async def take(self, rules: RulesInForce, leased: Leased) -> Settlement:
        """Deal with one object. Raises what reading and mapping raise."""
        remote_id = await self._remote_id(rules, leased)
        if remote_id is None:
            return self._held_back()
        reading = await self._reader.read(rules, ObjectKind.ORDER, remote_id)
        sight = await self._sight(rules, leased, reading, remote_id)
        answer = await self._store.write(_enter, self._store, rules, sight)
        crash_point("intake.booked")
        match answer:
            case Ignored():
                return Done(answer.cause)
            case HeldBack():
                return self._held_back()
        if not answer.erased:
            await self._archive(rules, reading, sight.order.id, answer.order_id)
        crash_point("intake.archived")
        return await self._told(rules, sight, answer, remote_id)

    async def _remote_id(self, rules: RulesInForce, leased: Leased) -> str | None:
        """The platform's id of the order; None while it is not known yet. Raises `NotFound` for a strange stamp."""
        name = rules.connection.name
        if leased.by == "correlation":
            return await self._store.read(_by_stamp, name, leased.object_id)
        if leased.kind is ObjectKind.ORDER:
            return leased.object_id
        known = await self._store.read(_by_shipment, name, leased.object_id)
        return known or await self._reader.resolve(rules, leased.kind, leased.object_id)

    async def _sight(self, rules: RulesInForce, leased: Leased, reading: Reading, remote_id: str) -> Sight:
        connection = rules.connection
        try:
            order: Order = reading.value()
        except ActError:
            await self._archive_unmapped(rules, reading, remote_id)
            raise
        return Sight(
            seller=connection.seller,
            connection=connection.name,
            flow=connection.flow,
            order=order,
            as_of=order.updated_at or reading.began,
            since=connection.file.order.since,
            asked=leased.asked,
        )

    async def _told(self, rules: RulesInForce, sight: Sight, booked: Booked, remote_id: str) -> Settlement:
        if booked.observed is None:
            return Done()
        await self._starter.observe(booked.start, booked.observed)
        crash_point("intake.signalled")
        if booked.first:
            await self._start_handling(rules, remote_id)
        now = self._store.clock.now()
        return Done(also=lambda conn: booking.was_told(conn, sight, booked, now))

    async def _start_handling(self, rules: RulesInForce, remote_id: str) -> None:
        """Tell a channel that its order is safe here. Told again if the process dies: the platform takes that."""
        connection = rules.connection
        operation = connection.platform.operations.get(HANDLING)
        if operation is None or connection.flow is not Flow.SALES_CHANNEL or connection.mode != "live":
            return
        answer = await self._sender.call(connection, operation, {"id": remote_id}, share="order")
        if answer.outcome.kind not in (OutcomeKind.OK, OutcomeKind.EXISTS):
            error = failure(operation, answer.outcome, self._store.clock)
            if isinstance(error, TryLater):
                raise error

    async def _archive_unmapped(self, rules: RulesInForce, reading: Reading, remote_id: str) -> None:
        """What does not map is kept where it is sure to be an order of the hub's: it is what the mender needs."""
        connection = rules.connection
        subject = await self._store.read(ref.local_id, connection.name, "order", remote_id)
        if subject is None and connection.flow is Flow.SALES_CHANNEL:
            subject = order_workflow(connection.seller, connection.name, remote_id)
        if subject is not None and not await self._store.read(buyer.erased, self._store.keys, subject):
            await self._archive(rules, reading, remote_id, subject)

    async def _archive(self, rules: RulesInForce, reading: Reading, object_id: str, subject: str) -> None:
        await archive.put(
            self._store,
            seller=rules.connection.seller,
            connection=rules.connection.name,
            kind=ObjectKind.ORDER.value,
            object_id=object_id,
            subject=subject,
            as_of=reading.began,
            document=wire.dumps(dict(reading.document)),
            rule_digest=rules.rules.digest,
            mapping_hash=reading.mapping_hash,
        )

    def _held_back(self) -> Later:
        return Later("held-back", self._store.clock.real(HOLD_BACK))


def _enter(conn: Connection, store: Store, rules: RulesInForce, sight: Sight) -> Booked | Ignored | HeldBack:
    now = store.clock.now()
    answer = booking.enter(conn, store.keys, sight, rules.planner, now)
    if isinstance(answer, Booked):
        counted.observed(conn, rules.connection, answer.order_id, answer.changed, now + store.clock.real(SETTLE), now)
    return answer


def _by_stamp(conn: Connection, connection: str, stamp: str) -> str | None:
    """The id at the connection of the order that carries the stamp; None while its create is not decided."""
    order_id = ref.order_of_stamp(conn, connection, stamp)
    if order_id is None:
        raise NotFound(f"{connection} names an order that the hub did not send it")
    return ref.remote_id(conn, connection, "order", order_id)


def _by_shipment(conn: Connection, connection: str, shipment: str) -> str | None:
    order_id = ref.local_id(conn, connection, "shipment", shipment)
    if order_id is None:
        return None
    row = book.entry(conn, order_id)
    if row is not None and row.connection == connection:
        return row.remote_id
    return ref.remote_id(conn, connection, "order", order_id)
