"""JSON Schemas of the public payloads: the start of an order, every command, and the canonical documents."""

from __future__ import annotations

from typing import Any

from cais.model import CANONICAL
from cais.model.claim import OrderStart
from cais.model.command import COMMANDS
from cais.model.observation import Observed

VERSION = 1


def schemas() -> dict[str, dict[str, Any]]:
    """Name → JSON Schema. Money is a decimal string in major units; unknown fields are refused."""
    payloads = {f"command.{kind.name}": kind.payload for kind in COMMANDS}
    models = {"start.order": OrderStart, "signal.observe": Observed, **payloads}
    models |= {f"canonical.{name}": model for name, model in CANONICAL.items()}
    return {name: _schema(name, model) for name, model in sorted(models.items())}


def _schema(name: str, model: Any) -> dict[str, Any]:
    body: dict[str, Any] = model.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"cais/{VERSION}/{name}", **body}
