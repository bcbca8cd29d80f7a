"""What became of a message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """Empty `reason` means that it was accepted; `repeated`, that it was answered before."""

    reason: str = ""
    repeated: bool = False
