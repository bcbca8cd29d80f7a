"""Tokens among processes: renewed by one of them, and what a death in between ends in. On both databases."""

from __future__ import annotations

import asyncio
import os
from multiprocessing.context import ForkServerContext

import pytest
from probe_platform import Probe
from sqlalchemy import select, update
from token_account import Account, get, refreshed, renewals

from cais.clock import Clock
from cais.crash import KILLED, VARIABLE
from cais.http.client import Sender
from cais.model.vocabulary import OutcomeKind
from cais.outbound import circuit
from cais.store.engine import Store
from cais.store.tables import token


async def calls(url: str, store_url: str) -> set[OutcomeKind]:
    store = Store.open(store_url, clock=Clock(speed=6), master_key=bytes(range(32)), threads=2)
    sender, connection = Sender(store), refreshed(url)
    outcomes = await asyncio.gather(*(get(sender, connection) for _ in range(3)))
    await sender.close()
    store.close()
    return {outcome.kind for outcome in outcomes}


def process(url: str, store_url: str, environment: dict[str, str]) -> None:
    """One process of a hub; it ends with 0 if all of its calls went well."""
    os.environ.update(environment)
    os._exit(0 if asyncio.run(calls(url, store_url)) == {OutcomeKind.OK} else 1)


async def ends(
    processes: ForkServerContext, probe: Probe, store_url: str, count: int = 1, **more: str
) -> list[int | None]:
    """How so many processes ended that began together, in this environment and `more`."""
    environment = {name: value for name, value in os.environ.items() if name.startswith("PROBE_")} | more
    started = [processes.Process(target=process, args=(probe.url, store_url, environment)) for _ in range(count)]
    for one in started:
        one.start()
    await asyncio.gather(*(asyncio.to_thread(one.join, 30) for one in started))
    return [one.exitcode for one in started]


async def test_processes_renew_one_after_the_other(
    probe: Probe, account: Account, store: Store, store_url: str, processes: ForkServerContext
) -> None:
    account.pause = 0.3
    assert await ends(processes, probe, store_url, count=3) == [0, 0, 0]
    assert renewals(probe) == 1


@pytest.mark.faults
async def test_dying_between_answer_and_commit_ends_in_reauth_not_in_silence(
    sender: Sender, probe: Probe, account: Account, store: Store, store_url: str, processes: ForkServerContext
) -> None:
    assert await ends(processes, probe, store_url, **{VARIABLE: "token:answered"}) == [KILLED]
    assert account.number == 1, "the platform has renewed, the store does not know"
    with store.begin() as conn:
        held = conn.execute(select(token.c.lease_until)).scalar_one()
        assert held > store.clock.now(), "its lease keeps others away until it has surely ended"
        conn.execute(update(token).values(lease_until=store.clock.now()))
    assert (await get(sender, refreshed(probe.url))).kind is OutcomeKind.REAUTH
    with store.connect() as conn:
        assert circuit.state(conn, "loja").cause == circuit.REAUTH
