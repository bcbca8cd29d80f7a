"""The whole hub on PostgreSQL: the same life of an order."""

from __future__ import annotations

from pathlib import Path

import pytest
from laws import delivered_once, stock_is_right
from running import RunningHub

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal, pytest.mark.postgres]


async def test_an_order_goes_the_whole_way_on_postgresql(tmp_path: Path, empty_postgres_url: str) -> None:
    async with RunningHub(tmp_path / "hub", store_url=empty_postgres_url) as hub:
        await hub.listed()
        sale = await hub.buy(("BAT-01-NUDE", 2), reference="on PostgreSQL", freight="9.90")
        await hub.fulfil(sale)
        await hub.reaches(sale, "delivered")
        await delivered_once(hub, sale)
        await stock_is_right(hub)
