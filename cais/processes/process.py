"""One child process: its command, its log file, how it is found ready, how it is ended."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cais.errors import Misconfigured
from cais.processes.leftover import Leftovers

Probe = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Command:
    """What to run. `keep`: started again when it dies; otherwise its end is noted and accepted."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Probe | None = None
    keep: bool = True
    patience: float = 30.0
    """Seconds until it must be ready."""
    ports: tuple[int, ...] = ()
    """The loopback ports that it listens at; nobody else may have them."""

    def check_ports(self) -> None:
        """Raise `Misconfigured` if somebody listens at one of its ports."""
        for port in self.ports:
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    raise Misconfigured(
                        f"port {port}, which {self.name} needs, is taken, perhaps by another hub: end what listens "
                        "there, or choose other ports (CAIS_TEMPORAL, CAIS_GATEWAY_PORT)"
                    )


class Process:
    """A running command. Output goes to `<log folder>/<name>.log`."""

    def __init__(self, command: Command, logs: Path, leftovers: Leftovers) -> None:
        self.command, self._leftovers = command, leftovers
        self.log = logs / f"{command.name}.log"
        self._child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises `Misconfigured` with the log's last line if it is not."""
        with self.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *self.command.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.command.environment},
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends the others in order
            )
        self._leftovers.note(self.command.name, self._child.pid)
        await self._until_ready()

    async def _until_ready(self) -> None:
        if self.command.ready is None:
            return
        deadline = asyncio.get_running_loop().time() + self.command.patience
        while not await self.command.ready():
            if not self.alive or asyncio.get_running_loop().time() > deadline:
                raise Misconfigured(f"{self.command.name} did not start: {self.last_words()} (see {self.log})")
            await asyncio.sleep(0.1)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._child is not None and self._child.returncode is None

    async def wait(self) -> int:
        """Wait for its end; the exit code."""
        return await self._child.wait() if self._child else 0

    async def stop(self, patience: float = 12.0) -> None:
        """Ask it to end, and end it when it does not within `patience` seconds."""
        if self._child is None or self._child.returncode is not None:
            return
        self.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._child.wait(), patience)
        except TimeoutError:
            self.signal(signal.SIGKILL)
            await self._child.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and to all that it started."""
        assert self._child is not None
        try:
            os.killpg(self._child.pid, number)
        except ProcessLookupError:
            return

    def last_words(self) -> str:
        """The last line it wrote."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1][:300] if lines else "it said nothing"
