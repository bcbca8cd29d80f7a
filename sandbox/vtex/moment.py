"""Moments as VTEX writes them: seven digits of a second, an offset or Z."""

from __future__ import annotations

from datetime import datetime


def offset(moment: datetime) -> str:
    """`2026-11-20T20:09:43.1234567+00:00` (UTC)."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0+00:00")


def zulu(moment: datetime) -> str:
    """`2026-11-20T20:09:43.1234567Z` (UTC)."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
