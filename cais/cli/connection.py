"""`cais connection`: connections, their circuits, and the addresses to enter in the platforms' consoles."""

from __future__ import annotations

import asyncio

import click

from cais.cli.hub import open_store
from cais.cli.output import json_option, print_json, print_table
from cais.store.connections import all_connections
from cais.store.hooks import hook_addresses


@click.group()
def connection() -> None:
    """Connections: one account on one platform each."""


@connection.command("list")
@json_option
def list_connections(as_json: bool) -> None:
    """Show every connection and its circuit."""
    with open_store() as store, store.connect() as conn:
        rows = all_connections(conn)
    if as_json:
        fields = ("name", "seller", "platform", "flow", "listed", "circuit", "circuit_cause")
        print_json([{name: getattr(row, name) for name in fields} for row in rows])
        return
    table = [(r.name, r.seller, r.platform, r.flow, r.circuit, r.circuit_cause) for r in rows if r.listed]
    print_table(("connection", "seller", "platform", "flow", "circuit", "cause"), table, "no connections")


@connection.command("hooks")
@json_option
def hooks(as_json: bool) -> None:
    """Show where each platform must send its notifications. The addresses hold secrets."""
    with open_store() as store:
        addresses = asyncio.run(hook_addresses(store))
    if as_json:
        print_json({each.connection: {"base": each.base, "urls": each.urls} for each in addresses})
        return
    rows = [(each.connection, url) for each in addresses for url in each.urls]
    print_table(("connection", "address"), rows, "no connection has a public_url; all are polled")
