"""The way into Temporal, on the real server: one running workflow an id, told whether it ran or not."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from order_samples import a_plan, an_order
from probes import ListingProbe, OrderProbe, PumpProbe
from sqlalchemy import insert, select, text, update
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from cais.errors import NotFound
from cais.identity import book, told
from cais.identity.recover import recover
from cais.inbound import cursor
from cais.inbound.cursor import Cursor
from cais.inbound.news import observations
from cais.inbound.selection import SELECTION
from cais.inbound.starter import TemporalStarter
from cais.model.claim import OrderStart
from cais.model.observation import Observed
from cais.model.queue import WORKFLOWS
from cais.model.selection import ListingObserved, ListingStart, Selected, Unselected
from cais.model.vocabulary import ListingStatus
from cais.store.engine import Store
from cais.store.tables import connection, listing, order_book

pytestmark = pytest.mark.temporal
AT = datetime(2026, 11, 20, 12, 1, tzinfo=UTC)


@pytest_asyncio.fixture
async def client(temporal: Client) -> AsyncIterator[Client]:
    """A client, while a worker runs the probes."""
    probes = [OrderProbe, ListingProbe, PumpProbe]
    async with Worker(temporal, task_queue=WORKFLOWS, workflows=probes, workflow_runner=UnsandboxedWorkflowRunner()):
        yield temporal


@pytest.fixture
def start() -> OrderStart:
    return OrderStart(seller="aurora", channel="market", order=uuid.uuid4().hex)


def observed(name: str) -> Observed:
    return Observed(id=name, source="market", as_of=AT, observations=observations(an_order(), "market", a_plan()))


async def told_to(client: Client, workflow_id: str) -> list[str]:
    words = await client.get_workflow_handle(workflow_id).query("told")
    return [word["id"] if "id" in word else word["target"] for _, word in words]


async def test_an_order_is_started_by_its_first_word_and_told_the_next(client: Client, start: OrderStart) -> None:
    starter = TemporalStarter(client)
    await starter.observe(start, observed("a"))
    await starter.observe(start, observed("b"))
    assert await told_to(client, start.workflow_id) == ["a", "b"]


async def test_a_late_word_starts_an_order_that_has_ended(client: Client, start: OrderStart) -> None:
    starter = TemporalStarter(client)
    await starter.observe(start, observed("a"))
    handle = client.get_workflow_handle(start.workflow_id)
    await handle.signal("end")
    assert (await handle.result())["start"] == {"seller": "aurora", "channel": "market", "order": start.order}
    await starter.observe(start, observed("late"))
    assert await told_to(client, start.workflow_id) == ["late"]


@pytest.mark.security
async def test_history_holds_nothing_personal(client: Client, start: OrderStart) -> None:
    await TemporalStarter(client).observe(start, observed("a"))
    history = (await client.get_workflow_handle(start.workflow_id).fetch_history()).to_json()
    for personal in ("Ana", "Souza", "01234567890", "Rua A", "ana@example.com"):
        assert personal not in history


async def test_a_listing_is_told_selection_and_status(client: Client) -> None:
    starter, begun = TemporalStarter(client), ListingStart(seller="aurora", channel="ml", listing=uuid.uuid4().hex)
    await starter.select(begun, Selected(id="s1", rev=1, plan="d", variants=("A",)))
    await starter.select(begun, Unselected(id="s2", rev=2))
    await starter.observe_listing(begun, ListingObserved(id="o1", as_of=AT, status=ListingStatus.PAUSED))
    assert await told_to(client, f"listing:aurora:ml:{begun.listing}") == ["s1", "s2", "o1"]


async def test_a_retry_reaches_what_runs_and_says_what_does_not(client: Client, start: OrderStart) -> None:
    starter = TemporalStarter(client)
    with pytest.raises(NotFound):
        await starter.retry(start.workflow_id, "shop")
    await starter.observe(start, observed("a"))
    await starter.retry(start.workflow_id, "shop")
    assert await told_to(client, start.workflow_id) == ["a", "shop"]


def told_left(store: Store) -> int:
    with store.connect() as conn:
        return int(conn.execute(text("SELECT count(*) FROM told")).scalar_one())


async def test_recover_starts_what_is_open_and_does_not_run_and_nothing_twice(client: Client, store: Store) -> None:
    mark = uuid.uuid4().hex[:8]
    names = [f"{mark}-{n}" for n in range(4)]
    with store.begin() as conn:
        for name in names:
            book.show(conn, f"order:aurora:market:{name}", "aurora", "market", an_order(name), AT, AT)
            told.keep(conn, "aurora", f"order:aurora:market:{name}", "market", "x", AT)
        told.keep(conn, "aurora", f"order:aurora:market:{names[0]}", "shop", "x", AT + timedelta(hours=1))
        cursor.write(conn, "aurora", "shop", SELECTION, Cursor({"generation": 1}, AT))
        closed = order_book.c.id == f"order:aurora:market:{names[3]}"
        conn.execute(update(order_book).where(closed).values(open=False))
        row = {"id": f"listing:aurora:market:{mark}", "seller": "aurora", "connection": "market", "code": mark}
        conn.execute(insert(listing).values(**row, product=mark, started=True, status="active", updated_at=AT))
        for name, flow in ((f"m{mark}", "sales_channel"), (f"s{mark}", "backoffice")):
            values = {"name": name, "seller": f"a{mark}", "platform": "toy", "flow": flow, "hook_secret": "x"}
            conn.execute(insert(connection).values(values))
    running = OrderStart(seller="aurora", channel="market", order=names[0])
    await TemporalStarter(client).observe(running, observed("a"))
    done = await recover(store, client)
    assert (done.orders, done.listings, done.pumps) == (2, 1, 6)
    # Of the closed order and the running one: the started are told again, and what was told the last before the start.
    assert told_left(store) == 2
    with store.connect() as conn:
        assert not conn.execute(select(listing.c.started)).scalar_one(), "what it is to be is told again, from the book"
        asked = cursor.read(conn, "shop", SELECTION)
        assert asked is not None
        assert "generation" not in asked.value
    again = await recover(store, client)
    assert (again.orders, again.listings, again.pumps) == (0, 0, 0)
    with store.begin() as conn:
        for n, at in ((0, AT), (3, AT + timedelta(hours=1))):
            told.keep(conn, "aurora", f"order:aurora:market:{names[n]}", "market", "x", at)
    await recover(store, client, retell=True)
    assert told_left(store) == 0
