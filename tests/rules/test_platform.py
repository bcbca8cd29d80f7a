"""The compiled platform: auth, hosts, account, hooks."""

# ruff: noqa: E501 (rows of tables and YAML stay in one line)

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from cais.model.vocabulary import ObjectKind
from cais.rules.files import RuleFiles
from cais.rules.hook import HookVerdict, Verify
from cais.rules.platform import Platform
from cais.rules.ruleset import compile_rules

PATH = "mappings/platforms/shop/platform.yaml"
AUTH = 'auth: {style: headers, headers: {X-Key: "{{ secrets.app_key }}"}}'


@pytest.fixture
def platform(shop: RuleFiles) -> Platform:
    return compile_rules(shop).platforms["shop"]


def with_auth(shop: RuleFiles, auth: str) -> Platform:
    return compile_rules(shop.with_text(PATH, shop[PATH].replace(AUTH, auth))).platforms["shop"]


def test_params_hosts_account(platform: Platform) -> None:
    params = platform.params({"account": "aurora"})
    assert params == {"account": "aurora", "weight_unit": "g"}
    assert platform.host_addresses(params, {"prices": "http://127.0.0.1:9/x/"}) == {
        "main": "https://aurora.shop.example",
        "prices": "http://127.0.0.1:9/x",
    }
    assert platform.account(params) == ("shop", "aurora")


def test_credentials(shop: RuleFiles, platform: Platform) -> None:
    secrets = {"app_key": "k", "hook_key": "h"}
    made = platform.auth.credentials({"params": {}, "secrets": secrets})
    assert made.headers == (("X-Key", "k"),)
    assert "k" not in repr(made).replace("Credentials", "")
    basic = with_auth(shop, 'auth: {style: basic, user: "{{ params.account }}", password: "{{ secrets.app_key }}"}')
    assert basic.auth.credentials({"params": {"account": "a"}, "secrets": secrets}).headers == (
        ("Authorization", "Basic " + base64.b64encode(b"a:k").decode()),
    )
    query = with_auth(shop, 'auth: {style: query, query: {access_token: "{{ secrets.app_key }}"}}')
    assert query.auth.credentials({"params": {}, "secrets": secrets}).query == (("access_token", "k"),)


def test_a_token_goes_into_its_header(shop: RuleFiles) -> None:
    platform = with_auth(
        shop,
        'auth: {style: oauth2_refresh, token_operation: find_order, value: "Bearer {{ token.access }}", refresh_before: 5m}',
    )
    made = platform.auth.credentials({"params": {}, "secrets": {}, "token": {"access": "t"}})
    assert made.headers == (("Authorization", "Bearer t"),)
    assert platform.auth.refresh_before.total_seconds() == 300


def test_a_signature(shop: RuleFiles) -> None:
    sign = (
        'auth: {style: signed, query: {sign: "{{ signature }}", timestamp: "{{ run.now | epoch }}"}, '
        'sign: {algorithm: hmac_sha256, key: "{{ secrets.app_key }}", text: "{{ params.account }}{{ request.path }}{{ run.now | epoch }}"}}'
    )
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    context = {"params": {"account": "a"}, "secrets": {"app_key": "k"}, "run": {"now": now}, "request": {"path": "/p"}}
    made = with_auth(shop, sign).auth.credentials(context)
    text = f"a/p{int(now.timestamp())}".encode()
    assert dict(made.query)["sign"] == hmac.new(b"k", text, hashlib.sha256).hexdigest()


def hook(platform: Platform, route: str, body: str) -> HookVerdict:
    return platform.hook(route, "POST", {}, {}, body.encode())


def test_hooks_find_their_route(platform: Platform) -> None:
    verdict = hook(platform, "orders", '{"topic": "order", "resource": "/orders/77?x=1", "_id": "e1"}')
    assert (verdict.kind, verdict.id, verdict.event, verdict.by) == (ObjectKind.ORDER, "77", "e1", "id")
    assert (verdict.reply.status, verdict.reply.body) == (202, b"{}")
    verdict = hook(platform, "/orders/A-1/invoice/", "")
    assert (verdict.id, verdict.by, verdict.event) == ("A-1", "correlation", None)
    assert verdict.reply.body == b'{"order":"A-1"}'


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("orders", '{"topic": "other"}'),
        ("orders", "{}"),
        ("orders", "not json"),
        ("orders", '{"topic": "order"}'),
        ("orders", '{"topic": "order", "resource": 5}'),
        ("orders", '{"topic": "order", "resource": ""}'),
        ("orders", "[1]"),
        ("orders", ""),
        ("elsewhere", '{"topic": "order", "resource": "/1"}'),
        ("orders/a/b/invoice", ""),
        ("", "\x00\xff"),
    ],
)
def test_what_cannot_be_read_is_ignored_and_answered(platform: Platform, route: str, body: str) -> None:
    verdict = hook(platform, route, body)
    assert verdict.ignored
    assert verdict.reply.status == 202


def test_a_ping_is_answered(platform: Platform) -> None:
    verdict = hook(platform, "anything", '{"ping": "x"}')
    assert (verdict.ignored, verdict.reply.body) == (True, b'{"pong":"x"}')


@pytest.mark.security
def test_a_hook_is_verified(platform: Platform) -> None:
    assert platform.hooks is not None
    verify, secrets = platform.hooks.verify, {"hook_key": "h"}
    good = base64.b64encode(hmac.new(b"h", b"body", hashlib.sha256).digest()).decode()
    assert verify.accepts({"x-signature": good}, b"body", secrets)
    for headers, body in (({"x-signature": good}, b"other"), ({"x-signature": "é"}, b"body"), ({}, b"body")):
        assert not verify.accepts(headers, body, secrets)
    assert not verify.accepts({"x-signature": good}, b"body", {})
    plain = Verify("header", "X-Token", "hook_key")
    assert plain.accepts({"x-token": "h"}, b"", secrets)
    assert not plain.accepts({"x-token": ""}, b"", {"hook_key": ""})
    assert Verify("secret_in_path").accepts({}, b"", {})
