"""Names of task queues. Workflows run on one; each connection's activities have their own."""

from __future__ import annotations

WORKFLOWS = "cais"
PUMPS = "cais-pumps"


def of_connection(connection: str) -> str:
    """The queue of the activities that write to a connection: a bulkhead, not a limiter."""
    return f"cais-{connection}"
