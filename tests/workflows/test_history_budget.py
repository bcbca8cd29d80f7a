"""A plain order's history costs what docs/history-budget.md says, item by item."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lifecycle_samples import delivered, dispatched, invoiced, paid, placed
from probe_hub import Hub, eventually
from temporalio.api.enums.v1 import EventType

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="session")]

BUDGET = 64
PAGE = Path(__file__).parents[2] / "docs" / "history-budget.md"
ROW = re.compile(r"\| (?P<item>[^|]+) \| (?P<events>\d+) \| (?P<type>\w+)…? \|")


def budgeted() -> Counter[str]:
    """Events by type, as the page says."""
    events = Counter[str]()
    for row in ROW.finditer(PAGE.read_text()):
        events[row["type"]] += int(row["events"])
    return events


async def test_a_plain_life_costs_what_the_page_says(hub: Hub) -> None:
    sent = hub.targets.sent
    handle = await hub.observe(placed(ship_by=datetime.now(UTC) + timedelta(days=2)))
    await eventually(lambda: bool(hub.book.records))
    for step, (word, by, told) in enumerate(
        [
            (paid(), hub.channel, 2),
            (invoiced(), hub.backoffice, 3),
            (dispatched(), hub.backoffice, 4),
            (delivered(), hub.backoffice, 5),
        ]
    ):
        await asyncio.sleep(0.3)  # messages are really apart: the answer of the handoff before has been taken in
        await hub.observe(word, by=by, minutes=step)
        await eventually(lambda told=told: len(sent) == told)
    assert (await handle.result())["status"] == "delivered"
    events = [_type(event.event_type) for event in (await handle.fetch_history()).events]
    counted = Counter(next((kind for kind in budgeted() if event.startswith(kind)), event) for event in events)
    assert counted == budgeted()
    assert len(events) <= BUDGET


def _type(number: EventType.ValueType) -> str:
    words = EventType.Name(number).removeprefix("EVENT_TYPE_").split("_")
    return "".join(word.capitalize() for word in words)
