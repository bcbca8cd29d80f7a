"""A selling day of the demo seller: `python -m sandbox.day --sandbox URL [--speed N] [--orders N]`.

Buyers buy on Mercado Livre, the ERP behind VTEX invoices, carriers collect and deliver; a buyer regrets, a seller
has nothing left, a boleto is never paid, a notification is lost. Start it as often as you like: the day goes on
where it stood.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, Final

import click
import httpx

from sandbox.director import Director, Document, RefusedError, Sale

ANA, BRUNO, CARLA = 2212631001, 2212631002, 2212631003
_STREAM: Final = ("0012-AZ-M", "BAT-01-RUBI", "0007-PT-M", "PERF-10-50", "0031-PT-40", "BAT-01-NUDE")
_STEP_S: Final = 30.0  # virtual seconds between two steps of a carrier
_GAP_S: Final = 900.0  # and between two orders of the stream
_HANDLED: Final = ("ready-for-handling", "start-handling", "handling", "invoice", "invoiced")
_GONE: Final = ("cancel", "canceled", "cancellation-requested")
_STAGES: Final = {
    "invoice_pending": 1, "ready_to_print": 2, "printed": 3, "picked_up": 4, "dropped_off": 4,
}  # fmt: skip
_ACTS: Final = ((2, "print_label"), (3, "carrier_pickup"), (4, "ship"), (5, "deliver"))
DELIVERED: Final = 6


def stage(shipment: Document | None) -> int:
    """How far a shipment is: 0 not ready, 1 waits for the NF-e, 2 for the label, 3 printed, 4 collected,
    5 on its way, 6 delivered; -1 when it is over in another way."""
    if shipment is None or shipment["status"] in ("pending", "handling"):
        return 0
    if shipment["status"] == "ready_to_ship":
        return _STAGES.get(shipment["substatus"], 0)
    return {"shipped": 5, "delivered": DELIVERED}.get(shipment["status"], -1)


async def whole_way(day: Director, sale: Sale) -> None:
    """From a paid order to the buyer's door."""
    await erp_invoices(day, sale)
    reached = await day.until(f"{sale.reference}: the NF-e at Mercado Livre", lambda: _at_least(day, sale, 2))
    if reached == 2:
        day.say(f"{sale.reference}: Mercado Livre has the NF-e, the label can be printed")
    for reached, act in _ACTS:
        if stage(await day.shipment(sale)) == reached:
            await day.ml(act, pack=sale.purchase)
            day.say(f"{sale.reference}: {act.replace('_', ' ')}")
            await day.pause(_STEP_S)


async def erp_invoices(day: Director, sale: Sale) -> None:
    """The ERP takes the order once VTEX has it ready for handling, and issues its NF-e."""
    order = await day.until(f"{sale.reference}: the order at VTEX", lambda: _in_vtex(day, sale, _HANDLED))
    if order["status"] == "ready-for-handling":
        await day.vtex("start_handling", order=order["orderId"])
    if not order["packageAttachment"]["packages"]:
        issued = await day.vtex("invoice", order=order["orderId"])
        day.say(f"{sale.reference}: the ERP issued NF-e {issued['invoiceNumber']} for VTEX {order['orderId']}")


async def buyer_regrets(day: Director) -> None:
    """Paid, exported, then cancelled by the buyer before there is an invoice."""
    sale = await day.sell("order 2", ("0007-BR-P", 1), buyer=BRUNO, freight="14.90")
    await day.until("order 2: the order at VTEX", lambda: day.exported(sale))
    if await _status(day, sale) == "paid":
        await day.ml("buyer_cancel", order=sale.orders[0])
        day.say("order 2: the buyer cancels")
    if await _in_vtex(day, sale, _GONE) is None:
        await day.until("order 2: cancelled at VTEX", lambda: _in_vtex(day, sale, _GONE))
        day.say("order 2: cancelled at VTEX too")


async def seller_cancels(day: Director) -> None:
    """Paid, exported, then cancelled by the seller in VTEX."""
    sale = await day.sell("order 3", ("0031-PT-38", 1), buyer=CARLA)
    order = await day.until("order 3: ready at VTEX", lambda: _in_vtex(day, sale, (*_HANDLED, *_GONE)))
    if order["status"] not in _GONE:
        await day.vtex("seller_cancel", order=order["orderId"], reason="Produto sem estoque")
        day.say("order 3: the seller cancels in VTEX")
    if not await _is(day, sale, "cancelled"):
        await day.until("order 3: cancelled at Mercado Livre", lambda: _is(day, sale, "cancelled"))
        day.say("order 3: cancelled at Mercado Livre too")


