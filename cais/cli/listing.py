"""`cais listing`: offers on the channels."""

from __future__ import annotations

import asyncio
from decimal import Decimal, InvalidOperation
from typing import Any

import click
from sqlalchemy import func, select

from cais.cli.command import command_options, give
from cais.cli.hub import find_listing, open_store
from cais.cli.output import json_option, moment, print_json, print_table
from cais.errors import WrongUse
from cais.model.command import CommandType, commands_of
from cais.outbound.wanted import approve
from cais.sentence import said, sentence
from cais.store.journal import story
from cais.store.tables import listed_variant, wanted
from cais.store.tables import listing as table


@click.group()
def listing() -> None:
    """Listings: one offer on one channel each, with its variants."""


@listing.command("list")
@click.option("--connection", help="Only those of this channel.")
@json_option
def list_listings(connection: str | None, as_json: bool) -> None:
    """Show every listing, its status, and how many of its values are still to be sent."""
    pending = select(func.count()).where(wanted.c.listing == table.c.id, wanted.c.acked_rev < wanted.c.wanted_rev)
    query = select(table, pending.scalar_subquery().label("pending")).order_by(table.c.id)
    if connection:
        query = query.where(table.c.connection == connection)
    with open_store() as store, store.connect() as conn:
        rows = conn.execute(query).all()
    if as_json:
        fields = ("id", "seller", "connection", "code", "product", "status", "problem", "pending")
        print_json([{name: getattr(row, name) for name in fields} for row in rows])
        return
    table_rows = [(r.code, r.connection, r.status, r.pending, r.problem, r.updated_at) for r in rows]
    print_table(("listing", "channel", "status", "to send", "problem", "since"), table_rows, "no listings")


@listing.command("show")
@click.argument("name")
@json_option
def show_listing(name: str, as_json: bool) -> None:
    """Show a listing's variants, its values as last accepted by the channel, and its story."""
    with open_store() as store, store.connect() as conn:
        found = find_listing(conn, name)
        row = conn.execute(select(table).where(table.c.id == found)).one()
        variants = conn.execute(select(listed_variant).where(listed_variant.c.listing == found)).all()
        values = conn.execute(select(wanted).where(wanted.c.listing == found).order_by(wanted.c.sku)).all()
        entries = story(conn, found)
    if as_json:
        print_json(
            {
                "id": row.id,
                "status": row.status,
                "problem": row.problem,
                "variants": [{"sku": v.sku, "remote_id": v.remote_id} for v in variants],
                "values": [{"sku": v.sku, "group": v.group, "value": v.value, "state": v.state} for v in values],
                "story": [{"at": moment(e.at), "actor": e.actor, "what": e.what, "detail": e.detail} for e in entries],
            }
        )
        return
    click.echo(f"{row.id}: {row.status}" + (f" ({row.problem})" if row.problem else "") + "\n")
    print_table(("sku", "id on the channel"), [(v.sku, v.remote_id) for v in variants], "no variants")
    click.secho("\nWhat the channel accepted", bold=True)
    print_table(
        ("sku", "value", "accepted", "state"),
        [(v.sku, v.group, _accepted(v.value), v.state) for v in values],
        "nothing yet",
    )
    click.secho("\nWhat happened", bold=True)
    print_table(("at", "who", "what"), [(e.at, e.actor, sentence(e.what, e.detail)) for e in entries], "–")


def _accepted(value: dict[str, Any] | None) -> str | None:
    """Without the mark of what it was made by."""
    return None if value is None else said({name: each for name, each in value.items() if name != "by"})


@listing.command("approve")
@click.argument("name")
@click.argument("sku")
@click.argument("price")
def approve_price(name: str, sku: str, price: str) -> None:
    """Let a price go out that the guard holds back, and what is near it. PRICE in major units: 249.90."""
    try:
        amount = Decimal(price)
    except InvalidOperation:
        raise WrongUse(f"{price} is no price; write 249.90") from None
    with open_store() as store, store.begin() as conn:
        found = find_listing(conn, name)
        approve(conn, found, sku, amount, store.clock.now())
    click.echo(f"{found}: {sku} may cost {amount}")


def _subcommand(kind: CommandType) -> click.Command:
    @click.argument("name")
    @command_options(kind)
    @json_option
    def run(name: str, as_json: bool, **fields: Any) -> None:
        with open_store() as store, store.connect() as conn:
            found = find_listing(conn, name)
        answer = asyncio.run(give(found, kind, fields))
        print_json(answer) if as_json else click.echo(f"{found}: {said(answer)}")

    return click.command(kind.name.replace("_", "-"), help=kind.summary)(run)


for _kind in commands_of("listing"):
    listing.add_command(_subcommand(_kind))
