"""What will happen by itself at a virtual time: durable, so that a restart forgets no transition."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.state import State

if TYPE_CHECKING:
    from sandbox.world import World

Event = Callable[["World", Mapping[str, Any]], None]
"""A platform's own happening: takes the world and the plain data it was scheduled with; writes in a transaction."""


class Timers:
    """Events by platform and name, and the times at which they are due (kind `timer` of platform `_sandbox`)."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._events: dict[tuple[str, str], Event] = {}
        self._heap: list[tuple[datetime, str]] = []
        self._changed: list[Callable[[], None]] = []
        self.reload()

    def register(self, platform: str, events: Mapping[str, Event]) -> None:
        """Name the events of a platform; a timer refers to its event by name, so that it survives a restart."""
        self._events.update({(platform, name): event for name, event in events.items()})

    def at(self, due: datetime, platform: str, event: str, args: Mapping[str, Any]) -> None:
        """Let `event` happen at virtual time `due`, with `args`."""
        id_ = str(self._state.next_id("_sandbox", "timer"))
        entry = {"due": due.isoformat(), "platform": platform, "event": event, "args": dict(args)}
        self._state.put("_sandbox", "timer", id_, entry)
        self._state.after_commit(lambda: self._push(due, id_))

    def fire(self, world: World, platform: str, event: str, args: Mapping[str, Any]) -> None:
        """Let an event happen now, in a transaction of its own or the open one."""
        with self._state.transaction():
            self._events[platform, event](world, args)

    def run_due(self, world: World) -> None:
        """Let everything happen whose time has come, oldest first, each in its own transaction."""
        while self._heap and self._heap[0][0] <= world.clock.now():
            _, id_ = heapq.heappop(self._heap)
            entry = self._state.get("_sandbox", "timer", id_)
            if entry is None:
                continue  # a reset came between
            with self._state.transaction():
                self._state.delete("_sandbox", "timer", id_)
                self.fire(world, entry["platform"], entry["event"], entry["args"])

    def next_due(self) -> datetime | None:
        """When the next timer is due, or None."""
        return self._heap[0][0] if self._heap else None

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback` whenever a timer is added."""
        self._changed.append(callback)

    def reload(self) -> None:
        """Take the timers from the state anew (at start and after a reset)."""
        self._heap = [
            (datetime.fromisoformat(entry["due"]), id_) for id_, entry in self._state.scan("_sandbox", "timer")
        ]
        heapq.heapify(self._heap)

    def _push(self, due: datetime, id_: str) -> None:
        heapq.heappush(self._heap, (due, id_))
        for callback in self._changed:
            callback()
