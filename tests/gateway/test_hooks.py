"""Hooks: who may knock, what is taken, what is answered, and that the row is there before the answer."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import Any

import pytest
from order_samples import an_order
from sqlalchemy import select, text
from starlette.testclient import TestClient

from cais.gateway import body
from cais.identity import book, ref
from cais.store import archive
from cais.store.engine import Store
from cais.store.tables import inbox

HOOK = "/hooks/market/hook-secret/events"
ORDER = {"topic": "order", "id": 2000, "event": "ev1"}


def rows(store: Store) -> list[tuple[Any, ...]]:
    with store.connect() as conn:
        columns = (inbox.c.connection, inbox.c.kind, inbox.c.object_id, inbox.c.by, inbox.c.door)
        return [tuple(row) for row in conn.execute(select(*columns))]


def test_a_notification_is_one_row_and_its_repetition_none(client: TestClient, ruled: Store) -> None:
    for _ in range(2):
        answer = client.post(HOOK, json=ORDER)
        assert (answer.status_code, answer.json()) == (200, {})
    assert rows(ruled) == [("market", "order", "2000", "id", "hook")]


def test_without_an_id_the_words_and_the_minute_tell_repetitions_apart(client: TestClient, ruled: Store) -> None:
    silent = {"topic": "order", "id": 2000}
    client.post(HOOK, json=silent)
    client.post(HOOK, json=silent)
    client.post(HOOK, json={**silent, "id": 2001})
    assert [row[2] for row in rows(ruled)] == ["2000", "2001"]


@pytest.mark.security
@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/hooks/nobody/hook-secret/events", 404, "no such connection"),
        ("/hooks/market/wrong/events", 401, "the secret is wrong"),
        ("/hooks/market/hook-secre/events", 401, "the secret is wrong"),
        ("/hooks/market/h%C3%B6ok/events", 401, "the secret is wrong"),
    ],
)
def test_strangers_are_refused_in_plain_words(
    client: TestClient, ruled: Store, path: str, status: int, words: str
) -> None:
    answer = client.post(path, json=ORDER)
    assert (answer.status_code, answer.text) == (status, words)
    assert rows(ruled) == []


def test_a_connection_that_is_no_longer_listed_is_unknown(client: TestClient, ruled: Store) -> None:
    with ruled.begin() as conn:
        conn.execute(text("UPDATE connection SET listed = 0 WHERE name = 'market'"))
    assert client.post(HOOK, json=ORDER).status_code == 404


def test_a_body_that_has_to_be_read_and_is_not_json_is_refused(client: TestClient, ruled: Store) -> None:
    answer = client.post(HOOK, content=b"{not json", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.text) == (400, "the body is not JSON")
    assert rows(ruled) == []


def test_a_route_that_names_its_object_needs_no_body(client: TestClient, ruled: Store) -> None:
    answer = client.post("/hooks/shop/hook-secret/callback/market-2000/invoice", content=b"<xml/>")
    assert answer.status_code == 200
    assert answer.json()["orderId"] == "market-2000"
    assert rows(ruled) == [("shop", "order", "market-2000", "correlation", "hook")]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_any_method_will_do(client: TestClient, ruled: Store, method: str) -> None:
    assert client.request(method, "/hooks/shop/hook-secret/callback/market-2000/invoice").status_code == 200
    assert len(rows(ruled)) == 1


def test_a_form_is_read_like_a_document(client: TestClient, ruled: Store) -> None:
    client.post(HOOK, data={"topic": "order", "id": "77", "event": "x"})
    assert [row[2] for row in rows(ruled)] == ["77"]


def test_a_ping_is_answered_and_is_no_news(client: TestClient, ruled: Store) -> None:
    assert client.post(HOOK, json={"ping": 1}).json() == {"pong": True}
    assert client.post(HOOK, json={"topic": "questions", "id": 1}).status_code == 200
    assert client.post("/hooks/market/hook-secret").status_code == 200
    assert rows(ruled) == []


def test_a_body_has_a_bound(client: TestClient, ruled: Store) -> None:
    answer = client.post(HOOK, content=b"x" * (body.LARGEST + 1))
    assert answer.status_code == 413
    assert rows(ruled) == []


async def test_a_callback_by_stamp_is_kept_as_a_document_of_its_order(client: TestClient, ruled: Store) -> None:
    order_id, now = "order:aurora:market:2000", ruled.clock.now()
    with ruled.begin() as conn:
        book.show(conn, order_id, "aurora", "market", an_order(), now, now)
        ref.link(conn, "aurora", "shop", "correlation", "market-2000", order_id, now)
    path = "/hooks/shop/hook-secret/callback/market-2000/invoice"
    answer = await asyncio.to_thread(client.post, path, json={"invoiceNumber": "7"})
    assert answer.status_code == 200
    kept = await archive.newest(ruled, "shop", "hook", "market-2000")
    assert (kept.subject, kept.document) == (order_id, b'{"invoiceNumber":"7"}')


@pytest.mark.security
class TestSignedHooks:
    @pytest.fixture
    def verify(self) -> str:
        return "{style: hmac_sha256, header: X-Sign, secret: hook_key}"

    def test_only_the_platform_that_knows_the_key_is_heard(
        self, client: TestClient, ruled: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TOY_HOOK_KEY", "k")
        said = b'{"topic":"order","id":5,"event":"e"}'
        sign = hmac.new(b"k", said, hashlib.sha256).hexdigest()
        assert client.post(HOOK, content=said, headers={"X-Sign": sign[:-1] + "0"}).status_code == 401
        assert client.post(HOOK, content=said).status_code == 401
        assert rows(ruled) == []
        assert client.post(HOOK, content=said, headers={"X-Sign": sign}).status_code == 200
        assert len(rows(ruled)) == 1

    def test_a_key_that_is_not_set_up_opens_nothing(self, client: TestClient, ruled: Store) -> None:
        answer = client.post(HOOK, json=ORDER, headers={"X-Sign": ""})
        assert answer.status_code == 500
        assert "KEY" not in answer.text
        assert rows(ruled) == []


@pytest.mark.security
def test_an_unforeseen_error_tells_nothing(client: TestClient, ruled: Store, caplog: pytest.LogCaptureFixture) -> None:
    with ruled.begin() as conn:
        conn.execute(text("DROP TABLE inbox"))
    answer = client.post(HOOK, json={**ORDER, "id": "ana@example.com"})
    assert answer.status_code == 500
    assert answer.json() == {"error": "the hub could not take this; send it again"}
    assert "ana@example.com" not in caplog.text + answer.text
