"""`cais problems`: what waits, grouped by cause, with its age and the money held up."""

from __future__ import annotations

from typing import Final

import click

from cais.cli.hub import open_store
from cais.cli.output import json_option, moment, print_json
from cais.lifecycle.details import PROBLEMS
from cais.problems import Group, groups

WORDS: Final = {
    **PROBLEMS,
    "connection": "A connection is switched off by failures",
    "document": "An order was started by its number, and its channel does not know it",
}
REMEDIES: Final = {
    "mapping": "mend the mapping and save it: what waits wakes by itself",
    "setting": "`cais setting set {kind} {key} VALUE`: what waits wakes by itself",
    "price": "give the SKU a price in the store: what waits wakes by itself",
    "guard": "`cais listing approve LISTING SKU PRICE`",
    "doubt": "look there, then `cais order settle`",
    "connection": "mend the account; the hub looks again by itself",
    "document": "look at its number; a channel that shows it later is heard",
}
OTHERWISE: Final = "mend it there, then `cais order retry ORDER`; or `cais order skip ORDER`"


@click.command()
@json_option
def problems(as_json: bool) -> None:
    """Show what is parked and why. A rule edit or `cais setting set` wakes what waits on it by itself."""
    with open_store() as store, store.connect() as conn:
        found = groups(conn)
    if as_json:
        print_json([_data(group) for group in found])
    else:
        click.echo("\n\n".join(map(_text, found)) or "no problems")


def _text(group: Group) -> str:
    prefix, _, rest = group.cause.partition(":")
    kind, _, key = rest.partition(":")
    cases = "1 case" if group.count == 1 else f"{group.count} cases"
    since = f" since {group.oldest:%Y-%m-%d %H:%M} UTC" if group.oldest else ""
    held = f", {group.money} held up" if group.money else ""
    more = ", …" if group.count > len(group.subjects) else ""
    lines = [
        click.style(group.cause, bold=True) + f"  {cases} of {group.seller}{since}{held}",
        WORDS.get(prefix, ""),
        group.why or "",
        ", ".join(group.subjects) + more,
        "→ " + REMEDIES.get(prefix, OTHERWISE).format(kind=kind, key=key or "KEY"),
    ]
    return "\n    ".join(line for line in lines if line)


def _data(group: Group) -> dict[str, object]:
    return {
        "cause": group.cause,
        "seller": group.seller,
        "cases": group.count,
        "since": moment(group.oldest),
        "held_up": str(group.money),
        "why": group.why,
        "subjects": group.subjects,
    }