async def cart(day: Director) -> None:
    """Two items in one cart: a pack of two orders, one NF-e, one shipment."""
    lines = (("0007-PT-M", 1), ("BAT-01-NUDE", 2))
    await whole_way(day, await day.sell("order 4", *lines, buyer=ANA, freight="18.00"))


async def boleto(day: Director) -> None:
    """A boleto that nobody pays: it expires after two days."""
    sale = await day.sell("order 5", ("PERF-10-50", 1), buyer=BRUNO, payment="pending", method="bolbradesco")
    if (status := await _status(day, sale)) != "cancelled":
        day.say(f"order 5: waits for its boleto ({status})")


async def lost_notification(day: Director) -> None:
    """Mercado Livre loses the notification of an order: only a poll finds it."""
    if await day.document("ml", "reference", "order 6") is None:
        await day.listing("0012-VM-P")
        await day.ml("lose_notification", topic="orders_v2")
    sale = await day.sell("order 6", ("0012-VM-P", 1), buyer=CARLA, freight="19.90")
    await whole_way(day, sale)


async def merchant(day: Director) -> None:
    """The merchant changes a price and counts stock, in VTEX."""
    if await day.document("ml", "note", "merchant") is not None:
        return
    await day.listing("0007-BR-M")
    await day.vtex("set_price", sku=2006, base="74.90")
    await day.vtex("set_stock", sku=2012, warehouse="1_1", quantity=120)
    await day.ml("note", name="merchant", value=True)
    day.say("the merchant: Camiseta Branca M costs 74.90, 120 units of Batom Rubi were counted")


async def stream(day: Director, orders: int) -> None:
    """Further orders, one after another, each the whole way."""
    buyers, ways = (ANA, BRUNO, CARLA), []
    for number in range(orders):
        sku, reference = _STREAM[number % len(_STREAM)], f"order {number + 7}"
        known = await day.document("ml", "reference", reference) is not None
        sale = await day.sell(reference, (sku, 1), buyer=buyers[number % 3], freight="15.00")
        ways.append(asyncio.create_task(_told(day, whole_way(day, sale))))
        if not known:
            await day.pause(_GAP_S)
    await asyncio.gather(*ways)


async def direct(day: Director, orders: int) -> None:
    """The whole day: the first order, then everything else beside one another, then the stream."""
    first = await day.sell("order 1", ("0012-AZ-P", 1), buyer=ANA, freight="19.90")
    stories = [
        whole_way(day, first), buyer_regrets(day), seller_cancels(day), cart(day), boleto(day),
        lost_notification(day), merchant(day), stream(day, orders),
    ]  # fmt: skip
    await asyncio.gather(*(_told(day, story) for story in stories))
    day.say("the day is over")


async def _told(day: Director, story: Coroutine[Any, Any, None]) -> None:
    """A story that cannot go on ends with a word; the others go on."""
    try:
        await story
    except RefusedError as error:
        day.say(f"the sandbox refused: {error}")


async def _at_least(day: Director, sale: Sale, wanted: int) -> int | None:
    reached = stage(await day.shipment(sale))
    if reached < 0:
        raise RefusedError(f"{sale.reference}: the shipment is over, nothing more to do")
    return reached if reached >= wanted else None


async def _in_vtex(day: Director, sale: Sale, statuses: tuple[str, ...]) -> Document | None:
    order = await day.exported(sale)
    return order if order is not None and order["status"] in statuses else None


async def _status(day: Director, sale: Sale) -> str:
    order = await day.document("ml", "order", sale.orders[0]) or {}
    return str(order.get("status"))


async def _is(day: Director, sale: Sale, status: str) -> bool | None:
    return True if await _status(day, sale) == status else None


@click.command()
@click.option("--sandbox", default="http://127.0.0.1:8077", show_default=True, help="Where the sandbox is.")
@click.option("--speed", type=float, help="Set the sandbox's speed; without it, it stays as it is.")
@click.option("--orders", default=20, show_default=True, help="Further orders after the told ones.")
@click.option("--account", default="lojaaurora", show_default=True, help="The VTEX account.")
@click.option("--user", default="123", show_default=True, help="The seller at Mercado Livre.")
def main(sandbox: str, speed: float | None, orders: int, account: str, user: str) -> None:
    """Let a day pass in the simulated platforms; stop and start it as you like."""

    async def run() -> None:
        async with httpx.AsyncClient(base_url=sandbox, timeout=30, trust_env=False) as client:
            day = Director(client, click.echo, account, user)
            if speed is not None:
                await day.speed(speed)
            await direct(day, orders)

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
