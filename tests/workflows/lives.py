"""Whole lives of orders and listings, from the first word to the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from lifecycle_samples import cancelled, delivered, dispatched, invoiced, paid, placed, shipping
from probe import later, parked
from probe_hub import Handle, Hub, eventually, select

from cais.model.handoff import HandoffOrder

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
