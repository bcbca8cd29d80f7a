"""The sender against a real server: what goes out, what comes back, what is never sent."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import probe_rules
import pytest
from probe_platform import Probe, Says
from probe_rules import rules
from sqlalchemy import select, update

from cais.clock import Clock
from cais.errors import CircuitOpen, LeaseHeld, MappingError, Misconfigured, Throttled
from cais.http.client import Answer, Sender
from cais.model.location import Location
from cais.model.vocabulary import OutcomeKind
from cais.outbound import circuit
from cais.problems import cases
from cais.rules.ruleset import ConnectionRules
from cais.store.engine import Store
from cais.store.tables import connection as connection_table
from cais.store.tables import ticket

LOCATION = Location(name="cd", connection="loja", remote_id="1_1")
KEY = "s3cr3t-k3y"


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def loja(probe: Probe) -> ConnectionRules:
    return rules(probe.url)


async def get(sender: Sender, loja: ConnectionRules, operation: str = "get_thing", **more: Any) -> Answer:
    return await sender.call(loja, loja.platform.operations[operation], {"id": "7", **more}, share="order")


async def create(sender: Sender, loja: ConnectionRules, **terms: Any) -> Any:
    operation = loja.platform.operations["create_thing"]
    context = {"location": LOCATION, "value": Decimal("10.90")}
    requests = sender.render(loja, operation, context)
    return await sender.send(loja, requests, operation, share="order", context=context, **terms)


# What goes out


async def test_a_request_goes_out_as_the_platform_file_says(
    sender: Sender, loja: ConnectionRules, probe: Probe
) -> None:
    probe.answers = [Says(json={"id": "A/7"})]
    answer = await sender.call(loja, loja.platform.operations["get_thing"], {"id": "A/7 ?x=1"}, share="bulk")
    (got,) = probe.got
    assert (got.method, got.target) == ("GET", "/api/things/A%2F7%20%3Fx%3D1?fields=a")
    assert got.headers["x-key"] == KEY
    assert got.headers["user-agent"] == "cais"
    assert (answer.outcome.kind, answer.outcome.remote_id) == (OutcomeKind.OK, "A/7")
    assert answer.document == {"body": {"id": "A/7"}}


async def test_amounts_go_out_and_come_back_exact(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.answers = [Says(body=b'{"id": "1", "total": 0.10, "big": 788032119674292922}')]
    assert (await create(sender, loja)).kind is OutcomeKind.OK
    assert probe.got[0].body == b'{"name":"cd","total":10.90}'
    probe.answers = [Says(body=b'{"id": "1", "total": 0.10, "big": 788032119674292922}')]
    body = (await get(sender, loja)).document["body"]
    assert (str(body["total"]), body["big"]) == ("0.10", 788032119674292922)


async def test_a_signature_covers_method_and_path(sender: Sender, probe: Probe) -> None:
    signed = rules(probe.url, auth=probe_rules.SIGNED)
    await get(sender, signed)
    expected = hmac.new(KEY.encode(), b"GET/api/things/7", hashlib.sha256).hexdigest()
    assert probe.got[0].query["sign"] == expected


# What comes back


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Says(200, {"id": "1"}), OutcomeKind.OK),
        (Says(200, {"taken": False}), OutcomeKind.FATAL),
        (Says(200, {}), OutcomeKind.UNKNOWN),  # created, and no id to know it by
        (Says(409, {}), OutcomeKind.EXISTS),
        (Says(401, {}), OutcomeKind.REAUTH),
        (Says(429, {}), OutcomeKind.THROTTLED),
        (Says(400, {"code": "E1"}), OutcomeKind.REJECT),
        (Says(503), OutcomeKind.UNKNOWN),
        (Says(302, headers={"location": "/other"}), OutcomeKind.FATAL),
        (Says(hangs=True), OutcomeKind.UNKNOWN),
        (Says(closes=True), OutcomeKind.UNKNOWN),
        (Says(200, body=b"<html>"), OutcomeKind.UNKNOWN),
    ],
)
async def test_a_write_ends_in_one_of_the_outcomes(
    sender: Sender, loja: ConnectionRules, probe: Probe, said: Says, kind: OutcomeKind
) -> None:
    probe.answers = [said]
    outcome = await create(sender, loja, deadline=timedelta(seconds=3))
    assert outcome.kind is kind
    assert len(probe.got) == 1


async def test_a_write_that_never_left_is_retried(sender: Sender, probe: Probe) -> None:
    nowhere = rules("http://127.0.0.1:9")
    assert (await create(sender, nowhere)).kind is OutcomeKind.RETRY


async def test_a_reading_without_an_answer_is_retried(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.answers = [Says(closes=True)]
    assert (await get(sender, loja)).outcome.kind is OutcomeKind.RETRY


async def test_the_deadline_is_for_the_whole_call(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.handler = lambda got: Says(hangs=True) if got.path.endswith("/2/cancel") else Says(json={})
    operation = loja.platform.operations["cancel_parts"]
    requests = sender.render(loja, operation, {"value": ["1", "2", "3"]})
    began = time.monotonic()
    outcome = await sender.send(loja, requests, operation, share="order", deadline=timedelta(seconds=3))
    assert outcome.kind is OutcomeKind.UNKNOWN
    assert time.monotonic() - began < 1.5
    assert probe.paths() == ["/api/parts/1/cancel", "/api/parts/2/cancel"], "the third is not sent after it"


async def test_requested_waits_are_nominal(sender: Sender, loja: ConnectionRules, probe: Probe, clock: Clock) -> None:
    probe.answers = [Says(429, {}, {"Retry-After": "30"})]
    assert (await create(sender, loja)).after == clock.real(timedelta(seconds=30))


# Composite readings


def places(**changes: Any) -> Any:
    answers = {
        "/api/places/7": Says(json={"id": 7, "name": "cd", "owner": "o1", "parts": [{"id": 1}, {"id": 2}], **changes}),
        "/owners/o1": Says(json={"name": "matriz"}),
        "/api/extra/7": Says(404, {}),
    }

    def handler(got: Any) -> Says:
        if got.path.startswith("/api/log/"):
            return Says(json={"lines": [f"line {got.query['page']}"], "pages": 3})
        return answers.get(got.path, Says(json={"part": got.path}))

    return handler


async def test_each_step_sees_those_before_it(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.handler = places()
    answer = await get(sender, loja, "get_location")
    assert probe.paths()[:5] == ["/api/places/7", "/owners/o1", "/api/extra/7", "/api/parts/1", "/api/parts/2"]
    assert answer.read == Location(name="matriz", connection="loja", remote_id="7")
    assert answer.document["extra"] is None
    assert answer.document["parts"] == [{"part": "/api/parts/1"}, {"part": "/api/parts/2"}]
    assert answer.document["log"] == ["line 1", "line 2", "line 3"]


async def test_a_step_is_left_out_when_its_condition_says_so(
    sender: Sender, loja: ConnectionRules, probe: Probe
) -> None:
    probe.handler = places(owner=None, parts=[])
    answer = await get(sender, loja, "get_location")
    assert "/owners/o1" not in probe.paths()
    assert (answer.read.name, answer.document["owner"], answer.document["parts"]) == ("cd", None, [])


async def test_a_step_that_fails_ends_the_call(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.handler = lambda got: Says(503) if "owners" in got.path else places()(got)
    answer = await get(sender, loja, "get_location")
    assert (answer.outcome.kind, answer.read) == (OutcomeKind.RETRY, None)
    assert probe.paths() == ["/api/places/7", "/owners/o1"]


async def test_a_list_within_a_reading_is_whole_or_an_error(
    sender: Sender, loja: ConnectionRules, probe: Probe
) -> None:
    endless = lambda got: Says(json={"lines": [got.query.get("page")], "pages": 99}) if "log" in got.path else None  # noqa: E731
    probe.handler = lambda got: endless(got) or places()(got)
    with pytest.raises(MappingError, match="longer than `max_pages`"):
        await get(sender, loja, "get_location")


async def test_found_is_asked_of_all_steps_together(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    operation = loja.platform.operations["find_parts"]
    two = await sender.call(loja, operation, {"value": ["1", "2"]}, share="order")
    one = await sender.call(loja, operation, {"value": ["1"]}, share="order")
    assert (two.outcome.kind, one.outcome.kind) == (OutcomeKind.OK, OutcomeKind.NOT_FOUND)


async def test_a_bulk_answer_is_read_item_by_item(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    results = [{"sku": "a", "ok": True}, {"sku": "b", "ok": False, "why": "E7"}]
    probe.answers = [Says(json={"results": results})]
    context = {"location": LOCATION, "value": Decimal(1)}
    answer = await sender.call(loja, loja.platform.operations["put_many"], context, share="bulk")
    assert {sku: outcome.kind for sku, outcome in answer.answers.items()} == {
        "a": OutcomeKind.OK,
        "b": OutcomeKind.REJECT,
    }
    assert answer.answers["b"].code == "E7"


# What is never sent


async def test_behind_its_lease_nothing_is_sent(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    with pytest.raises(LeaseHeld):
        await create(sender, loja, expires=sender._clock.before(timedelta(seconds=1)))
    assert probe.got == []


async def test_a_missing_secret_is_named_and_nothing_is_sent(
    sender: Sender, loja: ConnectionRules, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROBE_KEY")
    with pytest.raises(Misconfigured, match="loja: secret key is not set \\(env PROBE_KEY\\)"):
        await create(sender, loja)
    assert probe.got == []


async def test_a_missing_secret_is_one_problem_of_the_connection(
    sender: Sender, loja: ConnectionRules, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody sees it otherwise: each act would be tried again for ever."""
    monkeypatch.delenv("PROBE_KEY")
    with pytest.raises(Misconfigured):
        await create(sender, loja)
    with store.connect() as conn:
        assert [(case.cause, case.where) for case in cases(conn)] == [("connection:loja", "reauth")]
    with pytest.raises(CircuitOpen):
        await create(sender, loja)


