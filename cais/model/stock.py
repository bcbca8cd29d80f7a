"""Counts of a SKU at locations, as their owner shows them."""

from __future__ import annotations

from cais.model.base import Code, Units, Value


class Count(Value):
    """Units at one place. `location` is the platform's id of the place; null `units` means unlimited."""

    location: Code
    units: Units | None


class Stock(Value):
    """All counts of one SKU that one connection gives."""

    sku: Code
    counts: tuple[Count, ...]
