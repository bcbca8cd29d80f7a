"""`cais order`: list, show, and a subcommand for every command on an order."""

from __future__ import annotations

import asyncio
import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from cais.cli.command import command_options, give
from cais.cli.hub import find_order, open_store
from cais.cli.output import json_option, moment, print_json, print_table
from cais.errors import WrongUse
from cais.identity import book
from cais.identity.book import Entry
from cais.identity.story import Story, story
from cais.model.command import CommandType, commands_of
from cais.model.handoff import Act
from cais.model.vocabulary import Direction, OrderStatus
from cais.outbound import doubt
from cais.rules.problem import nearest
from cais.sentence import problem, said, sentence
from cais.store import blobs
from cais.store.engine import Store
from cais.store.tables import order_book


@click.group()
def order() -> None:
    """Orders. NAME is the workflow id, the channel's id, or the number that people see."""


@order.command("list")
@click.option("--status", help="Only those in this state.")
@click.option("--open", "only_open", is_flag=True, help="Only those that are not finished.")
@click.option("--limit", default=50, show_default=True, help="At most so many, the newest first.")
@json_option
def list_orders(status: str | None, only_open: bool, limit: int, as_json: bool) -> None:
    """Show orders, the newest first."""
    query = select(order_book).order_by(order_book.c.created_at.desc()).limit(limit)
    query = query.where(order_book.c.status == status) if status else query
    query = query.where(order_book.c.open) if only_open else query
    with open_store() as store, store.connect() as conn:
        rows = conn.execute(query).all()
        known = {*OrderStatus, *conn.execute(select(order_book.c.status).distinct()).scalars()}
    if status and status not in known:
        raise WrongUse(f"no order is ever {status}; {nearest(status, known)}")
    if as_json:
        fields = ("id", "seller", "connection", "remote_id", "status", "next", "problems", "open", "total_cents")
        print_json([{**{f: getattr(r, f) for f in fields}, "placed_at": moment(r.placed_at)} for r in rows])
        return
    table = [
        (r.remote_id, r.connection, r.status, r.next, _money(r.total_cents), ", ".join(r.problems or ()), r.placed_at)
        for r in rows
    ]
    print_table(("order", "channel", "status", "waits for", "total", "problems", "placed"), table, "no orders")


def _money(cents: int | None) -> str | None:
    return None if cents is None else f"{cents // 100}.{cents % 100:02d}"


@order.command("show")
@click.argument("name")
@json_option
def show_order(name: str, as_json: bool) -> None:
    """Show an order's whole story: who said what, what was sent where, with which mapping."""
    with open_store() as store:
        told = asyncio.run(_story(store, name))
    if as_json:
        print_json(_plain(asdict(told)))
    else:
        _print(told)


async def _story(store: Store, name: str) -> Story:
    return await story(store, await store.read(find_order, name))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key != "snapshot"}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def _print(told: Story) -> None:
    entry = told.order
    waits = f", waits for {entry.next}" if entry.next and entry.next != "nothing" else ""
    click.echo(f"{entry.id}\n  {entry.status}{waits}{_total(entry)}")
    why = {(h.target, h.direction, h.n): h.message for h in told.handoffs}
    for parked in told.parked:
        click.secho(f"  parked: {parked.lane}, {parked.direction} {parked.n}: {problem(parked.cause)}", fg="yellow")
        if message := why.get((parked.lane, parked.direction, parked.n)):
            click.echo(f"    {message}")
    click.secho("\nWhat happened", bold=True)
    print_table(("at", "who", "what"), [(e.at, e.actor, sentence(e.what, e.detail)) for e in told.lines], "–")
    click.secho("\nWho said what last", bold=True)
    facts = [(f.direction, f.key, f.source, f.as_of, said(f.content)) for f in told.facts]
    print_table(("direction", "of", "said by", "as of", ""), facts, "–")
    click.secho("\nWhat was sent where", bold=True)
    sent = [
        (h.target, h.direction, h.n, h.state, h.attempt, h.remote_id or h.cause, h.operation, _rules(h.rule_digest))
        for h in told.handoffs
    ]
    print_table(("target", "direction", "of", "state", "tries", "result", "operation", "rules"), sent, "nothing yet")
    click.secho("\nDocuments in the archive", bold=True)
    archive = [(a.as_of, a.connection, a.kind, a.object_id, _rules(a.digest)) for a in told.archived]
    print_table(("as of", "from", "kind", "object", "digest"), archive, "none")


def _total(entry: Entry) -> str:
    return "" if entry.total_cents is None else f"; total {_money(entry.total_cents)} {entry.currency or ''}"


def _rules(digest: str | None) -> str | None:
    return digest[:12] if digest else None


@order.command("forget")
@click.argument("name")
@click.confirmation_option(prompt="The buyer's data of this order cannot be read again, anywhere. Go on?")
def forget(name: str) -> None:
    """Erase a buyer: the key under which everything personal of this order is sealed is deleted."""
    with open_store() as store, store.begin() as conn:
        found = find_order(conn, name)
        erased = store.keys.erase(conn, found)
    click.echo(f"{found}: {'erased' if erased else 'there was nothing to erase'}")


@order.command("settle")
@click.argument("name")
@click.argument("target")
@click.argument("direction", type=click.Choice([word.value for word in Direction]))
@click.option("-n", "n", default="1", show_default=True, help="Which of that direction, as `cais order show` names it.")
@click.option("--found", metavar="ID", help="It is there, under this id.")
@click.option("--nothing", is_flag=True, help="There is nothing; it is sent anew.")
def settle(name: str, target: str, direction: str, n: str, found: str | None, nothing: bool) -> None:
    """Decide a doubt: you have looked at the platform, and say what is there."""
    if nothing == (found is not None):
        raise WrongUse("say what is there: --found ID, or --nothing")
    with open_store() as store, store.begin() as conn:
        order_id = find_order(conn, name)
        act = Act(subject=order_id, target=target, direction=Direction(direction), n=n)
        doubt.settle(conn, book.known(conn, order_id).seller, act, found, getpass.getuser(), store.clock.now())
    click.echo(f"{order_id}: {direction} {n} to {target} is settled and goes on")


def _keep_xml(name: str, file: Path) -> str:
    """Put an NF-e's XML into the store; its digest."""
    with open_store() as store, store.begin() as conn:
        found = find_order(conn, name)
        seller = conn.execute(select(order_book.c.seller).where(order_book.c.id == found)).scalar_one()
        return blobs.keep(conn, store.keys, seller, found, "nfe", file.read_bytes())


def _subcommand(kind: CommandType) -> click.Command:
    @click.argument("name")
    @command_options(kind)
    @json_option
    def run(name: str, as_json: bool, xml: Path | None = None, **fields: Any) -> None:
        if xml is not None:
            fields["xml_digest"] = _keep_xml(name, xml)
        with open_store() as store, store.connect() as conn:
            found = find_order(conn, name)
        answer = asyncio.run(give(found, kind, fields))
        print_json(answer) if as_json else click.echo(f"{found}: {said(answer)}")

    if kind.name == "invoice":
        run = click.option("--xml", type=click.Path(exists=True, path_type=Path), help="The NF-e's XML file.")(run)
    return click.command(kind.name.replace("_", "-"), help=kind.summary)(run)


for _kind in commands_of("order"):
    order.add_command(_subcommand(_kind))
