"""Casts on both sides: what they take, what they give, what they refuse."""

# ruff: noqa: E501 (rows of tables and YAML stay in one line)

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from cais.model.vocabulary import Logistics
from cais.rules.cast import CastSpec, kind, reading_cast, writing_cast
from cais.rules.failure import Failure

D = Decimal
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def read(name: Any, value: Any, **options: Any) -> Any:
    return reading_cast(CastSpec(name, **options))(value)


def write(name: Any, value: Any, **options: Any) -> Any:
    return writing_cast(CastSpec(name, **options))(value)


def code(name: Any, value: Any, **options: Any) -> str:
    with pytest.raises(Failure) as failed:
        read(name, value, **options)
    return failed.value.code


@pytest.mark.parametrize(
    ("name", "value", "options", "result"),
    [
        ("string", "0123", {}, "0123"),
        ("string", 7, {}, "7"),
        ("string", Logistics.OWN, {}, "own"),
        ("string", "", {}, ""),
        ("string", "abcdef", {"max": 6}, "abcdef"),
        ("string", "abc def", {"max": 4, "truncate": True}, "abc"),
        ("integer", 0, {}, 0),
        ("integer", "007", {}, 7),
        ("integer", D("5.00"), {}, 5),
        ("integer", D("2.5"), {"rounding": "half_up"}, 3),
        ("integer", "2.5", {"rounding": "down"}, 2),
        ("decimal", "10.905", {}, D("10.905")),
        ("decimal", 3, {}, D(3)),
        ("decimal", D("1.005"), {"scale": 2, "rounding": "half_up"}, D("1.01")),
        ("money", D("10.1"), {}, D("10.10")),
        ("money", D("10.9000"), {}, D("10.90")),
        ("money", 0, {}, D("0.00")),
        ("money", "42.90", {}, D("42.90")),
        ("money", 24990, {"unit": "cents"}, D("249.90")),
        ("money", 0, {"unit": "cents"}, D("0.00")),
        ("money", -500, {"unit": "cents"}, D("-5.00")),
        ("money", D("24990"), {"unit": "cents"}, D("249.90")),
        ("money", D("1.005"), {"rounding": "half_even"}, D("1.00")),
        ("boolean", False, {}, False),
        ("datetime", "2026-11-24T12:00:00Z", {}, NOON),
        ("datetime", "2026-11-24T09:00:00.000-03:00", {}, NOON),
        ("datetime", "2026-11-24T12:00:00.0000000+00:00", {}, NOON),
        ("datetime", "2026-11-24 09:00:00", {"tz": "America/Sao_Paulo"}, NOON),
        ("datetime", "24/11/2026 09:00", {"format": "%d/%m/%Y %H:%M", "tz": "America/Sao_Paulo"}, NOON),
        ("datetime", 1795521600, {"format": "epoch"}, NOON),
        ("datetime", "1795521600000", {"format": "epoch_ms"}, NOON),
        ("datetime", NOON, {}, NOON),
        ("date", "2026-11-24", {}, date(2026, 11, 24)),
        ("date", "24/11/2026", {"format": "%d/%m/%Y"}, date(2026, 11, 24)),
        ("raw", {"a": [1]}, {}, {"a": [1]}),
    ],
)
def test_reading(name: str, value: Any, options: dict[str, Any], result: Any) -> None:
    got = read(name, value, **options)
    assert got == result
    assert type(got) is type(result)
    assert str(got) == str(result)


