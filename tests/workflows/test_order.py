from __future__ import annotations
import time
import pytest
from tests.lifecycle import samples as s
from tests.workflows.conftest import Hub

pytestmark = pytest.mark.temporal


async def test_plain_life(hub: Hub) -> None:
    t = time.perf_counter()
    from datetime import timedelta, datetime, UTC
    handle = await hub.observe(s.placed(ship_by=datetime.now(UTC) + timedelta(days=2)))
    await hub.until(handle, lambda x: x["status"] == "placed")
    await hub.observe(s.paid())
    await hub.until(handle, lambda x: len(hub.targets.sent) == 2)
    await hub.observe(s.invoiced(), source=hub.backoffice)
    await hub.until(handle, lambda x: len(hub.targets.sent) == 3)
    await hub.observe(s.dispatched(), source=hub.backoffice)
    await hub.until(handle, lambda x: len(hub.targets.sent) == 4)
    await hub.observe(s.delivered(), source=hub.backoffice)
    result = await handle.result()
    print(time.perf_counter() - t)
    history = await handle.fetch_history()
    for e in history.events: print(e.event_id, e.EventType.Name(e.event_type) if hasattr(e,'EventType') else e.event_type)
    from collections import Counter
    from temporalio.api.enums.v1 import EventType
    print(len(history.events), Counter(EventType.Name(e.event_type) for e in history.events), sum(e.ByteSize() for e in history.events))
    print(result)
    assert result["status"] == "delivered"
