"""`cais map`: a document through a mapping, as the hub would render it. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

import click
from pydantic import BaseModel

from cais.cli.rule_files import rule_files
from cais.errors import NotFound, WrongUse
from cais.model import CANONICAL, wire
from cais.rules.mapping import Mapping
from cais.rules.problem import nearest
from cais.rules.ruleset import compile_rules


@click.command()
@click.argument("mapping")
@click.argument("document", type=click.File("rb"), default="-")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the connection.")
def map(mapping: str, document: IO[bytes], params: tuple[str, ...]) -> None:
    """Render DOCUMENT (a file, or stdin) through MAPPING, named PLATFORM/MAPPING or CONNECTION/MAPPING.

    DOCUMENT holds the mapping's inputs by name: the platform's answers for a reading one, canonical values for a
    writing one.
    """
    found, defaults = find_mapping(mapping)
    try:
        given = wire.as_object(document.read())
    except ValueError as error:
        raise WrongUse(f"{document.name}: {error}") from None
    context = {"params": {**defaults, **_params(params)}, **{name: _input(found, name, v) for name, v in given.items()}}
    result = found.read(context) if found.side == "read" else found.render(context)
    click.echo(wire.pretty(_plain(result)), nl=False)


def find_mapping(name: str) -> tuple[Mapping, dict[str, str]]:
    """The mapping, with the parameters that it is used with."""
    rules = compile_rules(rule_files())
    owner, _, which = name.partition("/")
    connections = {name: each for seller in rules.sellers.values() for name, each in seller.connections.items()}
    if owner in connections:
        platform, params = connections[owner].platform, dict(connections[owner].params)
    elif owner in rules.platforms:
        platform, params = rules.platforms[owner], rules.platforms[owner].params({})
    else:
        known = [*connections, *rules.platforms]
        raise NotFound(f"no platform or connection is named {owner}; {nearest(owner, known)}")
    if which not in platform.mappings:
        raise NotFound(f"{owner} has no mapping {which or 'without a name'}; {_known(which, platform.mappings)}")
    return platform.mappings[which], params


def _known(name: str, names: Iterable[str]) -> str:
    return nearest(name, names) or f"it has {', '.join(sorted(names))}"


def _params(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if any(not equals for _, equals, _ in pairs):
        raise WrongUse("a parameter is given as NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _input(mapping: Mapping, name: str, value: Any) -> Any:
    return CANONICAL[name].model_validate(value) if name in mapping.inputs and name in CANONICAL else value


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.model_dump(mode="json", exclude_none=True) if isinstance(value, BaseModel) else value
