"""The filters, one by one; the list is closed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from rules_written import attempt

from cais.rules.expression import compile_expression
from cais.rules.failure import Failure
from cais.rules.filters import FILTERS
from cais.rules.path import MISSING
from cais.rules.scope import Scope
from cais.rules.screen import AUTHOR_FILTERS

D = Decimal
NAMES: dict[str, Any] = {
    "noon": datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
    "lines": [{"sku": "b", "n": 2, "of": {"x": 1}}, {"sku": "a", "n": 1, "of": {"x": 2}}],
    "map": {"k": "v", "2": "w"},
    "_tables": {},
}


def evaluate(source: str) -> Any:
    return compile_expression("{{ " + source + " }}").evaluate(Scope(NAMES))


EXAMPLES = [
    ("trim", "' a ' | trim", "a"),
    ("lower", "'ÁB' | lower", "áb"),
    ("upper", "'áb' | upper", "ÁB"),
    ("title", "'joão da SILVA' | title", "João Da Silva"),
    ("capitalize", "'abc DEF' | capitalize", "Abc def"),
    ("digits", "'111.444.777-35 ٣' | digits", "11144477735"),
    ("alphanumeric", "'12.abc.345/01de-35' | alphanumeric", "12ABC34501DE35"),
    ("unaccent", "'São João' | unaccent", "Sao Joao"),
    ("plain", "'<p>a &amp; <b>b</b></p><p>c</p>' | plain", "a & b\nc"),
    ("replace", "'a-b-c' | replace('-', '')", "abc"),
    ("truncate", "'abc def' | truncate(4)", "abc"),
    ("pad", "'7' | pad(3)", "007"),
    ("split", "'a,b' | split(',')", ["a", "b"]),
    ("before", "'Ana Maria' | before(' ')", "Ana"),
    ("after", "'BR-SP' | after('-')", "SP"),
    ("last_segment", "'https://x.y/orders/123/?a=1' | last_segment", "123"),
    ("starts_with", "'orders_v2' | starts_with('orders')", True),
    ("ends_with", "'a.xml' | ends_with('.json')", False),
    ("contains", "'abc' | contains('b')", True),
    ("string", "7 | string", "7"),
    ("json", "{'a': 1.50} | json", '{"a":1.5}'),
    ("base64", "'é' | base64", "w6k="),
    ("md5", "'' | md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
    ("sha256", "'a' | sha256 | truncate(8)", "ca978112"),
    ("decimal", "'1.234,50' | decimal(',')", D("1234.50")),
    ("integer", "'007' | integer", 7),
    ("money", "1.005 | money", D("1.01")),
    ("round", "2.5 | round", D(3)),
    ("cents", "10.90 | cents", 1090),
    ("from_cents", "1090 | from_cents", D("10.90")),
    ("absolute", "-5 | absolute", D(5)),
    ("at_least", "-5 | at_least(0)", 0),
    ("at_most", "5 | at_most(3)", 3),
    ("grams", "'0.3505' | grams('kg')", 351),
    ("kilograms", "350 | kilograms('g')", D("0.35")),
    ("millimetres", "12.3 | millimetres('cm')", 123),
    ("centimetres", "123 | centimetres('mm')", D("12.3")),
    ("iso", "noon | iso", "2026-11-24T12:00:00Z"),
    ("date", "noon | date('%d/%m/%Y', 'America/Sao_Paulo')", "24/11/2026"),
    ("epoch", "noon | epoch", 1795521600),
    ("epoch_ms", "noon | epoch_ms", 1795521600000),
    ("first", "lines | first", NAMES["lines"][0]),
    ("last", "(lines | last).sku", "a"),
    ("length", "map | length", 2),
    ("join", "['a', 1] | join('-')", "a-1"),
    ("slice", "'abcdef' | slice(1, 3)", "bc"),
    ("sum_of", "lines | sum_of('n', 'of.x')", D(4)),
    ("find_by", "(lines | find_by('sku', 'a')).n", 1),
    ("where_by", "lines | where_by('of.x', 2) | length", 1),
    ("map_by", "lines | map_by('of.x')", [1, 2]),
    ("sort_by", "lines | sort_by('n') | map_by('sku')", ["a", "b"]),
    ("unique", "[1, 1, 2] | unique", [1, 2]),
    ("flatten", "[[1], [2, 3]] | flatten", [1, 2, 3]),
    ("entries", "map | entries | map_by('key')", ["k", "2"]),
    ("get", "map | get('2')", "w"),
    ("default", "nobody | default('d')", "d"),
    ("coalesce", "nobody | coalesce(none, 0)", 0),
]


@pytest.mark.parametrize(("name", "source", "result"), EXAMPLES, ids=[name for name, _, _ in EXAMPLES])
def test_filter(name: str, source: str, result: Any) -> None:
    got = evaluate(source)
    assert got == result
    assert type(got) is type(result)


def test_every_filter_has_an_example_and_says_nothing_of_jinjas_own() -> None:
    assert {name for name, _, _ in EXAMPLES} | {"lookup"} == AUTHOR_FILTERS
    assert not set(FILTERS) & {"int", "float", "list", "tojson", "safe", "attr", "map", "select", "format"}


@pytest.mark.parametrize("source", ["[] | first", "lines | find_by('sku', 'z')", "map | get('z')"])
def test_nothing_found_is_undefined(source: str) -> None:
    assert evaluate(source) is MISSING


@pytest.mark.parametrize(
    "source",
    [
        "1 | trim",
        "'a' | sum_of('x')",
        "lines | sum_of('sku')",
        "lines | map_by(3)",
        "lines | map_by('a..b')",
        "'a' | split('')",
        "'a' | replace('', 'b')",
        "5 | grams('stone')",
        "'a' | iso",
        "noon | date('%Y', 'Nowhere/Land')",
        "[1, 'a'] | sort_by('x')",
        "lines | join",
        "'a' | pad('x')",
        "1 | entries",
        "0.1 | string",
    ],
)
def test_what_a_filter_does_not_take_is_a_failure_without_the_value(source: str) -> None:
    failure = attempt(lambda: evaluate(source), Failure)
    assert isinstance(failure, Failure)
    assert "'sku'" not in failure.detail
