"""A gateway for kill tests that takes one hook: `python gateway_process.py <store url> <path> <body>`."""

from __future__ import annotations

import sys

from starlette.testclient import TestClient

from cais.clock import Clock
from cais.gateway.app import gateway
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf


def main(url: str, path: str, body: str) -> None:
    store = Store.open(url, clock=Clock(speed=6), master_key=bytes(range(32)), threads=2)
    with TestClient(gateway(store, RuleShelf(store))) as client:
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
    store.close()
    sys.exit(answer.status_code != 200)


if __name__ == "__main__":
    main(*sys.argv[1:])
