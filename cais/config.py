"""Where a hub keeps its things and which servers it talks to. Read from the environment once, at start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cais.clock import Clock
from cais.errors import Misconfigured

VARIABLES = {
    "CAIS_ROOT": "folder that holds mappings/ and sellers/ (default: the current folder)",
    "CAIS_VAR": "folder of the hub's state (default: var below the root)",
    "CAIS_STORE": "database URL of the store (default: sqlite in CAIS_VAR; PostgreSQL: postgresql+psycopg://…)",
    "CAIS_TEMPORAL": "host:port of Temporal (default 127.0.0.1:7233)",
    "CAIS_TEMPORAL_UI": "address of the Temporal UI, for links (default http://127.0.0.1:8233)",
    "CAIS_MASTER_KEY": "file of the master key that seals personal data (default: master.key in CAIS_VAR)",
    "CAIS_GATEWAY_HOST": "address that the gateway listens at (default 127.0.0.1: put a proxy with TLS before it)",
    "CAIS_GATEWAY_PORT": "port of the gateway (default 8070)",
    "CAIS_PANEL_PASSWORD": "opens panel and metrics to others than this machine (default: nobody else)",
    "CAIS_SPEED": "how many times faster than real all leases, polls and deadlines run (default 1)",
}
"""Every variable the hub reads, with its meaning. Secrets of platforms are named in seller files instead."""


@dataclass(frozen=True)
class Config:
    """One hub's surroundings."""

    root: Path
    var: Path
    store_url: str
    archive_url: str
    temporal: str
    temporal_ui: str
    master_key: Path
    gateway_host: str
    gateway_port: int
    panel_password: str | None = field(repr=False)
    clock: Clock

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Config:
        """The configuration that the environment tells. Raises `Misconfigured` on a value that is not one."""
        root = Path(environment.get("CAIS_ROOT", ".")).resolve()
        var = Path(environment.get("CAIS_VAR", root / "var")).resolve()
        store = environment.get("CAIS_STORE", f"sqlite:///{var / 'cais.db'}")
        return cls(
            root=root,
            var=var,
            store_url=store,
            archive_url=f"sqlite:///{var / 'archive.db'}" if store.startswith("sqlite") else store,
            temporal=environment.get("CAIS_TEMPORAL", "127.0.0.1:7233"),
            temporal_ui=environment.get("CAIS_TEMPORAL_UI", "http://127.0.0.1:8233"),
            master_key=Path(environment.get("CAIS_MASTER_KEY", var / "master.key")),
            gateway_host=environment.get("CAIS_GATEWAY_HOST", "127.0.0.1"),
            gateway_port=int(_number(environment, "CAIS_GATEWAY_PORT", "8070")),
            panel_password=environment.get("CAIS_PANEL_PASSWORD") or None,
            clock=Clock(_number(environment, "CAIS_SPEED", "1")),
        )


def _number(environment: Mapping[str, str], name: str, default: str) -> float:
    text = environment.get(name, default)
    try:
        value = float(text)
    except ValueError:
        raise Misconfigured(f"{name} must be a number, not {text!r}") from None
    if value <= 0:
        raise Misconfigured(f"{name} must be above zero, not {text!r}")
    return value
