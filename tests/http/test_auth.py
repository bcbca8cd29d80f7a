"""Tokens that run out: one renewal at a time, kept before they are used, begun anew with a new secret."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from probe_platform import Probe, Says
from sqlalchemy import select, update
from token_account import Account, get, refreshed, renewals

from cais.errors import CircuitOpen, TryLater
from cais.http.client import Sender
from cais.http.token import Owner, current
from cais.model.vocabulary import OutcomeKind
from cais.outbound import circuit
from cais.rules.ruleset import ConnectionRules
from cais.store.engine import Store
from cais.store.tables import connection as connection_table
from cais.store.tables import token


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def loja(probe: Probe) -> ConnectionRules:
    return refreshed(probe.url)


def expire(store: Store, within: timedelta) -> None:
    with store.begin() as conn:
        conn.execute(update(token).values(expires_at=store.clock.after(within)))


async def test_the_first_token_comes_from_the_secret_and_is_kept(
    sender: Sender, loja: ConnectionRules, probe: Probe, account: Account, store: Store
) -> None:
    assert [(await get(sender, loja)).kind for _ in range(3)] == [OutcomeKind.OK] * 3
    assert renewals(probe) == 1
    with store.connect() as conn:
        kept = current(conn, store.keys, Owner("loja", "aurora"))
    assert kept is not None
    assert (kept.access, kept.refresh, kept.version) == ("access-1", "refresh-1", 1)
    assert kept.expires_at is not None
    assert kept.expires_at - store.clock.now() <= store.clock.real(timedelta(hours=6))


async def test_a_token_is_renewed_before_it_runs_out(
    sender: Sender, loja: ConnectionRules, probe: Probe, account: Account, store: Store
) -> None:
    await get(sender, loja)
    expire(store, timedelta(minutes=11))
    await get(sender, loja)
    assert renewals(probe) == 1
    expire(store, timedelta(minutes=9))
    assert (await get(sender, loja)).kind is OutcomeKind.OK
    assert renewals(probe) == 2
    assert probe.got[-1].headers["authorization"] == "Bearer access-2"


async def test_many_calls_make_one_renewal(
    sender: Sender, loja: ConnectionRules, probe: Probe, account: Account
) -> None:
    account.pause = 0.1
    outcomes = await asyncio.gather(*(get(sender, loja) for _ in range(20)))
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.OK}
    assert renewals(probe) == 1


async def test_a_refused_token_is_renewed_once_and_the_call_repeated(
    sender: Sender, loja: ConnectionRules, probe: Probe, account: Account, store: Store
) -> None:
    await get(sender, loja)
    account.access = "revoked"
    assert (await get(sender, loja)).kind is OutcomeKind.OK
    assert renewals(probe) == 2
    account.accepts = False
    assert (await get(sender, loja)).kind is OutcomeKind.REAUTH
    assert probe.paths()[-3:] == ["/api/things/7", "/api/token", "/api/things/7"], "once, then no more"
    with store.connect() as conn:
        assert circuit.state(conn, "loja").cause == circuit.REAUTH


async def test_a_refused_renewal_asks_for_a_person(
    sender: Sender, loja: ConnectionRules, probe: Probe, account: Account, store: Store
) -> None:
    account.refresh = "another"
    outcome = await get(sender, loja)
    assert (outcome.kind, outcome.code) == (OutcomeKind.REAUTH, "invalid_grant")
    assert probe.paths() == ["/api/token"], "the call itself is not sent"
    with pytest.raises(CircuitOpen):
        await get(sender, loja)


async def test_a_new_secret_begins_a_new_chain(
    sender: Sender,
    loja: ConnectionRules,
    probe: Probe,
    account: Account,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await get(sender, loja)
    account.refresh, account.access = "given-by-the-seller", "none"  # connected anew: the old chain is dead
    assert (await get(sender, loja)).kind is OutcomeKind.REAUTH
    monkeypatch.setenv("PROBE_REFRESH_TOKEN", "given-by-the-seller")
    with store.begin() as conn:
        conn.execute(update(connection_table).values(probe_at=store.clock.now()))
    assert (await get(sender, loja)).kind is OutcomeKind.OK
    with store.connect() as conn:
        assert circuit.state(conn, "loja").state == "closed"


async def test_a_renewal_without_an_answer_is_tried_again(
    sender: Sender, loja: ConnectionRules, probe: Probe, account: Account
) -> None:
    probe.answers = [Says(503)]
    with pytest.raises(TryLater):
        await get(sender, loja)
    assert (await get(sender, loja)).kind is OutcomeKind.OK


async def test_a_token_still_good_serves_while_renewals_fail(
    sender: Sender, loja: ConnectionRules, probe: Probe, account: Account, store: Store
) -> None:
    await get(sender, loja)
    expire(store, timedelta(minutes=5))
    probe.answers = [Says(503)]
    assert (await get(sender, loja)).kind is OutcomeKind.OK
    assert probe.paths()[-2:] == ["/api/token", "/api/things/7"]


async def test_who_asked_may_be_cancelled_the_renewal_is_not(
    sender: Sender, loja: ConnectionRules, probe: Probe, account: Account, store: Store
) -> None:
    account.pause = 0.2
    task = asyncio.ensure_future(get(sender, loja))
    while not renewals(probe):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await get(sender, loja)).kind is OutcomeKind.OK
    assert renewals(probe) == 1


async def test_a_token_operation_that_hangs_leaves_the_call_unsent(
    sender: Sender, loja: ConnectionRules, probe: Probe
) -> None:
    probe.answers = [Says(hangs=True)]
    operation = loja.platform.operations["create_thing"]
    requests = sender.render(loja, loja.platform.operations["get_thing"], {"id": "7"})
    outcome = await sender.send(loja, requests, operation, share="order", deadline=timedelta(seconds=1))
    assert outcome.kind is OutcomeKind.RETRY, "a write that was not sent is not in doubt"


@pytest.mark.security
async def test_tokens_lie_sealed(sender: Sender, loja: ConnectionRules, account: Account, store: Store) -> None:
    await get(sender, loja)
    with store.connect() as conn:
        row = conn.execute(select(token)).mappings().one()
        kept = current(conn, store.keys, Owner("loja", "aurora"))
    assert b"access-1" not in row["access"]
    assert b"refresh-1" not in row["refresh"]
    assert "access-1" not in repr(kept)
