"""A listing's row: what its run before knew, and what this one decides."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from cais.errors import NotFound, Refused
from cais.identity import given_up
from cais.model.handoff import Record
from cais.model.selection import ListingClaim, ListingClaimRequest
from cais.store import journal
from cais.store.tables import listing


def claim(conn: Connection, request: ListingClaimRequest) -> ListingClaim:
    """The snapshot of the run before, if there was one. Raises `Refused` for a listing that was never selected."""
    start = request.start
    mine = (listing.c.seller == start.seller, listing.c.connection == start.channel, listing.c.code == start.listing)
    row = conn.execute(select(listing.c.id, listing.c.snapshot).where(*mine)).first()
    if row is None:
        raise Refused(f"{start.channel} has no listing {start.listing}: it was never selected")
    conn.execute(update(listing).where(listing.c.id == row.id).values(run=request.run))
    return ListingClaim(snapshot=row.snapshot)


def record(conn: Connection, state: Record, now: datetime) -> bool:
    """Write the state; False if this revision or a later one is held. Raises `NotFound`."""
    held = select(listing.c.seller, listing.c.status, listing.c.rev).where(listing.c.id == state.subject)
    before = conn.execute(held.with_for_update()).first()
    if before is None:
        raise NotFound(f"no listing {state.subject}")
    if state.rev <= before.rev:
        return False
    problem = state.problems[0] if state.problems else None
    values = {"status": state.status, "problem": problem, "snapshot": state.snapshot, "rev": state.rev}
    conn.execute(update(listing).where(listing.c.id == state.subject).values({**values, "updated_at": now}))
    given_up.clear(conn, state)
    for note in state.notes:
        journal.note(conn, before.seller, state.subject, note.actor, note.what, note.detail, note.at)
    if before.status != state.status:
        detail = {"status": state.status, "rev": state.rev}
        journal.note(conn, before.seller, state.subject, "hub", "status", detail, now)
    return True
