"""Every crash point of the outbound side is written down and has a test that kills a process there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
POINT = re.compile(r'crash_point\("([a-z_.]+)"\)')


def named_in(folder: str, pattern: str) -> str:
    return "".join(path.read_text() for path in (ROOT / folder).glob(pattern))


def test_crash_points_are_written_down_and_tested() -> None:
    points = set(POINT.findall(named_in("cais/outbound", "*.py")))
    assert points
    for point in points:
        assert f"`{point}`" in named_in("docs/protocols", "*.md"), point
        assert f'"{point}"' in named_in("tests/outbound", "test_kill*.py"), point
