"""Probe workflows that stand where the real ones will: they keep what they were told and run until told to end."""

from __future__ import annotations

from typing import Any

from temporalio import workflow


class _Probe:
    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.ended = False

    def take(self, name: str, word: Any) -> None:
        self.told.append((name, word))

    async def until_ended(self, start: dict[str, Any]) -> dict[str, Any]:
        await workflow.wait_condition(lambda: self.ended)
        return {"start": start, "told": self.told}


@workflow.defn(name="OrderLifecycle", sandboxed=False)
class OrderProbe:
    @workflow.init
    def __init__(self, start: dict[str, Any]) -> None:
        self.probe = _Probe()

    @workflow.run
    async def run(self, start: dict[str, Any]) -> dict[str, Any]:
        return await self.probe.until_ended(start)

    @workflow.signal
    def observe(self, word: dict[str, Any]) -> None:
        self.probe.take("observe", word)

    @workflow.signal
    def retry(self, word: dict[str, Any]) -> None:
        self.probe.take("retry", word)

    @workflow.signal
    def end(self) -> None:
        self.probe.ended = True

    @workflow.query
    def told(self) -> list[tuple[str, Any]]:
        return self.probe.told


@workflow.defn(name="ListingLifecycle", sandboxed=False)
class ListingProbe:
    @workflow.init
    def __init__(self, start: dict[str, Any]) -> None:
        self.probe = _Probe()

    @workflow.run
    async def run(self, start: dict[str, Any]) -> dict[str, Any]:
        return await self.probe.until_ended(start)

    @workflow.signal
    def select(self, word: dict[str, Any]) -> None:
        self.probe.take("select", word)

    @workflow.signal
    def unselect(self, word: dict[str, Any]) -> None:
        self.probe.take("unselect", word)

    @workflow.signal
    def observe_listing(self, word: dict[str, Any]) -> None:
        self.probe.take("observe_listing", word)

    @workflow.query
    def told(self) -> list[tuple[str, Any]]:
        return self.probe.told


@workflow.defn(name="Pump", sandboxed=False)
class PumpProbe:
    @workflow.run
    async def run(self, order: dict[str, Any]) -> None:
        await workflow.wait_condition(lambda: False)
