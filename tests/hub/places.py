"""Where a hub under test lives: a folder of its own with the shipped rule files, ports of its own, its surroundings."""

from __future__ import annotations

import random
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from cais.config import Config
from cais.environment import read
from cais.temporal.server import ServerPorts

PROJECT = Path(__file__).parents[2]
SELLER_FILE = "sellers/aurora.yaml"


@dataclass(frozen=True)
class Ports:
    """Free loopback ports of one hub and its sandbox."""

    temporal: ServerPorts
    gateway: int
    sandbox: int

    @classmethod
    def free(cls) -> Ports:
        """Ports nobody listens at. Temporal's three stand in a fixed distance from each other."""
        while True:
            first = random.randrange(20_000, 30_000, 20)
            temporal = ServerPorts.of(f"127.0.0.1:{first}")
            ports = cls(temporal, first + 1, first + 2)
            if all(map(_is_free, (temporal.grpc, temporal.ui, temporal.http, ports.gateway, ports.sandbox))):
                return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def surroundings(root: Path, ports: Ports, speed: float, store_url: str | None = None) -> dict[str, str]:
    """The environment of every process of a hub in `root`: configuration, and the secrets of the demo seller."""
    configured = {
        "CAIS_ROOT": str(root),
        "CAIS_VAR": str(root / "var"),
        "CAIS_TEMPORAL": f"127.0.0.1:{ports.temporal.grpc}",
        "CAIS_TEMPORAL_UI": f"http://127.0.0.1:{ports.temporal.ui}",
        "CAIS_GATEWAY_PORT": str(ports.gateway),
        "CAIS_SPEED": f"{speed:g}",
        "PYTHONUNBUFFERED": "1",
    }
    return configured | read(PROJECT / "sellers/demo.env") | ({"CAIS_STORE": store_url} if store_url else {})


def furnish(root: Path, ports: Ports, mode: str = "live") -> None:
    """Put the shipped rule files into `root`, with the demo seller's hosts and address at these ports."""
    shutil.copytree(PROJECT / "mappings", root / "mappings")
    (root / "sellers").mkdir()
    text = (PROJECT / SELLER_FILE).read_text()
    for shipped, ours in (("127.0.0.1:8077", ports.sandbox), ("127.0.0.1:8070", ports.gateway)):
        assert shipped in text
        text = text.replace(shipped, f"127.0.0.1:{ours}")
    (root / SELLER_FILE).write_text(text.replace("mode: live", f"mode: {mode}"))


def config_of(environment: dict[str, str]) -> Config:
    """As the processes of the hub read it."""
    return Config.read(environment)
