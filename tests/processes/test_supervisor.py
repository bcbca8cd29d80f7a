"""Processes are started in order, started again when they die, and ended in reverse order."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cais.errors import Misconfigured
from cais.processes.leftover import Leftovers, command_line
from cais.processes.process import Command
from cais.processes.supervisor import Supervisor

LIVES = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def lives(name: str, tmp_path: Path) -> Command:
    return Command(name, (sys.executable, "-c", LIVES, str(tmp_path / f"{name}.pids")), ready=written(tmp_path, name))


def written(tmp_path: Path, name: str):  # type: ignore[no-untyped-def]
    async def probe() -> bool:
        return (tmp_path / f"{name}.pids").exists()

    return probe


def pids(tmp_path: Path, name: str) -> list[int]:
    return [int(line) for line in (tmp_path / f"{name}.pids").read_text().split()]


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_killed_process_is_started_again_and_said(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor([lives("one", tmp_path)], tmp_path / "log", said.append)
    await supervisor.start()
    os.kill(pids(tmp_path, "one")[0], signal.SIGKILL)
    async with asyncio.timeout(10):
        while len(pids(tmp_path, "one")) < 2:
            await asyncio.sleep(0.05)
    await supervisor.stop()
    assert said == ["one ended (killed by signal 9); it is started again"]
    assert not any(runs(pid) for pid in pids(tmp_path, "one"))


async def test_all_end_when_the_supervisor_does(tmp_path: Path) -> None:
    supervisor = Supervisor([lives("one", tmp_path), lives("two", tmp_path)], tmp_path / "log", lambda _: None)
    await supervisor.start()
    both = pids(tmp_path, "one") + pids(tmp_path, "two")
    assert all(runs(pid) for pid in both)
    await supervisor.stop()
    assert not any(runs(pid) for pid in both)


async def test_one_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    command = Command("door", (sys.executable, "-c", "print('the port is taken')"), ready=never, patience=10)
    supervisor = Supervisor([command], tmp_path / "log", lambda _: None)
    with pytest.raises(Misconfigured, match="door did not start: the port is taken"):
        await supervisor.start()
    await supervisor.stop()


async def test_one_that_ignores_the_wish_to_end_is_ended(tmp_path: Path) -> None:
    log = tmp_path / "log"

    async def up() -> bool:
        return "up" in (log / "stubborn.log").read_text()

    supervisor = Supervisor([Command("stubborn", (sys.executable, "-c", STUBBORN), ready=up)], log, lambda _: None)
    await supervisor.start()
    process = supervisor._processes[0]
    await process.stop(patience=0.3)
    assert not process.alive
    await supervisor.stop()


async def test_one_that_may_end_is_not_started_again_and_is_told_only_if_it_failed(tmp_path: Path) -> None:
    said: list[str] = []
    commands = [Command(f"ends{code}", (sys.executable, "-c", f"exit({code})"), keep=False) for code in (0, 3)]
    supervisor = Supervisor(commands, tmp_path / "log", said.append)
    await supervisor.start()
    async with asyncio.timeout(10):
        await asyncio.gather(*supervisor._keepers)
    await supervisor.stop()
    assert said == [f"ends3 ended (exit code 3); see {tmp_path / 'log' / 'ends3.log'}"]


async def test_a_port_that_somebody_has_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        door = Command("door", (sys.executable, "-c", ""), ports=(port,))
        supervisor = Supervisor([lives("one", tmp_path), door], tmp_path / "log", lambda _: None)
        with pytest.raises(Misconfigured, match=f"port {port}, which door needs, is taken"):
            await supervisor.start()
    assert not (tmp_path / "one.pids").exists()


async def test_what_a_killed_supervisor_left_running_is_ended_by_the_next(tmp_path: Path) -> None:
    first = Supervisor([lives("one", tmp_path)], tmp_path / "log", lambda _: None)
    await first.start()
    for keeper in first._keepers:
        keeper.cancel()  # as if it had been killed: nobody stops the child
    (left,) = pids(tmp_path, "one")
    said: list[str] = []
    second = Supervisor([lives("one", tmp_path)], tmp_path / "log", said.append)
    await second.start()
    assert said == ["one was left running by a hub that was killed; it is ended"]
    assert not runs(left) or not command_line(left)
    await second.stop()


def test_a_process_is_known_by_its_command_line_from_its_first_instant(tmp_path: Path) -> None:
    leftovers = Leftovers(tmp_path)
    for number in range(20):
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
            leftovers.note(f"child{number}", child.pid)
            noted = (tmp_path / f"child{number}.pid").read_text()
            child.kill()
        assert "time.sleep(60)" in noted


def test_a_pid_that_belongs_to_another_by_now_is_left_alone(tmp_path: Path) -> None:
    leftovers = Leftovers(tmp_path)
    (tmp_path / "worker.pid").write_text(f"{os.getpid()}\nsomething else\n")
    assert leftovers.end() == []
    assert not list(tmp_path.iterdir())
