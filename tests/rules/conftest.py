"""Fixtures of the rules: one leaf over a document, and a small made-up platform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rules_shop import SHOP
from rules_written import compiled

from cais.rules.files import RuleFiles
from cais.rules.names import Names


@pytest.fixture
def leaf() -> Callable[..., Any]:
    """Renders one leaf of a mapping without canonical model, over a document `d`."""

    def render(written: str, d: Any = None, *, file: str = "", **names: Any) -> Any:
        mapping, problems = compiled(f"{file}\nfields:\n  x: {written}\n", Names({}, open=True))
        assert [p for p in problems if p.severity == "error"] == []
        return mapping.render({"d": d, **names}).get("x", "(left out)")

    return render


@pytest.fixture
def shop() -> RuleFiles:
    """All rule files of the made-up platform and a seller that uses it in both flows."""
    return RuleFiles(SHOP)
