"""The runner of cases: what passes, what fails and how it is told."""

# ruff: noqa: E501 (rows of tables and YAML stay in one line)

from __future__ import annotations

import pytest
from rules_shop import SHOP

from cais.rules.cases import CaseResult, run_cases
from cais.rules.files import RuleFiles
from cais.rules.ruleset import compile_rules

READ = "mappings/platforms/shop/order.read.cases.yaml"
WRITE = "mappings/platforms/shop/order.write.cases.yaml"


def result(case: str, path: str = READ) -> CaseResult:
    files = RuleFiles(SHOP).with_text(path, f"rules: 1\ncases:\n  - {{name: c, {case}}}\n")
    return next(found for found in run_cases(compile_rules(files)) if found.name == "c")


def test_the_shops_cases_pass() -> None:
    results = run_cases(compile_rules(RuleFiles(SHOP)))
    assert [(found.id, found.failure) for found in results] == [
        ("shop/order.read: an order", None),
        ("shop/order.read: no id", None),
    ]


ORDER = "in_file: cases/order.json"


@pytest.mark.parametrize(
    ("case", "failure"),
    [
        (f'{ORDER}, out_has: {{id: "7", placed_at: "2026-11-24T12:00:00Z", buyer: {{document: {{kind: cpf}}}}}}', None),
        (f'{ORDER}, out_has: {{lines: [{{unit_price: "14.95"}}], cancellation: null}}', None),
        (f"{ORDER}, out_has: {{totals: {{total: 29.9}}}}", None),
        (f'{ORDER}, out_has: {{id: "8"}}', "out.id: expected '8', is '7'"),
        (f"{ORDER}, out_has: {{id: 7}}", "out.id: expected 7, is '7'"),
        (f"{ORDER}, out_has: {{nope: 1}}", "out.nope: expected 1, there is none"),
        (f"{ORDER}, out_has: {{lines: []}}", "out.lines: expected 0 elements, there are 1"),
        (f"{ORDER}, error: {{code: R201}}", "it mapped; expected R201 at any place"),
        ("in: {order: {}}, error: {code: R201, at: fields.id}", None),
        ("in: {order: {}}, error: {code: R201}", None),
        ("in: {order: {}}, error: {code: R202}", "expected R202 at any place"),
        ("in: {order: {}}, error: {code: R201, at: fields.lines}", "expected R201 at fields.lines"),
        ("in: {order: {}}, out: {}", "R201"),
        (f"{ORDER}, setting: {{missing: 'a:b'}}", "expected the setting a:b to be missing"),
        ("in: {}, out: {}", "R201"),
        ("in: text, out: {}", "cannot be read"),
    ],
)
def test_reading_cases(case: str, failure: str | None) -> None:
    told = result(case).failure
    assert told is None if failure is None else failure in (told or "")


IN = """in: {order: {id: "7", placed_at: "2026-11-24T02:00:00Z", logistics: own, lines: [{id: "1", sku: "007", quantity: 2,
  unit_price: "14.95"}], totals: {items: "29.90", total: "29.90"}}}"""
OUT = '{number: "7", date: "2026-11-23", total: 29.90, carrier: "0", lines: [{sku: "007", quantity: 2, price: 1495}]}'
SETTINGS = 'context: {settings: {carrier: {none: "0"}}}'


@pytest.mark.parametrize(
    ("case", "failure"),
    [
        (f"{IN}, {SETTINGS}, out: {OUT}", None),
        (f"{IN}, {SETTINGS}, out: {OUT.replace('1495', '1496')}", "out.lines[0].price: expected 1496, is 1495"),
        (f"{IN}, {SETTINGS}, out: {OUT.replace(', total: 29.90', '')}", "out.total: not expected, is 29.90"),
        (f"{IN}, {SETTINGS}, out: {OUT.replace('29.90', '29.9')}", None),
        (f"{IN}, setting: {{missing: 'carrier:none'}}", None),
        (f"{IN}, setting: {{missing: 'carrier:other'}}", "the setting carrier:none is missing"),
        (f"{IN}, out: {{}}", "the setting carrier:none is missing"),
        ("in: {order: {id: x}}, out: {}", "order.placed_at"),
    ],
)
def test_writing_cases(case: str, failure: str | None) -> None:
    told = result(case, WRITE).failure
    assert told is None if failure is None else failure in (told or "")


def test_a_failing_mapping_shows_its_error_with_the_place() -> None:
    told = result("in: {order: {id: 1, created: never}}, out: {}").failure
    assert told is not None
    assert told.startswith("mappings/platforms/shop/order.read.yaml:10:14: R204")
