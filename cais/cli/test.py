"""`cais test`: the cases beside the mappings."""

from __future__ import annotations

import click

from cais.cli.output import json_option, print_json
from cais.cli.rule_files import rule_files
from cais.errors import NotFound
from cais.rules.cases import CaseResult, run_cases
from cais.rules.problem import nearest
from cais.rules.ruleset import compile_rules


@click.command()
@click.argument("platform", required=False)
@json_option
def test(platform: str | None, as_json: bool) -> None:
    """Run the mappings' cases, of all platforms or of PLATFORM."""
    rules = compile_rules(rule_files())
    if platform is not None and platform not in rules.platforms:
        raise NotFound(f"no platform is named {platform}; {nearest(platform, rules.platforms)}")
    results = [each for each in run_cases(rules) if platform in (None, each.platform)]
    failed = [each for each in results if not each.passed]
    if as_json:
        print_json([{"case": each.id, "passed": each.passed, "failure": each.failure} for each in results])
    else:
        for each in failed:
            _show(each)
        click.echo(f"{len(results) - len(failed)} of {len(results)} cases pass")
    if failed:
        raise click.exceptions.Exit(1)


def _show(result: CaseResult) -> None:
    mark = result.mark
    click.secho(f"{mark.file}:{mark.line}:{mark.column}: {result.id}", bold=True)
    click.echo("  " + (result.failure or "").replace("\n", "\n  "))
