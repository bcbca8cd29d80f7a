"""What identifies a buyer is nowhere in the clear: not in Temporal's database, the book, the archive, nor in a log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from running import RunningHub

from cais.identity import buyer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal, pytest.mark.security]

BRUNO = 2212631002
TELLING = ("Bruno", "11144477735", "111.444.777-35", "Rua da Bahia", "30160011", "30160-011", "955448822")
"""His name, CPF, street, postcode and telephone, as platforms and invoices write them."""


async def test_a_buyers_data_is_in_the_clear_nowhere(hub: RunningHub) -> None:
    sale = await hub.buy(("0007-BR-G", 1), reference="private", buyer=BRUNO)
    await hub.fulfil(sale)
    await hub.reaches(sale, "delivered")
    with hub.store.connect() as conn:
        known = buyer.read(conn, hub.store.keys, hub.id_of(sale))
    assert known is not None
    assert known["buyer"]["name"] == "Bruno Lima", "the hub knows him, sealed"
    assert list(_leaks(hub)) == []
    name = hub.id_of(sale).encode()
    found = {file.name.split("-")[0] for file in hub.config.var.iterdir() if name in _bytes(file)}
    assert {"temporal.db", "cais.db"} <= found, "what is written there can be found"


async def test_what_a_platform_repeats_when_it_refuses_leaks_nothing(hub: RunningHub) -> None:
    """A mapping that fails on the buyer's own words parks the order, and says where, not what."""
    edit = ("phone: {from: order.buyer.phone, on_null: null}", "phone: {from: order.buyer.name, as: money}")
    with hub.edited("mappings/platforms/vtex/order.write.yaml", *edit):
        await hub.activate()
        sale = await hub.buy(("0007-BR-M", 1), reference="private and refused", buyer=BRUNO)

        async def parks() -> bool:
            return await hub.status(sale) is not None and bool((await hub.story(sale)).parked)

        await hub.wait_for(parks, "the export is parked")
        assert list(_leaks(hub)) == []
    await hub.activate()
    await hub.in_window(sale)


def _leaks(hub: RunningHub) -> Iterator[tuple[str, str]]:
    """Files of the hub with a word that tells who bought. The platforms' own file is no file of the hub's."""
    for file in sorted(hub.config.var.rglob("*")):
        if not file.name.startswith("sandbox"):
            content = _bytes(file)
            yield from ((file.name, word) for word in TELLING if word.encode() in content)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (FileNotFoundError, IsADirectoryError):  # a journal that was checkpointed meanwhile
        return b""
