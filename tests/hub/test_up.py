"""`cais up`, as a user types it: starts, greets, ends cleanly, goes on, is alone on its state."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from places import PROJECT, Ports, furnish, surroundings

from cais.processes.commands import listens
from sandbox.director import Director

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal, pytest.mark.faults]


GREETING = "Ctrl-C ends all."


class Up:
    """A place to type `cais up` in, and the platforms beside it."""

    def __init__(self, root: Path) -> None:
        self.root, self.ports = root, Ports.free()
        self.environment = {**os.environ, **surroundings(root, self.ports, 20)}
        furnish(root, self.ports)
        self.output = root / "output"

    def type(self) -> subprocess.Popen[bytes]:
        """`cais up`, at a terminal of its own."""
        command = [sys.executable, "-m", "cais.cli", "up"]
        with self.output.open("ab") as output:
            return subprocess.Popen(
                command, cwd=self.root, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )

    async def says(self, words: str, times: int = 1, seconds: float = 30) -> None:
        """Wait until it has said so, so often."""
        end = time.monotonic() + seconds
        while self.said().count(words) < times:
            assert time.monotonic() < end, f"{words!r} not within {seconds} s:\n{self.said()}"
            await asyncio.sleep(0.1)

    def said(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def processes(self) -> set[str]:
        """The command lines of all that runs on this hub's state."""
        return set(_running(str(self.root / "var")))


def _running(var: str) -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            here = f"CAIS_VAR={var}".encode() in (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if here and command and "sandbox" not in command:
            yield command


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    place = Up(tmp_path_factory.mktemp("up") / "hub")
    argv = (sys.executable, "-m", "sandbox", "--port", str(place.ports.sandbox), "--speed", "60")
    platforms = await asyncio.create_subprocess_exec(*argv, start_new_session=True)
    while not await listens(place.ports.sandbox)():
        await asyncio.sleep(0.05)
    yield place
    platforms.kill()
    await platforms.wait()


@asynccontextmanager
async def _typed(up: Up) -> AsyncIterator[subprocess.Popen[bytes]]:
    """`cais up`, from its greeting on; killed at the end with all that it started, should it still run."""
    before, typed = up.said().count(GREETING), up.type()
    try:
        await up.says(GREETING, before + 1)
        yield typed
    finally:
        if typed.poll() is None:
            typed.send_signal(signal.SIGINT)
            await asyncio.to_thread(typed.wait, 30)


async def test_it_greets_ends_on_ctrl_c_and_goes_on(up: Up) -> None:
    async with _typed(up) as first:
        assert f"http://127.0.0.1:{up.ports.gateway}/" in up.said()
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"http://127.0.0.1:{up.ports.gateway}/healthz")).json() == {"ok": True}
        assert len(up.processes()) == 4, "itself, Temporal, gateway and worker"
        second = await asyncio.to_thread(up.type().wait, 20)
        assert second == 1
        await up.says(f"another `cais up` runs on {up.root / 'var'}")
        await up.says("listing aurora:ml:0012")
        first.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(first.wait, 30) == 0
    assert up.processes() == set()
    assert "goes on from here" in up.said()
    async with _typed(up):
        await _sells(up)
    assert up.processes() == set()
    assert "Traceback" not in up.said()


async def test_killed_it_leaves_nothing_that_hinders_the_next(up: Up) -> None:
    async with _typed(up) as first:
        first.kill()
        await asyncio.to_thread(first.wait, 10)
        assert len(up.processes()) == 3, "Temporal, gateway and worker are left"
    async with _typed(up):
        assert len(up.processes()) == 4
        assert "worker was left running by a hub that was killed; it is ended" in up.said()
    assert up.processes() == set()


async def _sells(up: Up) -> None:
    """What it waited for is given; then a buyer can buy."""
    given = [sys.executable, "-m", "cais.cli", "setting", "import", str(PROJECT / "sellers/demo.settings.csv")]
    done = await asyncio.to_thread(subprocess.run, given, env=up.environment, cwd=up.root, capture_output=True)
    assert done.returncode == 0, done.stderr
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{up.ports.sandbox}", timeout=10, trust_env=False) as http:
        day = Director(http, lambda words: None, "lojaaurora", "123")
        sell = day.sell("after the second start", ("0012-AZ-P", 1), buyer=2212631001)
        sale = await asyncio.wait_for(sell, 30)
    await up.says(f"order   aurora:ml:{sale.purchase}")
