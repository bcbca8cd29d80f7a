"""The command lines of the hub's processes, and how each is found ready."""

from __future__ import annotations

import asyncio
import sys

from cais.config import Config
from cais.processes.process import Command, Probe
from cais.temporal.attributes import ATTRIBUTES
from cais.temporal.server import ServerPorts, server_command

SANDBOX_PORT = 8077
"""Where the demo seller file's hosts point."""

SANDBOX_SPEED = 60
"""A minute at the platforms is a second: an order's days pass while one watches. The hub's own waits are shortened
less: an answer still needs real time to arrive."""

_SANDBOX = ("--sandbox", f"http://127.0.0.1:{SANDBOX_PORT}")


def listens(port: int) -> Probe:
    """Ready when something accepts connections on that loopback port."""

    async def probe() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    return probe


def temporal(config: Config, ports: ServerPorts) -> Command:
    """The embedded Temporal server, its state in a file."""
    argv = server_command(config.var / "temporal.db", ports, ATTRIBUTES)
    taken = (ports.grpc, ports.ui, ports.http)
    return Command("temporal", tuple(argv), ready=listens(ports.grpc), ports=taken)


def gateway(config: Config) -> Command:
    """The HTTP door for hooks, health, metrics and the panel."""
    return _python("gateway", config, "cais.gateway", port=config.gateway_port)


def worker(config: Config) -> Command:
    """The supervisor of workflow and activity workers."""
    return _python("worker", config, "worker")


def sandbox(config: Config) -> Command:
    """The simulated platforms."""
    arguments = ("--port", str(SANDBOX_PORT), "--state", str(config.var / "sandbox.db"))
    speed = ("--speed", str(SANDBOX_SPEED))
    return _python("sandbox", config, "sandbox", *arguments, *speed, port=SANDBOX_PORT)


def console(config: Config) -> Command:
    """Enters the hub's hook addresses in the simulated platforms, as a person does in the real ones' consoles."""
    return _python("console", config, "sandbox.console", *_SANDBOX, keep=False)


def selling_day(config: Config) -> Command:
    """Buyers, the ERP behind the store and the carrier, over real HTTP."""
    return _python("day", config, "sandbox.day", *_SANDBOX, keep=False)


def _python(
    name: str, config: Config, module: str, *arguments: str, port: int | None = None, keep: bool = True
) -> Command:
    environment = {
        "CAIS_ROOT": str(config.root),
        "CAIS_VAR": str(config.var),
        "CAIS_SPEED": f"{config.clock.speed:g}",
        "PYTHONUNBUFFERED": "1",
    }
    argv, ready = (sys.executable, "-m", module, *arguments), None if port is None else listens(port)
    return Command(name, argv, environment, ready, keep, ports=() if port is None else (port,))
