"""A simulated platform: its mounts, operations, limits, automatic events and the acts of those behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.limits import Limit, Verdict
from sandbox.operation import Answer, Call, Operation
from sandbox.refusal import Refusal
from sandbox.timers import Event
from sandbox.world import World

Act = Callable[[World, str, Mapping[str, Any]], Any]
"""What somebody behind the platform does: takes the world, the account and the act's own keys; returns JSON.
Runs in one transaction; raises ValueError with what is wrong with the act."""


@dataclass(frozen=True)
class Platform:
    """`mounts` maps a URL prefix (path parameters allowed) to the operations below it.

    `identify` gives the account of a call or raises a Refusal; `shape` writes a Refusal as the vendor does;
    `throttled` is the vendor's 429 for a number of seconds, `limit_headers` what each metered answer reports.
    `own_faults`: fault kinds of this vendor alone, each with the refusal that stands in for the operation.
    """

    name: str
    mounts: Mapping[str, tuple[Operation, ...]]
    identify: Callable[[Call], str]
    shape: Callable[[Refusal], Answer]
    throttled: Callable[[float, Verdict | None], Answer]
    limit_headers: Callable[[Verdict], Mapping[str, str]]
    seed: Callable[[World], None]
    limits: tuple[Limit, ...] = ()
    events: Mapping[str, Event] = field(default_factory=dict)
    acts: Mapping[str, Act] = field(default_factory=dict)
    own_faults: Mapping[str, Callable[[Call], Refusal]] = field(default_factory=dict)
