"""Which version of the rules a run reads its state by: fixed when the run starts, so that a replay reads alike.

A version after the first leaves a marker in the run's history; the first leaves none.
"""

from __future__ import annotations

from temporalio import workflow

from cais.lifecycle.life import INTERPRETER


def interpreter() -> int:
    """The newest version that this run knows. Call once, at the start."""
    newer = range(INTERPRETER, 1, -1)
    return next((version for version in newer if workflow.patched(f"interpreter-{version}")), 1)
