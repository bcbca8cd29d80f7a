"""Panel, metrics, health, and where an ERP leaves an NF-e: what they show, and to whom."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from order_samples import an_order
from sqlalchemy import insert, text, update
from starlette.testclient import TestClient

from cais.gateway.app import gateway
from cais.identity import book
from cais.identity.document import part
from cais.store import blobs, journal
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf
from cais.store.tables import connection, handoff, inbox, listing, order_book, parked

ID = "order:aurora:market:2000"
WHY = "mappings/order.write.yaml:3:5: R202 the value is null"
PAGES = ["/", "/orders", f"/orders/{ID}", "/listings", "/problems", "/metrics"]


def fill(store: Store) -> None:
    """An order in trouble, a listing, a handoff, a parked act, an open circuit, a waiting inbox row."""
    now = store.clock.now()
    with store.begin() as conn:
        book.show(conn, ID, "aurora", "market", part(an_order(number="#<b>1</b>")).order, now, now)
        conn.execute(update(order_book).values(problems=["reject:FMT001"], next="invoice"))
        journal.note(conn, "aurora", ID, "market", "observed", {"said": ["order"]}, now)
        row = {"subject": ID, "target": "shop", "direction": "order", "n": "1", "seller": "aurora"}
        times = {"created_at": now, "updated_at": now}
        failed = {"state": "parked", "attempt": 1, "rule_digest": "f" * 64, "message": WHY}
        conn.execute(insert(handoff).values(**row, **failed, **times))
        waits = {"subject": ID, "lane": "shop", "direction": "order", "n": "1", "seller": "aurora"}
        conn.execute(insert(parked).values(**waits, cause="setting:carrier:pac", generation=1, since=now))
        names = {"id": "listing:aurora:market:CAM", "seller": "aurora", "connection": "market", "code": "CAM"}
        conn.execute(insert(listing).values(**names, product="CAM", status="active", updated_at=now))
        conn.execute(update(connection).where(connection.c.name == "shop").values(circuit="open"))
        event = {"seller": "aurora", "connection": "market", "kind": "order", "object_id": "1", "event_id": "e"}
        conn.execute(insert(inbox).values(**event, door="hook", received_at=now, not_before=now))


def remote(store: Store, password: str | None = None, **headers: str) -> TestClient:
    app = gateway(store, RuleShelf(store), panel_password=password)
    return TestClient(app, client=("203.0.113.9", 1), headers=headers)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_empty_and_full(client: TestClient, ruled: Store, path: str) -> None:
    assert client.get(path).status_code == (404 if ID in path else 200)
    fill(ruled)
    assert client.get(path).status_code == 200


def test_the_panel_shows_orders_with_status_next_and_problem_and_leads_to_temporal(
    client: TestClient, ruled: Store
) -> None:
    fill(ruled)
    page = client.get("/orders?status=open").text
    for shown in ("placed", "invoice", "reject:FMT001", "109.80 BRL"):
        assert shown in page
    assert "http://127.0.0.1:8233/namespaces/cais/workflows/order%3Aaurora%3Amarket%3A2000" in page
    assert "setting:carrier:pac" in client.get("/problems").text
    assert "switched off" in client.get("/").text
    story = client.get(f"/orders/{ID}").text
    assert "shows the order" in story
    assert "mappings/order.write.yaml:3:5: R202" in story
    assert "mappings/order.write.yaml:3:5: R202" in client.get("/problems").text
    assert "ffffffffffff" in story


@pytest.mark.security
def test_what_a_platform_says_is_text_not_markup(client: TestClient, ruled: Store) -> None:
    fill(ruled)
    page = client.get("/orders")
    assert "<b>1</b>" not in page.text
    assert "&lt;b&gt;1" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.security
@pytest.mark.parametrize("path", PAGES)
def test_nothing_personal_is_on_any_page(client: TestClient, ruled: Store, path: str) -> None:
    fill(ruled)
    page = client.get(path).text
    for personal in ("Ana", "Souza", "01234567890", "Rua A", "ana@example.com"):
        assert personal not in page


@pytest.mark.security
@pytest.mark.parametrize("path", PAGES)
def test_others_than_this_machine_need_the_password(ruled: Store, path: str) -> None:
    fill(ruled)
    assert remote(ruled).get(path).status_code == 403
    with_password = remote(ruled, "pässword")
    assert with_password.get(path).status_code == 401
    assert with_password.get(path, headers={"Authorization": _basic("wrong")}).status_code == 401
    assert with_password.get(path, headers={"Authorization": "Basic %%%"}).status_code == 401
    assert with_password.get(path, headers={"Authorization": _basic("pässword")}).status_code == 200


def _basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"anyone:{password}".encode()).decode()


@pytest.mark.security
def test_a_proxy_on_this_machine_is_not_this_machine(client: TestClient) -> None:
    assert client.get("/", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_metrics_count_what_waits(client: TestClient, ruled: Store) -> None:
    fill(ruled)
    text_ = client.get("/metrics").text
    for line in (
        'cais_inbox_rows{connection="market",state="open"} 1.0',
        'cais_handoffs{state="parked",target="shop"} 1.0',
        'cais_parked{cause="setting",seller="aurora"} 1.0',
        'cais_open_orders{channel="market",status="placed"} 1.0',
        'cais_circuit_closed{connection="shop"} 0.0',
        'cais_circuit_closed{connection="market"} 1.0',
    ):
        assert line in text_


def test_health_says_whether_the_store_answers(client: TestClient, ruled: Store, monkeypatch: Any) -> None:
    assert client.get("/healthz").json() == {"ok": True}
    assert remote(ruled).get("/healthz").status_code == 200


def test_pages_turn_and_nonsense_is_the_first_page(client: TestClient, ruled: Store) -> None:
    now = ruled.clock.now()
    with ruled.begin() as conn:
        for number in range(60):
            book.show(conn, f"order:aurora:market:{number}", "aurora", "market", an_order(str(number)), now, now)
    first, second = client.get("/orders").text, client.get("/orders?page=1").text
    assert first.count("<tr>") == 51
    assert second.count("<tr>") == 11
    assert client.get("/orders?page=-1").text.count("<tr>") == 51
    assert client.get("/orders?page=x").status_code == 200


class TestInvoices:
    XML = b'<?xml version="1.0"?><nfeProc>\xc3\xa7</nfeProc>\n'

    def put(self, client: TestClient, secret: str = "hook-secret", order: str = ID, xml: bytes = XML) -> Any:
        return client.put(f"/invoices/shop/{secret}/{order}", content=xml)

    def test_an_xml_is_kept_byte_for_byte_and_named_by_digest(self, client: TestClient, ruled: Store) -> None:
        fill(ruled)
        digest = self.put(client).json()["xml_digest"]
        assert self.put(client).json()["xml_digest"] == digest
        with ruled.connect() as conn:
            assert blobs.fetch(conn, ruled.keys, ID, digest) == self.XML
            assert conn.execute(text("SELECT count(*) FROM blob")).scalar_one() == 1

    @pytest.mark.security
    def test_strangers_leave_nothing(self, client: TestClient, ruled: Store) -> None:
        fill(ruled)
        assert self.put(client, secret="wrong").status_code == 401
        assert self.put(client, order="order:aurora:market:9").status_code == 404
        assert self.put(client, xml=b"%PDF").status_code == 400
        with ruled.begin() as conn:
            conn.execute(update(order_book).values(seller="another"))
        assert self.put(client).status_code == 404
        with ruled.connect() as conn:
            assert conn.execute(text("SELECT count(*) FROM blob")).scalar_one() == 0
