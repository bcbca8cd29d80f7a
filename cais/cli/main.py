"""The root of the command line: finds the command's file when it is asked for, and turns errors into plain words."""

from __future__ import annotations

import importlib
import sys

import click

from cais.errors import CaisError, RulesInvalid

COMMANDS = {
    "up": "runs the hub: Temporal, worker, gateway; with --demo the sandbox and a selling day",
    "check": "checks all rule files; every mistake with file, line and column",
    "test": "runs the mappings' cases",
    "map": "renders a document through a mapping",
    "order": "orders: list, show, and every command on an order",
    "listing": "listings: list, show, pause, resume, close",
    "problems": "what is parked and why; retry, skip",
    "setting": "settings that handoffs wait for: give, list",
    "connection": "connections: state, hook addresses",
    "rules": "rule sets: activate, explain",
    "recover": "starts every open order and listing that Temporal does not run",
    "schema": "JSON Schemas of the public payloads and of the rule files",
}


class Commands(click.Group):
    """Loads `cais.cli.<command>` only when that command is asked for: `cais --help` imports nothing heavy."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"cais.cli.{name}")
        command = getattr(module, name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands)
@click.version_option(package_name="cais", message="cais %(version)s")
def cais() -> None:
    """Cais, an open integration hub: every product and every order passes over one quay."""


def main() -> None:
    """Entry point. A mistake is one plain message on stderr, never a traceback."""
    try:
        cais(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except RulesInvalid as error:
        from cais.cli.output import show_problems

        show_problems(error.problems)
        sys.exit(1)
    except CaisError as error:
        click.echo(f"cais: {error}", err=True)
        sys.exit(1)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
