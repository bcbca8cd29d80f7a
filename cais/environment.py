"""Environment files: `NAME=value` lines, as `.env` holds the secrets that seller files name."""

from __future__ import annotations

import os
from pathlib import Path

from cais.errors import Misconfigured


def read(path: Path) -> dict[str, str]:
    """The variables of a file; empty when there is no such file. Raises `Misconfigured` on a line that is none."""
    if not path.exists():
        return {}
    pairs = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise Misconfigured(f"{path}:{number}: expected NAME=value")
        pairs[name.strip()] = value.strip().strip('"')
    return pairs


def load(path: Path) -> None:
    """Put a file's variables into this process's environment; what is set already stays."""
    for name, value in read(path).items():
        os.environ.setdefault(name, value)
