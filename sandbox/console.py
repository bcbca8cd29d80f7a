"""What a person does once in the vendors' consoles: enter the hub's addresses. `python -m sandbox.console`.

Waits until the hub has addresses (`cais connection hooks --json`), enters them, and ends. Twice is once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any, Final

import click
import httpx

_PATIENCE_S: Final = 60.0
_TOPICS: Final = ("orders_v2", "shipments", "items", "payments")


def addresses() -> dict[str, list[str]]:
    """Connection → addresses, as the hub prints them."""
    asked = [sys.executable, "-m", "cais.cli", "connection", "hooks", "--json"]
    printed = subprocess.run(asked, capture_output=True, text=True, check=False)
    if printed.returncode != 0:
        return {}
    known: dict[str, dict[str, Any]] = json.loads(printed.stdout)
    return {name: list(each["urls"]) for name, each in known.items()}


def enter(client: httpx.Client, known: dict[str, list[str]], account: str, user: str, affiliate: str) -> None:
    """Enter them: VTEX's affiliate takes its Search Endpoint, Mercado Livre's application its callback."""
    for urls in known.values():
        for url in urls:
            if url.endswith("/catalogue"):
                given: dict[str, Any] = {"act": "set_search_endpoint", "affiliate": affiliate, "url": url}
                client.post(f"/_sandbox/vtex/{account}/act", json=given).raise_for_status()
            elif url.endswith("/notifications"):
                given = {"act": "subscribe", "callback": url, "topics": _TOPICS}
                client.post(f"/_sandbox/ml/{user}/act", json=given).raise_for_status()


@click.command()
@click.option("--sandbox", default="http://127.0.0.1:8077", show_default=True, help="Where the sandbox is.")
@click.option("--account", default="lojaaurora", show_default=True, help="The VTEX account.")
@click.option("--affiliate", default="MKP", show_default=True, help="Its affiliate.")
@click.option("--user", default="123", show_default=True, help="The seller at Mercado Livre.")
def main(sandbox: str, account: str, affiliate: str, user: str) -> None:
    """Enter the hub's hook addresses in the simulated platforms."""
    deadline = time.monotonic() + _PATIENCE_S
    while not (known := addresses()):
        if time.monotonic() > deadline:
            sys.exit("the hub prints no addresses: does it run, and has the seller file a public_url?")
        time.sleep(1)
    with httpx.Client(base_url=sandbox, timeout=30, trust_env=False) as client:
        enter(client, known, account, user, affiliate)
    click.echo("the hub's addresses are entered")


if __name__ == "__main__":
    main()