@pytest.mark.parametrize(
    ("name", "value", "options", "expected"),
    [
        ("string", D("1.10"), {}, "R203"),
        ("string", True, {}, "R203"),
        ("string", {}, {}, "R203"),
        ("string", "abc", {"max": 2}, "R205"),
        ("integer", True, {}, "R203"),
        ("integer", "12E5", {}, "R204"),
        ("integer", "1_000", {}, "R204"),
        ("integer", "", {}, "R204"),
        ("integer", "٣", {}, "R204"),
        ("integer", D("1.5"), {}, "R204"),
        ("integer", D("1e30"), {}, "R204"),
        ("integer", D("1e999999"), {}, "R204"),
        ("decimal", "1,50", {}, "R204"),
        ("decimal", "1e3", {}, "R204"),
        ("decimal", " 1", {}, "R204"),
        ("decimal", "NaN", {}, "R204"),
        ("decimal", D("Infinity"), {}, "R204"),
        ("decimal", D("1e-999999"), {}, "R204"),
        ("decimal", False, {}, "R203"),
        ("decimal", 0.1, {}, "R203"),
        ("money", D("1.005"), {}, "R213"),
        ("money", D("10.5"), {"unit": "cents"}, "R213"),
        ("money", [], {}, "R203"),
        ("boolean", "true", {}, "R203"),
        ("boolean", 1, {}, "R203"),
        ("boolean", "", {}, "R203"),
        ("datetime", "2026-11-24T12:00:00", {}, "R204"),
        ("datetime", "yesterday", {}, "R204"),
        ("datetime", 5, {}, "R203"),
        ("datetime", "x", {"format": "epoch"}, "R204"),
        ("datetime", 10**17, {"format": "epoch"}, "R204"),
        ("date", "24/11/2026", {}, "R204"),
        ("raw", 0.1, {}, "R203"),
    ],
)
def test_what_reading_refuses(name: str, value: Any, options: dict[str, Any], expected: str) -> None:
    assert code(name, value, **options) == expected


@pytest.mark.parametrize(
    ("name", "value", "options", "result"),
    [
        ("money", D("10.90"), {}, D("10.90")),
        ("money", D("10.9"), {}, D("10.90")),
        ("money", D("10.90"), {"unit": "cents"}, 1090),
        ("money", D("0.00"), {"unit": "cents"}, 0),
        ("money", D("10.90"), {"unit": "text"}, "10.90"),
        ("money", D("69.930"), {"rounding": "half_up"}, D("69.93")),
        ("decimal", D("0.350"), {"unit": "text"}, "0.350"),
        ("datetime", NOON, {}, "2026-11-24T12:00:00Z"),
        ("datetime", NOON.replace(microsecond=5000), {}, "2026-11-24T12:00:00.005Z"),
        ("datetime", NOON, {"tz": "America/Sao_Paulo"}, "2026-11-24T09:00:00-03:00"),
        ("datetime", NOON, {"format": "%Y-%m-%d %H:%M:%S"}, "2026-11-24 12:00:00"),
        ("datetime", NOON, {"format": "%d/%m/%Y", "tz": "America/Sao_Paulo"}, "24/11/2026"),
        ("datetime", NOON, {"format": "epoch_ms"}, 1795521600000),
        ("date", NOON.replace(hour=1), {"tz": "America/Sao_Paulo"}, "2026-11-23"),
        ("date", date(2026, 11, 24), {"format": "%d/%m/%Y"}, "24/11/2026"),
        ("string", Logistics.OWN, {}, "own"),
        ("integer", 0, {}, 0),
        ("boolean", False, {}, False),
    ],
)
def test_writing(name: str, value: Any, options: dict[str, Any], result: Any) -> None:
    got = write(name, value, **options)
    assert got == result
    assert type(got) is type(result)
    assert str(got) == str(result)


def test_the_day_of_a_time_needs_a_zone() -> None:
    with pytest.raises(Failure, match="tz"):
        write("date", NOON)


def test_words_for_types_hold_no_value() -> None:
    values = (None, True, "secret", 7, D("7"), 0.5, NOON, date(2026, 1, 1), {}, [], ())
    assert [kind(value) for value in values] == [
        "null", "a boolean", "text", "a number", "a decimal number", "a float", "a time", "a date", "a map", "a list", "a list",
    ]  # fmt: skip
