"""What a workflow decided, written into the book: its state, the facts and notes that only it had, units given back.

All of it in the transaction of the act that follows, and only if the revision grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, update

from cais.errors import NotFound
from cais.identity import book, fact, given_up, listed
from cais.identity.book import Entry
from cais.identity.fact import Fact
from cais.lifecycle.fact import Cancellation
from cais.model.handoff import Record
from cais.stock import reservations
from cais.store import journal
from cais.store.tables import order_book


def record(conn: Connection, state: Record, now: datetime) -> bool:
    """Write the state of an order or listing; False if this revision or a later one is held. Raises `NotFound`."""
    if state.subject.startswith("listing:"):
        return listed.record(conn, state, now)
    before = book.entry(conn, state.subject, lock=True)
    if before is None:
        raise NotFound(f"no order {state.subject}")
    for said in state.told:
        told = Fact(said.direction, said.key, said.content)
        fact.keep(conn, before.seller, before.id, said.source, said.as_of, (told,))
    if state.rev <= before.rev:
        return False
    values = {"status": state.status, "next": state.next, "problems": list(state.problems), "open": state.open,
              "snapshot": state.snapshot, "rev": state.rev, "updated_at": now}  # fmt: skip
    conn.execute(update(order_book).where(order_book.c.id == before.id).values(values))
    for cancelled in _newly_cancelled(before, state):
        reservations.release(conn, before.id, now, cancelled.said.lines, cancelled.said.reason)
    given_up.clear(conn, state)
    _note(conn, before, state, now)
    return True


def _note(conn: Connection, before: Entry, state: Record, now: datetime) -> None:
    for note in state.notes:
        journal.note(conn, before.seller, before.id, note.actor, note.what, note.detail, note.at)
    if before.status != state.status or before.rev == 0:
        detail = {"status": state.status, "rev": state.rev}
        journal.note(conn, before.seller, before.id, "hub", "status", detail, now)


def _newly_cancelled(before: Entry, state: Record) -> Iterator[Cancellation]:
    """Cancellations in effect that the state held last did not know: units are given back once."""
    known = {each.n for each in _cancellations(before.snapshot or {}) if each.effective}
    return (each for each in _cancellations(state.snapshot) if each.effective and each.n not in known)


def _cancellations(snapshot: dict[str, object]) -> list[Cancellation]:
    held = snapshot.get("cancellations")
    return [Cancellation.model_validate(each) for each in held] if isinstance(held, list) else []
