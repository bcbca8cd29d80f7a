"""YAML as this language reads it: five plain scalars that are no text, positions, and what is refused."""

# ruff: noqa: E501 (rows of tables and YAML stay in one line)

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cais.rules.reader import REMOVE, Mark, read_yaml


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("1.10", Decimal("1.10")),
        ("-0.5", Decimal("-0.5")),
        ('"true"', "true"),
        ("'12'", "12"),
    ],
)
def test_the_scalars_that_are_no_text(written: str, value: Any) -> None:
    document, problems = read_yaml("f", f"x: {written}")
    assert problems == []
    assert document.data == {"x": value}
    assert type(document.data["x"]) is type(value)


@pytest.mark.parametrize(
    "written",
    ["no", "yes", "on", "off", "True", "NULL", "Null", "0123", "00", "+5", "1_000", "1e3", "12:30", "2024-01-02", ".5", "5.",
     "0x10", "0o7", ".inf", ".nan", "01310-100", "7891e5", "-"],
)  # fmt: skip
def test_all_else_stays_text(written: str) -> None:
    document, problems = read_yaml("f", f"x: [{written}]" if written != "-" else 'x: ["-"]')
    assert problems == []
    assert document.data == {"x": [written]}


def test_every_value_and_key_has_its_place() -> None:
    document, _ = read_yaml("f", "a:\n  b: [1, {c: x}]\n  6: y\n")
    assert document.mark(("a", "b", 1, "c")) == Mark("f", 2, 14)
    assert document.key_mark(("a", "b", 1, "c")) == Mark("f", 2, 11)
    assert document.mark(("a", "6")) == Mark("f", 3, 6)
    assert document.mark(("a", "b", 1, "nothing", "below")) == Mark("f", 2, 10)
    assert document.data["a"][6] == "y"


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3", "R002", 3, 1),
        ("a: {b: 1, b: 2}", "R002", 1, 11),
        ("a: &x 1", "R003", 1, 4),
        ("a: {b: 1}\nc: *x", "R003", 2, 4),
        ("a: {<<: {b: 1}}", "R003", 1, 5),
        ("a: !!str 1", "R004", 1, 4),
        ("a: !!python/object/apply:os.system [x]", "R004", 1, 4),
        ("a: {{ x }}", "R005", 1, 5),
        ("a: [1", "R001", 2, 1),
        ("a: 1\n---\nb: 2", "R006", 2, 1),
        ("a: 1234567890123456789", "R012", 1, 4),
    ],
)
def test_what_is_refused_is_told_with_its_place(text: str, code: str, line: int, column: int) -> None:
    _, problems = read_yaml("f", text)
    assert [(p.code, p.line, p.column) for p in problems][:1] == [(code, line, column)]


@pytest.mark.security
def test_nesting_and_aliases_cost_nothing() -> None:
    document, problems = read_yaml("f", "[" * 100_000)
    assert document.data is None
    assert [p.code for p in problems] == ["R001"]
    laughs = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    document, problems = read_yaml("f", laughs)
    assert {p.code for p in problems} == {"R003"}
    assert document.data["b"] == [None, None]


def test_remove_is_the_one_tag() -> None:
    document, problems = read_yaml("f", "a: !remove\nb: !remove x")
    assert document.data["a"] is REMOVE
    assert [p.code for p in problems] == ["R004"]


@pytest.mark.parametrize("text", ["", "# only words\n", "\x00", "\ud7ff: 1", "a:\tb", "- - - -", "? x"])
def test_reading_never_raises(text: str) -> None:
    read_yaml("f", text)
