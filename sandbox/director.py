"""Who directs a demo day: does acts and waits for states, over HTTP, and may be stopped at any moment.

What happened is kept by the sandbox (purchases by their reference, notes), so a director that starts anew finds
where the day stood. Nothing here sleeps for a guessed time: each step waits for what it needs.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx

T = TypeVar("T")
Document = dict[str, Any]
POLL_S: Final = 0.25  # real seconds between two looks
_PATIENCE_S: Final = 60.0  # real seconds before the director says what it waits for


class RefusedError(Exception):
    """The sandbox refused an act; its words."""


@dataclass(frozen=True)
class Sale:
    """A purchase on Mercado Livre. `lines`: (SKU, quantity)."""

    reference: str
    purchase: int
    orders: tuple[int, ...]
    lines: tuple[tuple[str, int], ...]


class Director:
    """Acts and states of both platforms. `say` is told each step, in words."""

    def __init__(self, client: httpx.AsyncClient, say: Callable[[str], None], account: str, user: str) -> None:
        self._client, self._say, self.account, self.user = client, say, account, user

    async def ml(self, act: str, **given: Any) -> Any:
        """Something that happens at Mercado Livre."""
        return await self._control("POST", f"ml/{self.user}/act", {"act": act} | given)

    async def vtex(self, act: str, **given: Any) -> Any:
        """Something that the merchant or the ERP does at VTEX."""
        return await self._control("POST", f"vtex/{self.account}/act", {"act": act} | given)

    async def speed(self, speed: float) -> None:
        """Set the speed of the sandbox's clock."""
        await self._control("POST", "clock", {"speed": speed})

    async def pause(self, virtual_s: float) -> None:
        """Let virtual time pass, whatever the speed is meanwhile."""
        clock = await self._control("GET", "clock")
        await asyncio.sleep(virtual_s / float(clock["speed"]))

    async def documents(self, platform: str, kind: str) -> dict[str, Document]:
        """All documents of a kind."""
        found: dict[str, Document] = await self._control("GET", f"state/{platform}/{kind}")
        return found

    async def document(self, platform: str, kind: str, id_: str | int) -> Document | None:
        """One document, or None."""
        found: Document | None = await self._control("GET", f"state/{platform}/{kind}/{id_}", missing=True)
        return found

    async def until(self, what: str, look: Callable[[], Awaitable[T | None]]) -> T:
        """Look again and again until there is something; say what is waited for when it takes long."""
        began, told = time.monotonic(), False
        while (found := await look()) is None:
            if not told and time.monotonic() - began > _PATIENCE_S:
                self.say(f"still waiting: {what}")
                told = True
            await asyncio.sleep(POLL_S)
        return found

    async def item(self, sku: str, units: int = 1) -> Document | None:
        """The active listing of a SKU that has enough units."""
        for item in (await self.documents("ml", "item")).values():
            if str(item["seller_id"]) == self.user and item["status"] == "active" and _has(item, sku, units):
                return item
        return None

    async def listing(self, sku: str, units: int = 1) -> Document:
        """Wait until a SKU can be bought."""
        return await self.until(f"a listing of {sku}", lambda: self.item(sku, units))

    async def sell(self, reference: str, *lines: tuple[str, int], buyer: int, **terms: Any) -> Sale:
        """Wait for the listings, then let the buyer buy; once for each reference."""
        known = await self.document("ml", "reference", reference)
        if known is None:
            for sku, units in lines:
                await self.listing(sku, units)
            wanted = [{"sku": sku, "quantity": units} for sku, units in lines]
            known = await self.ml("buy", lines=wanted, buyer=buyer, reference=reference, **terms)
            self.say(f"{reference}: bought, Mercado Livre order {', '.join(map(str, known['orders']))}")
        return Sale(reference, known["purchase"], tuple(known["orders"]), lines)

    async def shipment(self, sale: Sale) -> Document | None:
        """The shipment of a sale, or None while there is none."""
        purchase = await self.document("ml", "purchase", sale.purchase) or {}
        return await self.document("ml", "shipment", purchase["shipment"]) if purchase.get("shipment") else None

    async def exported(self, sale: Sale) -> Document | None:
        """The VTEX order that a hub made of the sale: it names one of the ids."""
        orders = await self.documents("vtex", "order")
        own = [one for id_, one in orders.items() if id_.startswith(f"{self.account}/")]
        ids = {str(id_) for id_ in (sale.purchase, *sale.orders)}
        return next((one for one in own if any(id_ in json.dumps(one) for id_ in ids)), None)

    def say(self, words: str) -> None:
        """Tell whoever watches."""
        self._say(words)

    async def _control(self, method: str, path: str, body: Any = None, *, missing: bool = False) -> Any:
        while True:
            try:
                answer = await self._client.request(method, f"/_sandbox/{path}", json=body)
            except httpx.TransportError:
                await asyncio.sleep(1)  # the sandbox is down or starting
                continue
            if missing and answer.status_code == 404:
                return None
            if answer.is_error:
                raise RefusedError(answer.json().get("error", answer.text))
            return answer.json()


def _has(item: Mapping[str, Any], sku: str, units: int) -> bool:
    skus = [one.get("value_name") for one in item["attributes"] if one.get("id") == "SELLER_SKU"]
    return skus == [sku] and int(item["available_quantity"]) >= units
