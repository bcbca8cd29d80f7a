"""`cais rules`: activate the rule files of the folder; explain where each leaf of a mapping comes from."""

from __future__ import annotations

import asyncio

import click

from cais.activation import Activation, activate
from cais.cli.hub import open_store
from cais.cli.map import find_mapping
from cais.cli.output import json_option, print_json, print_table
from cais.config import Config
from cais.rules.explain import explain as explain_mapping


@click.group()
def rules() -> None:
    """Rule sets. `cais up` activates on save; these are for scripts and for a look behind a mapping."""


@rules.command("activate")
@json_option
def activate_rules(as_json: bool) -> None:
    """Check all rule files and put them in force; what is parked on a changed mapping wakes."""
    with open_store() as store:
        done = asyncio.run(activate(store, Config.read().root))
    if as_json:
        print_json({"digest": done.digest, "changed": {k: sorted(v) for k, v in done.changed.items()}})
    else:
        click.echo(_said(done))


def _said(done: Activation) -> str:
    names = sorted({name for names in done.changed.values() for name in names})
    changed = f"; changed: {', '.join(names)}; woken: {done.woken}" if done.changed else "; nothing changed"
    return f"rules {done.digest[:12]} are active for {', '.join(done.sellers)}{changed}"


@rules.command("explain")
@click.argument("mapping")
@json_option
def explain(mapping: str, as_json: bool) -> None:
    """Show every leaf of MAPPING (CONNECTION/MAPPING: with the seller's overlays) and where it is written."""
    found, _ = find_mapping(mapping)
    origins = explain_mapping(found)
    if as_json:
        print_json([{"at": o.at, "says": o.says, "file": o.mark.file, "line": o.mark.line} for o in origins])
    else:
        rows = [(o.at, o.says, f"{o.mark.file}:{o.mark.line}") for o in origins]
        print_table(("field", "says", "written at"), rows, "the mapping has no leaves")
