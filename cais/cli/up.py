"""`cais up`: the whole hub on one machine, kept alive, shown live, ended cleanly by Ctrl-C."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cais.activation import Watch, activate
from cais.cli.live import Feed
from cais.cli.rule_files import rule_files
from cais.config import Config
from cais.environment import load
from cais.errors import Misconfigured, RulesInvalid
from cais.outbound.settings_file import give_all, read_settings
from cais.processes.commands import console, gateway, sandbox, selling_day, temporal, worker
from cais.processes.process import Command
from cais.processes.supervisor import Supervisor
from cais.store.engine import Store
from cais.store.migrations import migrate
from cais.store.seal import MasterKey
from cais.temporal.server import ServerPorts, prepare_namespace

DEMO_SPEED = "10"
DEMO_SECRETS = Path("sellers/demo.env")
DEMO_SETTINGS = Path("sellers/demo.settings.csv")


@click.command()
@click.option("--demo", is_flag=True, help="Run the sandbox in the platforms' place, and a selling day in it.")
def up(demo: bool) -> None:
    """Run the hub: Temporal, gateway, worker. Ctrl-C ends it; the next `up` goes on where it stopped."""
    if demo:
        load(DEMO_SECRETS)
        os.environ.setdefault("CAIS_SPEED", DEMO_SPEED)
    load(Path(".env"))
    config = Config.read()
    rule_files()  # a folder without any is no hub's: nothing is made in it
    config.var.mkdir(parents=True, exist_ok=True)
    with _only_one(config.var / "up.lock"):
        asyncio.run(_up(config, demo))


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Misconfigured(f"another `cais up` runs on {lock.parent}") from None
        yield


async def _up(config: Config, demo: bool) -> None:
    store = _store(config)
    say = Feed(store).say
    try:
        activation = await activate(store, config.root)
    except RulesInvalid:
        store.close()
        raise
    say(f"rules {activation.digest[:12]} are active for {', '.join(activation.sellers) or 'nobody: no seller file'}")
    for seller in activation.sellers if demo else ():
        await store.write(give_all, seller, read_settings(DEMO_SETTINGS), "demo", store.clock.now())
    supervisor = Supervisor(_commands(config, demo), config.var / "log", say)
    try:
        await _run(config, store, supervisor)
        say("ending …")
    finally:
        await supervisor.stop()
        store.close()
    click.echo("all is ended; the next start goes on from here")


def _store(config: Config) -> Store:
    """The store, with its tables and its master key made when they are not there yet."""
    if not config.master_key.exists():
        MasterKey.make(config.master_key)
        click.echo(f"a new master key is in {config.master_key}: keep a copy, without it buyers cannot be read")
    migrate(config.store_url, config.archive_url)
    key = MasterKey.read(config.master_key)
    return Store.open(config.store_url, archive_url=config.archive_url, clock=config.clock, master_key=key)


def _commands(config: Config, demo: bool) -> list[Command]:
    ports = ServerPorts.of(config.temporal)
    commands = [temporal(config, ports)]
    if demo:
        commands.append(sandbox(config))
    commands += [gateway(config), worker(config)]
    if demo:
        commands += [console(config), selling_day(config)]
    return commands


async def _run(config: Config, store: Store, supervisor: Supervisor) -> None:
    """Start all, then show what happens until a signal comes."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    feed = Feed(store, config.var / "log" / "day.log")
    starting = asyncio.create_task(_start(config, supervisor))
    if not await _finished_before(starting, ended):
        return
    _greet(config)
    shown = [asyncio.create_task(feed.follow()), asyncio.create_task(Watch(store, config.root).follow(feed.say))]
    await ended.wait()
    for task in shown:
        task.cancel()
    await asyncio.gather(*shown, return_exceptions=True)


async def _start(config: Config, supervisor: Supervisor) -> None:
    await supervisor.start()
    await prepare_namespace(ServerPorts.of(config.temporal))


async def _finished_before(starting: asyncio.Task[None], ended: asyncio.Event) -> bool:
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait([starting, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return False
    starting.result()
    return True


def _greet(config: Config) -> None:
    lines = [
        "",
        f"  Temporal UI   {config.temporal_ui}/namespaces/cais/workflows",
        f"  Gateway       http://127.0.0.1:{config.gateway_port}/",
        f"  Logs          {os.path.relpath(config.var / 'log')}",
        "",
        "  In another shell: .venv/bin/cais order list · .venv/bin/cais order show ORDER · .venv/bin/cais problems",
        "  Ctrl-C ends all.",
        "",
    ]
    click.echo("\n".join(lines))
    sys.stdout.flush()
