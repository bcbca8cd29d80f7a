"""Tokens among processes: renewed by one of them, and what a death in between ends in. On both databases."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from probe_platform import Probe
from sqlalchemy import select, update
from token_account import Account, get, refreshed, renewals

from cais.crash import KILLED, VARIABLE
from cais.http.client import Sender
from cais.model.vocabulary import OutcomeKind
from cais.outbound import circuit
from cais.store.engine import Store
from cais.store.tables import token


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
    sender: Sender, probe: Probe, account: Account, store: Store, store_url: str
) -> None:
    code, _ = await process(probe, store_url, **{VARIABLE: "token:answered"})
    assert code == KILLED
    assert account.number == 1, "the platform has renewed, the store does not know"
    with store.begin() as conn:
        held = conn.execute(select(token.c.lease_until)).scalar_one()
        assert held > store.clock.now(), "its lease keeps others away until it has surely ended"
        conn.execute(update(token).values(lease_until=store.clock.now()))
    assert (await get(sender, refreshed(probe.url))).kind is OutcomeKind.REAUTH
    with store.connect() as conn:
        assert circuit.state(conn, "loja").cause == circuit.REAUTH
