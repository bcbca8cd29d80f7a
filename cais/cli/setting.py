"""`cais setting`: pieces of set-up that a person gives; what waits for one wakes when it is given."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from cais.cli.hub import open_store, the_seller
from cais.cli.output import json_option, print_json, print_table
from cais.errors import WrongUse
from cais.model import wire
from cais.outbound.settings import ALL, give, given, take_away
from cais.outbound.settings_file import give_all, read_settings

seller_option = click.option("--seller", help="Needed only where the hub has several.")
connection_option = click.option("--connection", default=ALL, help="For this connection alone.")


@click.group()
def setting() -> None:
    """Settings, such as a carrier's code on one platform: `cais setting set carrier correios 33`."""


@setting.command("set")
@click.argument("kind")
@click.argument("key")
@click.argument("value")
@connection_option
@seller_option
def set_setting(kind: str, key: str, value: str, connection: str, seller: str | None) -> None:
    """Give a setting. VALUE is text, or JSON where it begins with [ or {."""
    content = _content(value)
    with open_store() as store, store.begin() as conn:
        whose = the_seller(conn, seller)
        woken = give(conn, whose, connection, kind, key, content, getpass.getuser(), store.clock.now())
    click.echo(f"{kind}:{key} is set" + (f"; it wakes {woken}" if woken else ""))


def _content(value: str) -> Any:
    try:
        return wire.loads(value) if value[:1] in ("[", "{") else value
    except ValueError as error:
        raise WrongUse(f"a value that begins with {value[0]} must be JSON: {error}") from None


@setting.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@seller_option
def import_settings(file: Path, seller: str | None) -> None:
    """Give all settings of a CSV file with the columns connection, kind, key, value."""
    rows = read_settings(file)
    with open_store() as store, store.begin() as conn:
        woken = give_all(conn, the_seller(conn, seller), rows, getpass.getuser(), store.clock.now())
    click.echo(f"{len(rows)} settings are given" + (f"; they wake {woken}" if woken else ""))


@setting.command("unset")
@click.argument("kind")
@click.argument("key")
@connection_option
@seller_option
def unset_setting(kind: str, key: str, connection: str, seller: str | None) -> None:
    """Take a setting away."""
    with open_store() as store, store.begin() as conn:
        there = take_away(conn, the_seller(conn, seller), connection, kind, key)
    click.echo(f"{kind}:{key} {'is taken away' if there else 'was not set'}")


@setting.command("list")
@seller_option
@json_option
def list_settings(seller: str | None, as_json: bool) -> None:
    """Show everything that is set."""
    with open_store() as store, store.connect() as conn:
        rows = given(conn, the_seller(conn, seller))
    if as_json:
        print_json([{"connection": c, "kind": k, "key": key, "value": v} for c, k, key, v in rows])
    else:
        print_table(("connection", "kind", "key", "value"), rows, "nothing is set")
