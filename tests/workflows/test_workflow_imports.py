"""Workflow code imports little: it is replayed, and it must not be able to reach files, networks or templates."""

from __future__ import annotations

import subprocess
import sys

import pytest

FORBIDDEN = ("yaml", "jinja2", "httpx", "sqlalchemy", "psycopg", "starlette", "cais.store", "cais.rules", "cais.http")


@pytest.mark.parametrize("module", ["workflows.order", "workflows.listing", "workflows.pump", "cais.lifecycle.order"])
def test_it_imports_nothing_that_acts(module: str) -> None:
    script = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in loaded if name.startswith(FORBIDDEN)]


def test_the_pure_machines_do_not_know_temporal() -> None:
    script = "import sys, cais.lifecycle.order, cais.lifecycle.listing, cais.lifecycle.details; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in loaded if name.startswith("temporalio")]
