"""Connecting to Temporal: every client of the hub is made here."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.runtime import Runtime

from cais.errors import Misconfigured
from cais.temporal.converter import DATA_CONVERTER
from cais.temporal.server import NAMESPACE


async def connect(address: str, *, namespace: str = NAMESPACE, runtime: Runtime | None = None) -> Client:
    """A client of the server at `host:port`. Raises `Misconfigured` when nobody answers there."""
    try:
        return await Client.connect(address, namespace=namespace, data_converter=DATA_CONVERTER, runtime=runtime)
    except RuntimeError:
        raise Misconfigured(f"no Temporal server answers at {address}") from None
