"""Metrics in Prometheus' text format, counted from the store at each scrape: all processes of the hub in one answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from cais.gateway.overview import Totals

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class _Snapshot(Collector):
    def __init__(self, totals: Totals, now: datetime) -> None:
        self._totals, self._now = totals, now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        t = self._totals
        yield _gauge("inbox_rows", "Inbox rows not yet dealt with", ("connection", "state"), t.inbox)
        yield _gauge("handoffs", "Handoffs by state", ("target", "state"), t.handoffs)
        yield _gauge("parked", "Parked acts and documents by kind of cause", ("seller", "cause"), t.parked)
        yield _gauge("open_orders", "Open orders by status", ("channel", "status"), t.orders)
        yield _gauge("wanted_behind", "Values that a channel has not acknowledged", ("connection", "group"), t.wanted)
        yield _gauge("inbox_ignored", "Rows that came to nothing, by cause", ("connection", "cause"), t.ignored)
        closed = {(name,): int(is_closed) for name, is_closed in t.circuits.items()}
        yield _gauge("circuit_closed", "1 while the connection is switched on", ("connection",), closed)
        ages = {(name,): (self._now - since).total_seconds() for name, since in t.oldest.items()}
        yield _gauge("inbox_oldest_seconds", "Age of the longest waiting inbox row", ("connection",), ages)


def _gauge(name: str, says: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> GaugeMetricFamily:
    """`values`: label values, in the order of `labels`, to the number."""
    family = GaugeMetricFamily(f"cais_{name}", says, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def exposition(totals: Totals, now: datetime) -> bytes:
    """The metrics of a hub."""
    registry = CollectorRegistry()
    registry.register(_Snapshot(totals, now))
    return generate_latest(registry)
