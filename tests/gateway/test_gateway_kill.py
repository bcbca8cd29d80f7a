"""A gateway killed between its commit and its answer: the platform repeats itself, and there is one row."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cais.crash import KILLED, VARIABLE
from cais.store.engine import Store
from cais.store.tables import inbox

pytestmark = pytest.mark.faults
HERE = Path(__file__).parent
ORDER = json.dumps({"topic": "order", "id": 2000, "event": "ev1"})


def knock(url: str, crash_at: str | None = None) -> int:
    """Let a gateway process take the hook; its exit code: 0 answered with 200."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE)])}
    if crash_at:
        environment[VARIABLE] = crash_at
    command = [sys.executable, str(HERE / "gateway_process.py"), url, "/hooks/market/hook-secret/events", ORDER]
    return subprocess.run(command, env=environment, check=False, timeout=60).returncode


def test_a_row_that_was_committed_is_there_although_nobody_was_answered(ruled: Store, store_url: str) -> None:
    assert knock(store_url, "door.committed") == KILLED
    assert knock(store_url) == 0
    with ruled.connect() as conn:
        assert conn.execute(select(func.count()).select_from(inbox)).scalar_one() == 1
