"""Keeps a list of processes alive: started in order, started again when they die, ended in reverse order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from cais.processes.leftover import Leftovers
from cais.processes.process import Command, Process

SHORT_LIFE = 5.0
"""Seconds. A process that dies sooner is started again with growing pauses."""


class Supervisor:
    """`say` gets one line per happening, for people."""

    def __init__(self, commands: Sequence[Command], logs: Path, say: Callable[[str], None]) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._leftovers = Leftovers(logs.parent / "run")
        self._processes = [Process(command, logs, self._leftovers) for command in commands]
        self._say = say
        self._keepers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start all, each when the one before is ready; what a killed hub left running is ended first."""
        for name in await asyncio.to_thread(self._leftovers.end):
            self._say(f"{name} was left running by a hub that was killed; it is ended")
        for process in self._processes:
            process.command.check_ports()
        for process in self._processes:
            await process.start()
            self._keepers.append(asyncio.create_task(self._keep(process)))

    async def _keep(self, process: Process) -> None:
        pause = 0.5
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            code = await process.wait()
            if not process.command.keep:
                if code:
                    self._say(f"{process.command.name} ended ({_how(code)}); see {process.log}")
                return
            self._say(f"{process.command.name} ended ({_how(code)}); it is started again")
            pause = 0.5 if loop.time() - began > SHORT_LIFE else min(pause * 2, 10.0)
            await asyncio.sleep(pause)
            await self._again(process)

    async def _again(self, process: Process) -> None:
        try:
            await process.start()
        except Exception as error:
            self._say(str(error))
            await process.stop()

    async def stop(self) -> None:
        """End all, last first, so that nothing loses what it stands on."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for process in reversed(self._processes):
            await process.stop()


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
