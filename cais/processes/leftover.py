"""What a hub that was killed left running: ended before the next one starts on the same state."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 8.0
STARTED_S: Final = 1.0


class Leftovers:
    """A folder with one file per running process: its pid, and the command line by which it is known again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def note(self, name: str, pid: int) -> None:
        """The process runs."""
        (self._folder / f"{name}.pid").write_text(f"{pid}\n{_first_command_line(pid)}\n")

    def forget(self, name: str) -> None:
        """It has ended."""
        (self._folder / f"{name}.pid").unlink(missing_ok=True)

    def end(self) -> list[str]:
        """End what still runs, politely first; the names of what did."""
        found = {file: pid for file in sorted(self._folder.glob("*.pid")) if (pid := _still_running(file))}
        for pid in found.values():
            _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_S
        for pid in found.values():
            while command_line(pid) and time.monotonic() < deadline:
                time.sleep(0.05)
            _signal(pid, signal.SIGKILL)
        for file in self._folder.glob("*.pid"):
            file.unlink()
        return [file.stem for file in found]


def command_line(pid: int) -> str:
    """What the process runs; empty when there is none of that pid, or it is dead and not yet buried."""
    if Path("/proc/self/cmdline").exists():
        with suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        return ""
    asked = ["ps", "-o", "stat=,command=", "-p", str(pid)]
    state, _, command = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command.strip()


def _first_command_line(pid: int) -> str:
    """Of a process that was just started: for an instant after `exec` the system has none to show."""
    deadline = time.monotonic() + STARTED_S
    while not (line := command_line(pid)) and time.monotonic() < deadline:
        time.sleep(0.005)
    return line


def _still_running(file: Path) -> int | None:
    """The pid in the file, if the process that has it now is the one that was noted."""
    pid, _, noted = file.read_text().strip().partition("\n")
    return int(pid) if pid.isdigit() and noted and command_line(int(pid)) == noted else None


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
