"""Tokens that run out: one renewal at a time, kept before they are used, begun anew with a new secret."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import pytest_asyncio
from probe_platform import Got, Probe, Says
from probe_rules import REFRESHED, rules
from sqlalchemy import insert, select, update

from cais.clock import Clock
from cais.crash import KILLED, VARIABLE
from cais.errors import CircuitOpen, TryLater
from cais.http.client import Sender
from cais.http.token import Owner, current
from cais.model.vocabulary import OutcomeKind
from cais.outbound import circuit
from cais.rules.message import Outcome
from cais.rules.ruleset import ConnectionRules
from cais.store.engine import Store
from cais.store.tables import connection as connection_table
from cais.store.tables import token

FIRST = "first-refresh"


class Account:
    """A platform whose refresh tokens are single use; `expires_in` in its own (nominal) seconds."""

    def __init__(self) -> None:
        self.refresh, self.access, self.number = FIRST, "none", 0
        self.expires_in = 21600
        self.pause = 0.0
        self.accepts = True

    async def __call__(self, got: Got) -> Says:
        if got.path == "/api/token":
            return await self._renew(parse_qs(got.body.decode()))
        taken = self.accepts and got.headers.get("authorization") == f"Bearer {self.access}"
        return Says(200 if taken else 401, {"id": "7"})

    async def _renew(self, form: dict[str, list[str]]) -> Says:
        if form["refresh_token"] != [self.refresh] or form["client_secret"] != ["c"]:
            return Says(400, {"error": "invalid_grant"})
        self.number += 1
        self.refresh, self.access = f"refresh-{self.number}", f"access-{self.number}"
        await asyncio.sleep(self.pause)
        return Says(json={"access": self.access, "refresh": self.refresh, "expires_in": self.expires_in})


@pytest.fixture
def clock() -> Clock:
    return Clock(speed=6)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_CLIENT_SECRET", "c")
    monkeypatch.setenv("PROBE_REFRESH_TOKEN", FIRST)


@pytest.fixture
def account(probe: Probe) -> Account:
    probe.handler = Account()
    return probe.handler


@pytest.fixture
def loja(probe: Probe) -> ConnectionRules:
    return rules(probe.url, auth=REFRESHED, secrets="client_secret refresh_token")


@pytest_asyncio.fixture
async def sender(store: Store) -> AsyncIterator[Sender]:
    with store.begin() as conn:
        row = {"name": "loja", "seller": "aurora", "platform": "probe", "flow": "backoffice", "hook_secret": "x"}
        conn.execute(insert(connection_table).values(**row))
    one = Sender(store)
    yield one
    await one.close()


async def get(sender: Sender, loja: ConnectionRules) -> Outcome:
    operation = loja.platform.operations["get_thing"]
    return (await sender.call(loja, operation, {"id": "7"}, share="order")).outcome


def renewals(probe: Probe) -> int:
    return probe.paths().count("/api/token")


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


# Among processes


async def process(probe: Probe, store_url: str, **environment: str) -> tuple[int, str]:
    script = Path(__file__).with_name("token_process.py")
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        probe.url,
        store_url,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await started.communicate()
    assert started.returncode is not None
    return started.returncode, out.decode()


async def test_processes_renew_one_after_the_other(
    probe: Probe, account: Account, store: Store, store_url: str
) -> None:
    account.pause = 0.3
    results = await asyncio.gather(*(process(probe, store_url) for _ in range(3)))
    assert results == [(0, "ok ok ok\n")] * 3
    assert renewals(probe) == 1


@pytest.mark.faults
async def test_dying_between_answer_and_commit_ends_in_reauth_not_in_silence(
    sender: Sender, loja: ConnectionRules, probe: Probe, account: Account, store: Store, store_url: str
) -> None:
    code, _ = await process(probe, store_url, **{VARIABLE: "token:answered"})
    assert code == KILLED
    assert account.number == 1, "the platform has renewed, the store does not know"
    with store.begin() as conn:
        held = conn.execute(select(token.c.lease_until)).scalar_one()
        assert held > store.clock.now(), "its lease keeps others away until it has surely ended"
        conn.execute(update(token).values(lease_until=store.clock.now()))
    assert (await get(sender, loja)).kind is OutcomeKind.REAUTH
    with store.connect() as conn:
        assert circuit.state(conn, "loja").cause == circuit.REAUTH


@pytest.mark.security
async def test_tokens_lie_sealed(sender: Sender, loja: ConnectionRules, account: Account, store: Store) -> None:
    await get(sender, loja)
    with store.connect() as conn:
        row = conn.execute(select(token)).mappings().one()
        kept = current(conn, store.keys, Owner("loja", "aurora"))
    assert b"access-1" not in row["access"]
    assert b"refresh-1" not in row["refresh"]
    assert "access-1" not in repr(kept)
