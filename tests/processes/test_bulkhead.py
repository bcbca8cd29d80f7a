"""One worker per listed connection, none where the circuit is open, one slot when a probe is due."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from order_samples import an_order
from sqlalchemy import insert, update

from cais.bulkhead import SLOTS, Bulkheads, slots
from cais.identity import book
from cais.store.engine import Store
from cais.store.tables import connection as table
from cais.store.tables import order_book


class Hired:
    """A worker that only notes that it works."""

    def __init__(self, name: str, count: int, log: list[str]) -> None:
        self.name, self.count, self._log = name, count, log
        self._ended = asyncio.Event()

    async def run(self) -> None:
        self._log.append(f"{self.name} {self.count}")
        await self._ended.wait()
        self._log.append(f"{self.name} ends")

    async def shutdown(self) -> None:
        self._ended.set()


def listed(store: Store, *names: str) -> None:
    with store.begin() as conn:
        for name in names:
            facts = {"seller": "aurora", "platform": "p", "flow": "sales_channel", "hook_secret": "s", "listed": 1}
            conn.execute(insert(table).values(name=name, **facts, circuit="closed", failures=0))


def set_circuit(store: Store, name: str, **values: object) -> None:
    with store.begin() as conn:
        conn.execute(update(table).where(table.c.name == name).values(**values))


def asked(store: Store) -> dict[str, int]:
    with store.connect() as conn:
        return slots(conn, store.clock.now())


def test_slots_follow_the_circuit(store: Store) -> None:
    listed(store, "loja", "ml")
    assert asked(store) == {"loja": SLOTS, "ml": SLOTS}
    now = store.clock.now()
    set_circuit(store, "ml", circuit="open", probe_at=now + timedelta(minutes=5))
    assert asked(store) == {"loja": SLOTS}
    set_circuit(store, "ml", probe_at=now - timedelta(seconds=1))
    assert asked(store) == {"loja": SLOTS, "ml": 1}
    set_circuit(store, "loja", listed=0)
    assert asked(store) == {"ml": 1}


def test_a_connection_that_is_no_longer_listed_is_served_until_its_sellers_orders_have_ended(store: Store) -> None:
    """What is under way ends by the rules under which it began; an order never waits for a queue that nobody reads."""
    listed(store, "loja", "ml")
    set_circuit(store, "ml", listed=0)
    now = store.clock.now()
    with store.begin() as conn:
        book.show(conn, "order:aurora:ml:1", "aurora", "ml", an_order("1"), now, now)
    assert asked(store) == {"loja": SLOTS, "ml": SLOTS}
    with store.begin() as conn:
        conn.execute(update(order_book).values(open=False))
    assert asked(store) == {"loja": SLOTS}


async def test_workers_come_and_go_with_the_rows(store: Store) -> None:
    log: list[str] = []
    changes: list[int] = []

    async def changed() -> None:
        changes.append(len(log))

    bulkheads = Bulkheads(store, lambda name, count: Hired(name, count, log), changed)
    listed(store, "ml")
    keeping = asyncio.create_task(bulkheads.keep())
    await until(lambda: log == [f"ml {SLOTS}"])
    set_circuit(store, "ml", circuit="open", probe_at=store.clock.now() + timedelta(minutes=5))
    await until(lambda: log[-1] == "ml ends")
    set_circuit(store, "ml", probe_at=store.clock.now())
    await until(lambda: log[-1] == "ml 1")
    set_circuit(store, "ml", circuit="closed", probe_at=None)
    await until(lambda: log[-1] == f"ml {SLOTS}")
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert log == [f"ml {SLOTS}", "ml ends", "ml 1", "ml ends", f"ml {SLOTS}", "ml ends"]
    assert len(changes) == 3


async def until(holds) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.02)
