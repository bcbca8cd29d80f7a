"""Everything the simulated platforms share: one clock, one state, one list of faults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.limits import Limits
from sandbox.notify import Notifier
from sandbox.state import State
from sandbox.timers import Timers


@dataclass(frozen=True)
class World:
    """What handlers, events and acts are given. `hub_url` is where a seeded platform notifies, if anywhere."""

    state: State
    clock: Clock
    faults: Faults
    limits: Limits
    timers: Timers
    notifier: Notifier
    hub_url: str | None = None


def open_world(state_file: Path | None, *, speed: float | None, hub_url: str | None) -> World:
    """Open (or begin) the world kept in `state_file`; None keeps it in memory."""
    state = State(state_file)
    clock = Clock(state, speed)
    faults = Faults(state)
    timers = Timers(state)
    notifier = Notifier(state, clock, faults)
    return World(state, clock, faults, Limits(clock), timers, notifier, hub_url)
