"""Record the histories that `test_replay.py` replays: `python tests/workflows/record_histories.py`.

Run it when a workflow's commands change on purpose and a new interpreter version goes with it; keep the old files, as
runs with the old version are still alive.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from conftest import HASTY, start_server  # noqa: E402
from lifecycle_samples import cancelled, delivered, dispatched, invoiced, paid, placed, shipping  # noqa: E402
from probe import later, parked  # noqa: E402
from probe_hub import Handle, Hub, Site, eventually, running_hub, running_site, select  # noqa: E402

from cais.lifecycle.life import INTERPRETER  # noqa: E402
from cais.model.handoff import HandoffOrder  # noqa: E402

FAR = datetime(2099, 11, 26, 12, tzinfo=UTC)


async def plain_life(hub: Hub) -> Handle:
    handle = await hub.observe(placed(ship_by=FAR))
    await hub.observe(paid())
    await eventually(lambda: len(hub.targets.sent) == 2)
    await hub.observe(invoiced(), shipping("T1"), by=hub.backoffice)
    await eventually(lambda: len(hub.targets.sent) == 4)
    await hub.observe(dispatched(), delivered(), by=hub.backoffice, minutes=1)
    await handle.result()
    return handle


async def parked_life(hub: Hub) -> Handle:
    hub.targets.on("order", lambda _: parked("setting:carrier:correios"))
    handle = await hub.observe(placed(), paid())
    await hub.until(handle, lambda state: bool(state["problems"]))
    await handle.signal("dance", {})
    hub.targets.scripts.clear()
    await handle.execute_update("retry_now", {}, id="u1")
    await eventually(lambda: len(hub.targets.sent) == 2)
    await handle.execute_update("deliver_now", {}, id="u2")
    await handle.result()
    return handle


async def cancelled_life(hub: Hub) -> Handle:
    def unheard(_: HandoffOrder) -> object:
        raise later(60)

    hub.targets.on("order", unheard)
    handle = await hub.observe(placed(ship_by=FAR), paid())
    await eventually(lambda: hub.targets.calls["order"] == 1)
    await hub.observe(cancelled())
    await handle.result()
    return handle


async def continued_life(hub: Hub) -> Handle:
    handle = await hub.observe(placed("300.00"))
    for number in range(60):
        await handle.signal("pay", {"id": f"p{number}", "payment": f"p{number}", "amount": "1.00"})
    await hub.until(handle, lambda state: len(state.get("payments", {})) == 60)
    return handle


async def listing_life(hub: Hub) -> Handle:
    handle = await select(hub)
    await eventually(lambda: len(hub.targets.sent) == 2)
    await handle.signal("pause", {})
    await eventually(lambda: len(hub.targets.sent) == 3)
    await handle.execute_update("close_now", {}, id="u1")
    await handle.result()
    return handle


Life = Callable[[Hub], Awaitable[Handle]]
LIVES: dict[str, Life] = {
    "plain": plain_life,
    "parked": parked_life,
    "cancelled": cancelled_life,
    "listing": listing_life,
}


async def main() -> None:
    async with start_server() as address, running_site(address) as site:
        for name, live in LIVES.items():
            await _record(site, name, live)
    async with start_server(*HASTY) as address, running_site(address) as site:
        await _record(site, "continued", continued_life)


async def _record(site: Site, name: str, live: Life) -> None:
    async with running_hub(site, mark="replay") as hub:
        handle = await live(hub)
        history = await handle.fetch_history()
        text = re.sub(r'"(identity|taskQueue|name)": "[0-9]+@[^"]*"', r'"\1": "recorder"', history.to_json())
        (HERE / "histories" / f"{name}-v{INTERPRETER}.json").write_text(text + "\n")
        await _end(handle)


async def _end(handle: Handle) -> None:
    if (await handle.describe()).close_time is None:
        await handle.terminate()


if __name__ == "__main__":
    asyncio.run(main())
