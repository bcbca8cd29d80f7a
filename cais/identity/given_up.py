"""Acts that a person has given up: done by hand, or not needed. They wait for nothing any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from cais.lifecycle.lane import OBSERVED, EntryState, Lane
from cais.model.handoff import Record
from cais.outbound import parked


def clear(conn: Connection, state: Record) -> None:
    """Take what the state says is given up from what is parked. What is only observed stays, to be seen."""
    for lane in _lanes(state.snapshot):
        for entry in lane.entries:
            if entry.state is EntryState.SKIPPED and entry.cause != OBSERVED:
                parked.clear(conn, state.subject, lane.target, entry.direction.value, entry.n)


def _lanes(snapshot: dict[str, Any]) -> Iterator[Lane]:
    """The lanes in which something was given up; a listing has one lane, an order one for each target."""
    lanes = [snapshot["lane"]] if "lane" in snapshot else snapshot.get("lanes", {}).values()
    for lane in lanes:
        if any(entry.get("state") == EntryState.SKIPPED for entry in lane.get("entries", ())):
            yield Lane.model_validate(lane)
