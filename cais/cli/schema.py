"""`cais schema`: JSON Schemas for ERP programmers and for editors."""

from __future__ import annotations

from pathlib import Path

import click

from cais.errors import NotFound
from cais.model import wire
from cais.model.schemas import schemas
from cais.rules.problem import nearest
from cais.rules.schema import rules_schemas


@click.command()
@click.argument("name", required=False)
@click.option("--write", type=click.Path(path_type=Path), help="Write all into this folder.")
def schema(name: str | None, write: Path | None) -> None:
    """Print the schema NAME, or the list of names."""
    known = {**schemas(), **{f"rules.{kind}": body for kind, body in rules_schemas().items()}}
    if write is not None:
        write.mkdir(parents=True, exist_ok=True)
        for each, body in known.items():
            (write / f"{each}.json").write_bytes(wire.pretty(body))
        click.echo(f"{len(known)} schemas are in {write}")
    elif name is None:
        click.echo("\n".join(known))
    elif name not in known:
        raise NotFound(f"no schema is named {name}; {nearest(name, known) or '`cais schema` lists them'}")
    else:
        click.echo(wire.pretty(known[name]), nl=False)