async def test_a_used_up_limit_sends_nothing(sender: Sender, probe: Probe) -> None:
    limited = rules(probe.url, limits="{all: {calls: 1, per: 1h}}")
    await get(sender, limited)
    with pytest.raises(Throttled) as refusal:
        await get(sender, limited)
    assert refusal.value.after > timedelta(minutes=9), "an hour is ten minutes at this speed"
    assert len(probe.got) == 1


async def test_a_short_wait_is_slept(sender: Sender, probe: Probe, clock: Clock) -> None:
    limited = rules(probe.url, limits="{all: {calls: 1, per: 1s}}")
    began = clock.now()
    for _ in range(3):
        assert (await get(sender, limited)).outcome.kind is OutcomeKind.OK
    assert clock.now() - began >= clock.real(timedelta(seconds=2))


async def test_a_refused_rate_rests_the_operation(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.answers = [Says(429, {}, {"Retry-After": "60"})]
    await create(sender, loja)
    with pytest.raises(Throttled):
        await create(sender, loja)
    assert (await get(sender, loja)).outcome.kind is OutcomeKind.OK, "another operation is under no limit with it"
    assert len(probe.got) == 2


async def test_the_platforms_own_count_is_believed(sender: Sender, probe: Probe, store: Store) -> None:
    headers = "headers: {remaining: X-Left, reset: X-Reset}"
    limited = rules(probe.url, limits=f"{{all: {{calls: 6000, per: 1m, {headers}}}}}")
    probe.answers = [Says(json={}, headers={"X-Left": "0", "X-Reset": "50"})]
    await get(sender, limited)
    with pytest.raises(Throttled):
        await get(sender, limited)
    with store.connect() as conn:
        assert conn.execute(select(ticket.c.blocked_us)).scalar_one() > 0


async def test_an_open_circuit_sends_nothing_and_one_probe_closes_it(
    sender: Sender, loja: ConnectionRules, probe: Probe, store: Store
) -> None:
    probe.handler = lambda _: Says(503)
    for _ in range(circuit.DEFAULT.failures):
        await get(sender, loja)
    with pytest.raises(CircuitOpen):
        await get(sender, loja)
    assert len(probe.got) == circuit.DEFAULT.failures
    probe.handler = lambda _: Says(json={})
    with store.begin() as conn:
        conn.execute(update(connection_table).values(probe_at=store.clock.now()))
    assert (await get(sender, loja)).outcome.kind is OutcomeKind.OK
    with store.connect() as conn:
        assert circuit.state(conn, "loja").state == "closed"


async def test_an_answer_ends_a_row_of_failures(
    sender: Sender, loja: ConnectionRules, probe: Probe, store: Store
) -> None:
    probe.answers = [Says(503)] * 19
    for _ in range(20):
        await get(sender, loja)
    with store.connect() as conn:
        assert circuit.state(conn, "loja").failures == 0


async def test_refused_credentials_open_the_circuit(
    sender: Sender, loja: ConnectionRules, probe: Probe, store: Store
) -> None:
    probe.answers = [Says(401, {})]
    assert (await create(sender, loja)).kind is OutcomeKind.REAUTH
    with store.connect() as conn:
        assert circuit.state(conn, "loja").cause == circuit.REAUTH


# Secrets


@pytest.mark.security
async def test_a_secret_shows_nowhere_but_on_the_wire(
    sender: Sender, loja: ConnectionRules, probe: Probe, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    operation = loja.platform.operations["create_thing"]
    requests = sender.render(loja, operation, {"location": LOCATION, "value": Decimal(1)})
    shown = [repr(requests), repr(loja), repr(await create(sender, loja)), repr(await get(sender, loja))]
    probe.answers = [Says(closes=True), Says(400, {"code": "E1"})]
    shown += [repr(await create(sender, loja)), repr(await create(sender, loja)), caplog.text]
    assert all(got.headers["x-key"] == KEY for got in probe.got)
    assert KEY not in "".join(shown)
