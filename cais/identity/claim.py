"""The claim: the first thing a run does. Whose order is it, is it new, and by which plan does it live?

One transaction answers, pins the plan and reserves the units. Asking again gives the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, update

from cais.errors import WrongUse
from cais.identity import book, identity, told
from cais.identity.book import Entry
from cais.inbound.door import Pointer, receive
from cais.model.claim import Claim, ClaimRequest, Identity
from cais.model.order import Order
from cais.model.plan import Plan
from cais.model.vocabulary import ObjectKind, OrderStatus
from cais.stock import reservations
from cais.store import journal
from cais.store.tables import order_book

Planner = Callable[[str, Order], Plan]
"""Makes the plan of a channel's order from the rules in force (`plan_for`, bound to them); pure."""

CONFLICT = "conflict:identity"
"""Problem of an order that was started a second time with other content."""


def claim(conn: Connection, request: ClaimRequest, plan_of: Planner, now: datetime) -> Claim:
    """Answer a run (see `Claim`). Raises `WrongUse` when the workflow id is not the order's own, `NotFound` when a
    plan is to be adopted for an order that the book does not know.
    """
    start = request.start
    if request.workflow_id != start.workflow_id:
        raise WrongUse(f"an order of {start.channel} runs under the id {start.workflow_id}")
    row = book.entry(conn, start.workflow_id, lock=True)
    if request.adopt:
        return _adopted(conn, book.known(conn, start.workflow_id), plan_of, now)
    if row is None or row.document is None:
        return _awaiting(conn, request, now)
    fields = identity.differing(start.identity, _held_identity(row))
    if fields:
        return _conflict(conn, row, request.run, fields, now)
    if row.plan is None:
        return _new(conn, row, request.run, plan_of(row.connection, row.order), now)
    return _known(conn, row, row.plan, request)


def _adopted(conn: Connection, row: Entry, plan_of: Planner, now: datetime) -> Claim:
    plan = plan_of(row.connection, row.order)
    _pin(conn, row.id, plan, now)
    reservations.move(conn, row.id, plan.backoffice if plan.reserves else None, now)
    if plan.reserves and row.status != OrderStatus.CANCELLED:
        reservations.reserve(conn, row.seller, row.id, plan.backoffice, row.order.lines, now)
    detail = {"digest": plan.digest, "generation": plan.generation}
    journal.note(conn, row.seller, row.id, "hub", "plan", detail, now)
    return Claim(kind="resume", plan=plan, snapshot=row.snapshot)


def _awaiting(conn: Connection, request: ClaimRequest, now: datetime) -> Claim:
    start = request.start
    book.await_document(conn, start, request.run, now)
    asked = Pointer(start.seller, start.channel, ObjectKind.ORDER, start.order, f"claim:{request.run}", "api")
    receive(conn, asked, now)
    return Claim(kind="awaiting")


def _conflict(conn: Connection, row: Entry, run: str, fields: tuple[str, ...], now: datetime) -> Claim:
    journal.note(conn, row.seller, row.id, "hub", "conflict", {"run": run, "fields": list(fields)}, now)
    book.add_problem(conn, row.id, CONFLICT)
    told.forget(conn, row.id)  # this run ends without having heard anything
    return Claim(kind="conflict", fields=fields)


def _new(conn: Connection, row: Entry, run: str, plan: Plan, now: datetime) -> Claim:
    held = _held_identity(row)
    first = {"identity": identity.digest(held), "identity_fields": held.model_dump(mode="json"), "run": run}
    conn.execute(update(order_book).where(order_book.c.id == row.id).values(first))
    _pin(conn, row.id, plan, now)
    if plan.reserves:
        reservations.reserve(conn, row.seller, row.id, plan.backoffice, row.order.lines, now)
    journal.note(conn, row.seller, row.id, "hub", "claimed", {"run": run, "plan": plan.digest}, now)
    return Claim(kind="new", plan=plan)


def _known(conn: Connection, row: Entry, plan: Plan, request: ClaimRequest) -> Claim:
    if not row.open and row.run != request.run and not request.news:
        shown = {"status": row.status, "next": row.next, "problems": list(row.problems), "closed": True}
        return Claim(kind="same", plan=plan, snapshot=row.snapshot, result={**(row.snapshot or {}), **shown})
    conn.execute(update(order_book).where(order_book.c.id == row.id).values(run=request.run))
    # Claimed and never recorded: the first run died before its first word, so this one begins.
    return Claim(kind="new" if row.snapshot is None else "resume", plan=plan, snapshot=row.snapshot)


def _held_identity(row: Entry) -> Identity:
    """As first sold: what the channel changes later does not make it another order."""
    return Identity.model_validate(row.identity_fields) if row.identity_fields else identity.of(row.order)


def _pin(conn: Connection, order_id: str, plan: Plan, now: datetime) -> None:
    values = {"plan": plan.model_dump(mode="json"), "updated_at": now}
    conn.execute(update(order_book).where(order_book.c.id == order_id).values(values))
