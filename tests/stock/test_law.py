"""The law of stock: sold, exported, read and counted in any order, no more is offered than there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from cais.model.observation import PlacedLine
from cais.model.stock import Count, Stock
from cais.stock import reservations
from cais.stock.counts import store_counts
from cais.stock.sellable import Offering, units
from cais.store.tables import metadata

SELLER, OWNER, SKU = "aurora", "loja", "PEN"
SETTLE = 5
START = datetime(2026, 11, 1, tzinfo=UTC)
ENGINE = create_engine("sqlite://", poolclass=StaticPool)
metadata.create_all(ENGINE)


def moment(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


@contextmanager
def scratch() -> Iterator[Connection]:
    """A transaction that is never committed."""
    with ENGINE.connect() as conn:
        yield conn
        conn.rollback()


@dataclass
class Sale:
    name: str
    units: int
    exported: bool = False
    cancelled: bool = False
    counted_at: int | None = None
    """When the owner's own count began to include it."""


@dataclass
class Reading:
    began: int
    taken_at: int


@dataclass
class World:
    """What is true: the owner's shelf, and what the owner's system shows of it."""

    conn: Connection
    now: int = 0
    received: list[tuple[int, int]] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def count_at(self, second: int) -> int:
        """What the owner's system shows."""
        included = sum(s.units for s in self.sales if s.counted_at is not None and s.counted_at <= second)
        return sum(units for at, units in self.received if at <= second) - included

    def free(self) -> int:
        """What is on the shelf and sold to nobody."""
        return sum(units for _, units in self.received) - sum(s.units for s in self.sales if not s.cancelled)

    def receive(self, units_in: int) -> None:
        self.received.append((self.now, units_in))

    def sell(self, units_sold: int) -> None:
        sale = Sale(f"order:{SELLER}:ml:{len(self.sales)}", units_sold)
        self.sales.append(sale)
        line = PlacedLine(id="1", sku=SKU, quantity=units_sold)
        reservations.reserve(self.conn, SELLER, sale.name, OWNER, [line], moment(self.now))

    def export(self, which: int, answers_after: int, counted_after: int) -> None:
        """The owner's system is told; its count follows within `SETTLE` of the answer, or even before it."""
        waiting = [sale for sale in self.sales if not sale.exported and not sale.cancelled]
        if not waiting:
            return
        sale = waiting[which % len(waiting)]
        sale.exported = True
        sale.counted_at = self.now + min(counted_after, answers_after + SETTLE)
        self.now += answers_after
        reservations.reflect(self.conn, sale.name, moment(self.now + SETTLE))

    def cancel(self, which: int) -> None:
        """Before it was exported."""
        waiting = [sale for sale in self.sales if not sale.exported and not sale.cancelled]
        if waiting:
            waiting[which % len(waiting)].cancelled = True
            reservations.release(self.conn, waiting[which % len(waiting)].name, moment(self.now))

    def begin_reading(self, answers_after: int) -> None:
        self.readings.append(Reading(self.now, self.now + answers_after))

    def store_reading(self, which: int) -> None:
        """Readings arrive late and out of order."""
        ready = [reading for reading in self.readings if reading.taken_at <= self.now]
        if ready:
            reading = ready[which % len(ready)]
            self.readings.remove(reading)
            shown = Count(location="1", units=max(0, self.count_at(reading.taken_at)))
            stock = Stock(sku=SKU, counts=(shown,))
            store_counts(self.conn, SELLER, OWNER, stock, moment(reading.began), moment(self.now))

    def open_shop(self, units_in: int) -> None:
        """There is something on the shelf, and the hub knows of it."""
        self.receive(units_in)
        self.begin_reading(0)
        self.store_reading(0)

    def offered(self, buffer: int = 0) -> int:
        return units(self.conn, SELLER, Offering("ml", buffer=buffer), SKU)


small = st.integers(0, 9)
SHELF = st.integers(1, 30)
STEP = st.one_of(
    st.tuples(st.just("receive"), st.integers(1, 5)),
    st.tuples(st.just("sell"), st.integers(1, 3)),
    st.tuples(st.just("sell"), st.integers(1, 3)),
    st.tuples(st.just("export"), small, small, small),
    st.tuples(st.just("export"), small, small, small),
    st.tuples(st.just("cancel"), small),
    st.tuples(st.just("begin_reading"), small),
    st.tuples(st.just("begin_reading"), small),
    st.tuples(st.just("store_reading"), small),
    st.tuples(st.just("store_reading"), small),
    st.tuples(st.just("wait"), small),
)
STEPS = st.lists(STEP, min_size=5, max_size=40)


def run(world: World, step: tuple[str, ...]) -> None:
    world.now += 1
    name, *arguments = step
    if name == "wait":
        world.now += int(arguments[0])
    else:
        getattr(world, name)(*arguments)


@settings(max_examples=120, deadline=None)
@given(STEPS, SHELF, st.integers(0, 3))
def test_never_more_is_offered_than_is_free(steps: list[tuple[str, ...]], shelf: int, buffer: int) -> None:
    with scratch() as conn:
        world = World(conn)
        world.open_shop(shelf)
        for step in steps:
            run(world, step)
            assert world.offered() <= max(0, world.free())
            assert world.offered(buffer) <= max(0, world.free() - buffer)


@settings(max_examples=60, deadline=None)
@given(STEPS, SHELF)
def test_once_all_is_quiet_and_read_anew_all_that_is_free_is_offered(steps: list[tuple[str, ...]], shelf: int) -> None:
    with scratch() as conn:
        world = World(conn)
        world.open_shop(shelf)
        for step in steps:
            run(world, step)
        world.now += 2 * SETTLE + 20
        world.readings.clear()
        world.begin_reading(0)
        world.store_reading(0)
        if world.count_at(world.now) >= 0:  # a platform that shows no negative count hides what it owes
            assert world.offered() == max(0, world.free())
