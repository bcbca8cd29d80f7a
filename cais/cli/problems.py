"""`cais problems`: what waits, grouped by cause, with its age and the money held up."""

from __future__ import annotations

import click

from cais.cli.hub import open_store
from cais.cli.output import json_option, moment, print_json, print_table
from cais.problems import Group, groups


@click.command()
@json_option
def problems(as_json: bool) -> None:
    """Show what is parked and why. A rule edit or `cais setting set` wakes what waits on it by itself."""
    with open_store() as store, store.connect() as conn:
        found = groups(conn)
    if as_json:
        print_json([_data(group) for group in found])
        return
    rows = [(g.cause, g.seller, g.count, g.oldest, g.money or "–", ", ".join(g.subjects)) for g in found]
    print_table(("cause", "seller", "cases", "since", "held up", "such as"), rows, "no problems")


def _data(group: Group) -> dict[str, object]:
    return {
        "cause": group.cause,
        "seller": group.seller,
        "cases": group.count,
        "since": moment(group.oldest),
        "held_up": str(group.money),
        "subjects": group.subjects,
    }
