"""`cais recover`: the answer to a lost or older Temporal database."""

from __future__ import annotations

import asyncio

import click

from cais.cli.hub import open_store, temporal_client
from cais.cli.output import json_option, print_json
from cais.identity.recover import recover as recover_all


@click.command()
@json_option
def recover(as_json: bool) -> None:
    """Start every open order and listing of the book that Temporal does not run, from its snapshot."""

    async def run() -> dict[str, int]:
        with open_store() as store:
            done = await recover_all(store, await temporal_client(), retell=True)
            return {"orders": done.orders, "listings": done.listings}

    counts = asyncio.run(run())
    if as_json:
        print_json(counts)
    else:
        click.echo(f"started anew: {counts['orders']} orders, {counts['listings']} listings")
