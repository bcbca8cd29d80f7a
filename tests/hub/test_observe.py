"""Mode `observe`: everything is read, mapped and shown, and nothing is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from by_hand import list_by_hand
from running import RunningHub
from sqlalchemy import select

from cais.store.tables import parked

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]
SKU = "0012-AZ-P"


async def test_a_hub_that_observes_sends_nothing(tmp_path: Path) -> None:
    async with RunningHub(tmp_path / "hub", mode="observe") as hub:
        await hub.wait_for(lambda: _would(hub, "listing:aurora:ml:0012", "listing", SKU), "it would be listed", 40)
        item = await list_by_hand(hub, SKU)
        bought = await hub.day.ml("buy", lines=[{"item": item, "quantity": 1}], reference="observed")
        order = f"order:aurora:ml:{bought['purchase']}"
        await hub.wait_for(lambda: _would(hub, order, "order", "1"), "it would be exported")
        await hub.wait_for(lambda: _would(hub, order, "payment", "1"), "it would be paid")
        assert "create_order" in await hub.cais("order", "show", order)
        sent = [call["operation"] for call in await hub.control("calls") if call["method"] not in ("GET", "HEAD")]
        assert [name for name in sent if name != "oauth_token"] == ["create_item"], "the one by hand"


async def _would(hub: RunningHub, subject: str, direction: str, n: str) -> bool:
    """The act is rendered, and waits for the hub to go live."""
    act = (parked.c.subject == subject, parked.c.direction == direction, parked.c.n == n)
    with hub.store.connect() as conn:
        return conn.execute(select(parked.c.cause).where(*act)).scalar_one_or_none() == "observe"
