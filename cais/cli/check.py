"""`cais check`: all rule files, every mistake in one pass."""

from __future__ import annotations

from dataclasses import asdict

import click

from cais.cli.output import json_option, print_json
from cais.cli.rule_files import rule_files
from cais.ownership import check_seller
from cais.rules.problem import errors, show
from cais.rules.ruleset import check as check_files


@click.command()
@json_option
def check(as_json: bool) -> None:
    """Check all rule files. Every mistake is shown with file, line, column, excerpt and the nearest known name."""
    files = rule_files()
    problems = check_files(files, check_seller)
    wrong = errors(problems)
    if as_json:
        print_json([{**asdict(problem), "severity": problem.severity} for problem in problems])
    elif problems:
        click.echo(show(problems, files.texts))
        click.echo(f"\n{_count(len(wrong), 'mistake')}, {_count(len(problems) - len(wrong), 'warning')}")
    else:
        click.echo(f"{len(files)} rule files, no mistakes")
    if wrong:
        raise click.exceptions.Exit(1)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
