"""The root of the command line: finds the command's file when it is asked for, and turns errors into plain words."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path

import click

from cais.errors import CaisError, RulesInvalid, WrongUse
from cais.rules.problem import nearest

PACKAGE = Path(__file__).parents[1]

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
            close = nearest(name, COMMANDS)
            raise click.UsageError(f"No such command '{name}'; {close}", context)
        module = importlib.import_module(f"cais.cli.{name}")
        command = getattr(module, name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"max_content_width": 120})
@click.version_option(package_name="cais", message="cais %(version)s")
def cais() -> None:
    """Cais, an open integration hub: every product and every order passes over one quay."""


def main() -> None:
    """Entry point. A mistake is one plain message on stderr, never a traceback."""
    code = _run()
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    # Not sys.exit: the Temporal client's threads may outlive the interpreter, which then aborts.
    os._exit(code)


def _run() -> int:
    """Run the command; its exit code: 0 good, 1 refused or failed, 2 wrong use, 130 ended by Ctrl-C."""
    try:
        ended = cais(standalone_mode=False)  # the code of `--help` and of a command that says that it failed
        return ended if isinstance(ended, int) else 0
    except (click.exceptions.Abort, KeyboardInterrupt):
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except WrongUse as error:
        click.echo(f"cais: {error}", err=True)
        return 2
    except RulesInvalid as error:
        from cais.cli.output import show_problems

        show_problems(error.problems)
        return 1
    except CaisError as error:
        click.echo(f"cais: {error}", err=True)
        return 1
    except BrokenPipeError:
        return 1  # whoever read has seen enough
    except OSError as error:
        click.echo(f"cais: {error}", err=True)
        return 1
    except Exception as error:
        click.echo(f"cais: {_bug(error)}", err=True)
        return 1


def _bug(error: Exception) -> str:
    """A mistake of our own, by its kind and place: its message might hold values of a document."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return f"this is a mistake in Cais itself, please report it: {type(error).__name__} at {place}"
