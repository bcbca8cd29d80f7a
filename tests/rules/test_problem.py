"""Problems: order, look, codes."""

from __future__ import annotations

import re
from pathlib import Path

from cais.rules.codes import CODES, GROUPS
from cais.rules.problem import Problem, errors, nearest, show

RULES = Path(__file__).parents[2] / "cais"


def test_sorted_with_excerpt_caret_and_hint() -> None:
    problems = [
        Problem("b.yaml", 1, 1, "R010", "unknown key 'y'"),
        Problem("a.yaml", 2, 6, "R032", "product has no field 'tilte'", "did you mean 'title'?"),
    ]
    assert show(problems, {"a.yaml": "x: 1\ny:   tilte\n"}) == (
        "a.yaml:2:6: R032 product has no field 'tilte'\n"
        "    2 | y:   tilte\n"
        "      |      ^\n"
        "      = did you mean 'title'?\n"
        "b.yaml:1:1: R010 unknown key 'y'"
    )


def test_a_long_line_is_cut_around_the_caret() -> None:
    line = "x: " + "a" * 300 + "HERE" + "b" * 300
    shown = show([Problem("f", 1, line.index("HERE") + 1, "R010", "m")], {"f": line}).splitlines()
    assert len(shown[1]) < 120
    assert shown[1][shown[2].index("^")] == "H"


def test_warnings_do_not_forbid() -> None:
    problems = [Problem("f", 1, 1, "R040", "unused"), Problem("f", 1, 1, "R010", "unknown")]
    assert [p.code for p in errors(problems)] == ["R010"]
    assert "warning R040" in str(problems[0])


def test_the_nearest_known_name() -> None:
    assert nearest("tilte", ["title", "brand"]) == "did you mean 'title'?"
    assert nearest("zzz", ["a", "b"]) == "known: a, b"
    assert nearest("zzz", [str(n) * 3 for n in range(50)]) is None


def test_every_code_is_used_and_every_used_code_is_known() -> None:
    used = {
        code
        for path in RULES.rglob("*.py")
        if path.name != "codes.py"
        for code in re.findall(r"\bR[0-9]{3}\b", path.read_text())
    }
    assert used <= set(CODES)
    assert sorted(set(CODES) - used) == []


def test_codes_are_told_in_full_sentences() -> None:
    for code in CODES.values():
        assert re.fullmatch(r"R[0-9]{3}", code.name)
        assert code.explanation.endswith((".", '}}".'))
        assert not code.title.endswith(".")
    assert sum(map(len, GROUPS.values())) == len(CODES)
