"""Outgoing notifications: a durable queue, delivered over real HTTP with the vendor's patience and retry rule."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from sandbox.clock import Clock
from sandbox.faults import NOTIFICATION_KINDS, Faults
from sandbox.state import State
from sandbox.wire import dumps, loads

if TYPE_CHECKING:
    from sandbox.world import World

_AT_ONCE = 16  # connections that deliver at the same time


@dataclass(frozen=True)
class Retry:
    """`delays`: virtual seconds before the second, third … attempt; none left, the notification is given up.
    `patience_s`: real seconds for an answer. `accepts`: the statuses that count as delivered, if the answer is
    an object with the members `answer`."""

    delays: tuple[int, ...] = ()
    patience_s: float = 5.0
    accepts: tuple[int, ...] = (200,)
    answer: tuple[str, ...] = ()


@dataclass(frozen=True)
class Message:
    """One notification. `then` names the platform's event that hears the outcome:
    its arguments are `then_args` with `status` (0: no answer) and `delivered` added."""

    platform: str
    account: str
    topic: str
    url: str
    body: Any
    headers: Mapping[str, str]
    retry: Retry
    then: str | None = None
    then_args: Mapping[str, Any] | None = None


class Notifier:
    """The queue (kind `notification` of platform `_sandbox`): queued → delivered | lost | given_up."""

    def __init__(self, state: State, clock: Clock, faults: Faults) -> None:
        self._state, self._clock, self._faults = state, clock, faults
        self._heap: list[tuple[datetime, int]] = []
        self._held: set[int] = set()
        self._wake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        clock.on_change(self._wake.set)
        self.reload()

    def send(self, message: Message, *, at: datetime | None = None) -> None:
        """Queue a notification in the open transaction, due now or at virtual time `at`."""
        fault = self._faults.strike(NOTIFICATION_KINDS, message.platform, message.topic, message.account)
        kind = fault.kind if fault else None
        due = at or self._clock.now()
        self._release_held(message.url, due)
        if fault and kind in ("delay", "reorder"):
            due += timedelta(seconds=60 if fault.seconds is None else fault.seconds)
        for _ in range(2 if kind == "duplicate" else 1):
            self._queue(message, due, kind)

    def listed(self, platform: str | None = None) -> list[dict[str, Any]]:
        """Each notification with its id, state and attempts, oldest first."""
        every = ({"id": int(id_)} | entry for id_, entry in self._state.scan("_sandbox", "notification"))
        return [entry for entry in every if platform in (None, entry["platform"])]

    def reload(self) -> None:
        """Take the queue from the state anew (at start and after a reset)."""
        every = self._state.scan("_sandbox", "notification")
        queued = [(int(id_), entry) for id_, entry in every if entry["state"] == "queued"]
        self._held = {number for number, entry in queued if entry["fault"] == "reorder"}
        self._heap = [(_due(entry), number) for number, entry in queued]
        heapq.heapify(self._heap)

    async def run(self, world: World) -> None:
        """Deliver what is due, for ever; cancelling it leaves the undelivered in the queue."""
        limits = httpx.Limits(max_connections=_AT_ONCE)
        async with httpx.AsyncClient(limits=limits, trust_env=False) as client:
            try:
                while True:
                    await self._wait_for_work()
                    self._start_due(world, client)
            finally:
                for task in self._sending:
                    task.cancel()

    def _queue(self, message: Message, due: datetime, fault: str | None) -> None:
        number = self._state.next_id("_sandbox", "notification")
        retry = message.retry
        entry = {
            "platform": message.platform, "account": message.account, "topic": message.topic,
            "url": message.url, "headers": dict(message.headers), "body": message.body,
            "delays": list(retry.delays), "patience_s": retry.patience_s, "accepts": list(retry.accepts),
            "answer": list(retry.answer),
            "then": message.then, "then_args": dict(message.then_args or {}),
            "created": self._clock.now().isoformat(), "due": due.isoformat(), "attempts": 0, "status": None,
            "fault": fault, "state": "queued",
        }  # fmt: skip
        self._state.put("_sandbox", "notification", str(number), entry)
        self._state.after_commit(partial(self._push, due, number))
        if fault == "reorder":
            self._held.add(number)

    def _release_held(self, url: str, due: datetime) -> None:
        """A reordered notification goes right after the next one to the same address."""
        for number in sorted(self._held):
            entry = self._state.get("_sandbox", "notification", str(number))
            if entry and entry["url"] == url and not entry["attempts"]:
                self._held.discard(number)
                after = due + timedelta(seconds=self._clock.speed * 0.2)
                self._state.put("_sandbox", "notification", str(number), entry | {"due": after.isoformat()})
                self._state.after_commit(partial(self._push, after, number))

    def _push(self, due: datetime, number: int) -> None:
        heapq.heappush(self._heap, (due, number))
        self._wake.set()

    async def _wait_for_work(self) -> None:
        self._wake.clear()
        wait = 60.0
        if self._heap:
            ahead = (self._heap[0][0] - self._clock.now()).total_seconds()
            wait = min(wait, self._clock.real_seconds(max(0.0, ahead)))
        if len(self._sending) >= _AT_ONCE:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
        elif wait > 0:
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                return

    def _start_due(self, world: World, client: httpx.AsyncClient) -> None:
        while self._heap and self._heap[0][0] <= self._clock.now() and len(self._sending) < _AT_ONCE:
            due, number = heapq.heappop(self._heap)
            entry = self._state.get("_sandbox", "notification", str(number))
            if entry is None or entry["state"] != "queued" or _due(entry) != due:
                continue  # reset, or due at another time by now
            task = asyncio.create_task(self._deliver(world, client, number, entry))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _deliver(self, world: World, client: httpx.AsyncClient, number: int, entry: dict[str, Any]) -> None:
        if entry["fault"] == "lose":
            status, state = None, "lost"
        else:
            status, state = await _attempt(client, entry)
        with self._state.transaction():
            if self._state.get("_sandbox", "notification", str(number)) is not None:  # no reset came between
                self._settle(world, number, entry | {"status": status, "state": state})

    def _settle(self, world: World, number: int, entry: dict[str, Any]) -> None:
        entry["attempts"] += entry["state"] != "lost"
        if entry["state"] == "queued":
            due = self._clock.now() + timedelta(seconds=entry["delays"][entry["attempts"] - 1])
            entry["due"] = due.isoformat()
            self._state.after_commit(partial(self._push, due, number))
        self._state.put("_sandbox", "notification", str(number), entry)
        if entry["then"] and entry["state"] != "queued":
            told = {"status": entry["status"] or 0, "delivered": entry["state"] == "delivered"}
            world.timers.fire(world, entry["platform"], entry["then"], entry["then_args"] | told)


async def _attempt(client: httpx.AsyncClient, entry: Mapping[str, Any]) -> tuple[int, str]:
    """Send once: the status (0: no answer) and the state that the notification has then."""
    headers = {"Content-Type": "application/json"} | entry["headers"]
    try:
        async with asyncio.timeout(float(entry["patience_s"])):
            answer = await client.post(entry["url"], content=dumps(entry["body"]), headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        status = 0
    else:
        if _is_accepted(entry, answer):
            return answer.status_code, "delivered"
        status = answer.status_code
    return status, "queued" if entry["attempts"] < len(entry["delays"]) else "given_up"


def _is_accepted(entry: Mapping[str, Any], answer: httpx.Response) -> bool:
    if answer.status_code not in entry["accepts"]:
        return False
    try:
        body = loads(answer.content) if entry["answer"] else {}
    except ValueError:
        return False
    return isinstance(body, dict) and all(name in body for name in entry["answer"])


def _due(entry: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["due"])
