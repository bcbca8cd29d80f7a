"""The filters of expressions: small pure functions from a closed list."""

from __future__ import annotations

from cais.rules.filters import absence, collection, language, number, text, time
from cais.rules.filters.language import INTERNAL
from cais.rules.filters.registry import FILTERS

__all__ = ["FILTERS", "INTERNAL", "absence", "collection", "language", "number", "text", "time"]
