"""Fixtures of the gateway: the application on a store with toy rules, and a client that speaks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from inbound_kit import put_in_force
from starlette.testclient import TestClient
from toy_rules import rule_files

from cais.gateway.app import gateway
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def verify() -> str:
    """How the toy platform's hooks prove themselves."""
    return "secret_in_path"


@pytest.fixture
def ruled(store: Store, verify: str) -> Store:
    put_in_force(store, rule_files("http://127.0.0.1:9", verify=verify))
    return store


@pytest.fixture
def client(ruled: Store) -> Iterator[TestClient]:
    """A client on this machine."""
    app = gateway(ruled, RuleShelf(ruled), temporal_ui="http://127.0.0.1:8233")
    with TestClient(app, client=("127.0.0.1", 1)) as opened:
        yield opened
