"""Secrets: a seller file names where each is found, and only here is it looked up."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cais.errors import Misconfigured


def resolve(connection: str, references: Mapping[str, str]) -> dict[str, str]:
    """Secret name to its value; `references` are `env:NAME` or `file:/path`, read anew at each call.

    Raises `Misconfigured`, naming the connection, the secret and the place, never the value.
    """
    return {name: _value(connection, name, reference) for name, reference in references.items()}


def _value(connection: str, name: str, reference: str) -> str:
    place, _, where = reference.partition(":")
    value = os.environ.get(where) if place == "env" else _read(where)
    if not value:
        raise Misconfigured(f"connection {connection}: secret {name} is not set ({place} {where})")
    return value


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError:
        return None
