"""The two filters that take undefined and null."""

from __future__ import annotations

from typing import Any

from jinja2.runtime import Undefined

from cais.rules.absent import is_absent
from cais.rules.filters.registry import lenient


@lenient
def default(value: Any, otherwise: Any) -> Any:
    """`otherwise` where the value is undefined. Null stays null."""
    return otherwise if is_absent(value) else value


@lenient
def coalesce(value: Any, *others: Any) -> Any:
    """The first that is neither undefined nor null; null when none is."""
    for item in (value, *others):
        if item is not None and not isinstance(item, Undefined):
            return item
    return None
