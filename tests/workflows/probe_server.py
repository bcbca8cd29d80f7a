"""Temporal servers of tests."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from cais.temporal.attributes import KEYS

HASTY = ("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=60")
"""Flags of a server that suggests continue-as-new after 60 history events."""


@asynccontextmanager
async def start_server(*flags: str) -> AsyncIterator[str]:
    """Address of a Temporal server with the hub's namespace and search attributes."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    async with await WorkflowEnvironment.start_local(
        namespace="cais",
        search_attributes=list(KEYS.values()),
        dev_server_existing_path=shutil.which("temporal", path=places),
        dev_server_extra_args=["--sqlite-pragma", "journal_mode=wal", *flags],
        dev_server_log_level="error",
    ) as env:
        yield env.client.service_client.config.target_host
