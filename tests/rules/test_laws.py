"""Laws that hold for any document: only the two errors leave a mapping, and no float is ever in what it gives."""

# ruff: noqa: E501 (rows of tables and YAML stay in one line)

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rules_shop import SHOP
from rules_written import attempt, compiled

from cais.errors import MappingError, MissingSetting
from cais.model import wire
from cais.rules.cast import OPTIONS, CastSpec, reading_cast, writing_cast
from cais.rules.codes import CODES
from cais.rules.enum_table import EnumTable
from cais.rules.expression import compile_expression, compile_template
from cais.rules.failure import Failure
from cais.rules.files import RuleFiles
from cais.rules.message import Response
from cais.rules.names import Names
from cais.rules.path import MISSING, getter, parse_path, path_text
from cais.rules.reader import read_yaml
from cais.rules.ruleset import check, compile_rules
from cais.rules.scope import Scope
from cais.rules.screen import AUTHOR_FILTERS, Refused

SHOP_RULES = compile_rules(RuleFiles(SHOP))
ORDER_READ = SHOP_RULES.platforms["shop"].mappings["order.read"]
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

keys = st.sampled_from(
    [
        "order",
        "id",
        "created",
        "lines",
        "sku",
        "quantity",
        "price",
        "total",
        "buyer",
        "name",
        "document",
        "document_type",
        "a",
        "b",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "0", "007", "12E5", "1.10", "2026-11-24T12:00:00Z", "CPF", "true", "{{ x }}"])
    | st.text(max_size=8)
)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6), max_leaves=20
)
orders = st.fixed_dictionaries(
    {},
    optional={
        "id": scalars,
        "created": st.just("2026-11-24T12:00:00Z") | scalars,
        "total": scalars,
        "status": scalars,
        "lines": documents
        | st.lists(
            st.fixed_dictionaries({}, optional={"sku": scalars, "quantity": scalars, "price": scalars}), max_size=3
        ),
        "buyer": documents,
    },
)


def floats_in(value: Any) -> bool:
    if isinstance(value, dict):
        return any(floats_in(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(floats_in(item) for item in value)
    return isinstance(value, float)


@quick
@given(orders)
def test_only_a_mapping_error_leaves_a_reading(order: Any) -> None:
    read = attempt(lambda: ORDER_READ.read({"order": order}), MappingError)
    if isinstance(read, MappingError):
        assert read.code.startswith("R2")
        assert read.at.startswith("fields")
        assert (read.file, read.line > 0) == ("mappings/platforms/shop/order.read.yaml", True)
    else:
        assert not floats_in(read.model_dump())


LEAVES = """
fields:
  a: {from: d.a, as: CAST, on_missing: omit, on_null: null}
  b: {value: "{{ EXPRESSION }}", on_missing: omit, on_null: omit}
  c: {each: d.lines, item: it, where: "{{ it.sku is defined }}", from: it.sku, on_missing: omit, on_null: omit}
  e: {choose: [{when: "{{ d.a == d.b }}", const: 1}, {when: "{{ d.b > 1 }}", from: d.b}, {else: {from: d.a, as: string}}]}
"""
EXPRESSIONS = [
    "d.a + d.b", "d.a * d.b", "d.a / d.b", "d.a ~ d.b", "d.a if d.b else d.id", "[d.a, d.b] | unique", "d.lines | sum_of('price')",
    "d.a | decimal | cents", "d.a | trim | truncate(3)", "(d.lines | find_by('sku', d.a)).price", "d.a | coalesce(d.b)", "d.a in d.b",
    "d | entries | map_by('key') | join(',')", "d.a % d.b", "d.a[0]", "d.a[d.b]", "d.a | json", "d.a | iso", "setting(d.a, d.b)",
]  # fmt: skip
MAPPINGS = [
    compiled(LEAVES.replace("CAST", cast).replace("EXPRESSION", expression), Names({}, open=True))[0]
    for cast, expression in zip([*OPTIONS] * 3, EXPRESSIONS, strict=False)
]


@quick
@given(documents, st.sampled_from(MAPPINGS))
def test_only_the_two_errors_leave_any_mapping(document: Any, mapping: Any) -> None:
    assert not floats_in(attempt(lambda: mapping.render({"d": document}), MappingError, MissingSetting))


@quick
@given(documents, st.sampled_from(sorted(AUTHOR_FILTERS - {"lookup"})), scalars, scalars)
def test_a_filter_gives_a_value_or_a_failure(value: Any, name: str, one: Any, two: Any) -> None:
    for arguments in ("", "(one)", "(one, two)", "('a', two)"):
        expression = attempt(lambda a=arguments: compile_expression("{{ v | " + name + a + " }}"), Refused)  # type: ignore[misc]
        if isinstance(expression, Refused):
            continue
        scope = Scope.of({"v": value, "one": one, "two": two})
        got = attempt(lambda e=expression, s=scope: e.evaluate(s), Failure)  # type: ignore[misc]
        assert got.code.startswith("R2") if isinstance(got, Failure) else not floats_in(got)


@quick
@given(scalars | documents, st.sampled_from([*OPTIONS]), st.sampled_from(["decimal", "cents", "text"]))
def test_a_cast_gives_a_value_or_a_failure(value: Any, name: Any, unit: Any) -> None:
    for cast in (
        reading_cast(CastSpec(name, unit=unit)),
        writing_cast(CastSpec(name, unit=unit, tz="America/Sao_Paulo")),
    ):
        got = attempt(lambda c=cast: c(value), Failure)  # type: ignore[misc]
        assert got.code in {"R203", "R204", "R205", "R213"} if isinstance(got, Failure) else not floats_in(got)


@quick
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_an_amount_survives_the_wire_exactly(amount: Decimal) -> None:
    read, write = reading_cast(CastSpec("money")), writing_cast(CastSpec("money"))
    back = read(wire.loads(wire.dumps({"x": write(amount)}))["x"])
    assert str(back) == str(amount + 0) or (back == amount == 0)
    cents_read, cents_write = (make(CastSpec("money", unit="cents")) for make in (reading_cast, writing_cast))
    assert cents_read(wire.loads(wire.dumps(cents_write(amount)))) == amount


@quick
@given(st.text(max_size=12))
def test_a_code_survives_everything(code: str) -> None:
    mapping, _ = compiled(
        'fields: {a: {from: d}, b: {value: "{{ d }}"}, c: {value: "<{{ d }}>"}, e: {from: d, as: string}}',
        Names({}, open=True),
    )
    assert mapping.render({"d": code}) == {"a": code, "b": code, "c": f"<{code}>", "e": code}


@quick
@given(st.text(max_size=60))
def test_reading_and_compiling_any_text_never_raises_but_refuses(text: str) -> None:
    read_yaml("f", text)
    for source in (text, "{{ " + text + " }}"):
        got = attempt(lambda s=source: compile_template(s), Refused)  # type: ignore[misc]
        assert not isinstance(got, Refused) or got.code in {"R020", "R021", "R022", "R024"}


@quick
@given(st.lists(st.from_regex(r"[a-z_][a-z0-9_-]{0,5}", fullmatch=True) | st.integers(0, 99), min_size=1, max_size=5))
def test_a_path_reads_as_it_is_written_and_as_hops_say(hops: list[Any]) -> None:
    path = ("root", *hops)
    assert parse_path(path_text(path)) == path
    document: Any = "here"
    for hop in reversed(hops):
        document = [None] * hop + [document] if isinstance(hop, int) else {hop: document}
    assert getter(path)({"root": document}) == "here"
    assert getter((*path, "more"))({"root": document}) is MISSING


@quick
@given(
    st.integers(100, 599),
    st.binary(max_size=40),
    st.dictionaries(st.sampled_from(["retry-after", "date"]), st.text(max_size=8)),
)
def test_any_answer_has_an_outcome(status: int, body: bytes, headers: dict[str, str]) -> None:
    for operation in SHOP_RULES.platforms["shop"].operations.values():
        outcome = operation.classify(Response(status, headers, body), {})
        assert outcome.after is None or outcome.after.total_seconds() >= 0


@quick
@given(st.binary(max_size=60), st.text(max_size=10))
def test_any_hook_has_an_answer(body: bytes, route: str) -> None:
    assert SHOP_RULES.platforms["shop"].hook(route, "POST", {}, {}, body).reply.status in (200, 202)


@given(scalars)
def test_a_table_answers_or_fails(value: Any) -> None:
    table = EnumTable.of("t", {1: "one", "a": "b", None: "n"})
    got = attempt(lambda: table.get(value), Failure)
    assert got.code == "R206" if isinstance(got, Failure) else got in {"one", "b", "n"}


def test_true_is_not_one() -> None:
    table = EnumTable.of("t", {1: "one"})
    with pytest.raises(Failure):
        table.get(True)


lines_of = {path: text.split("\n") for path, text in SHOP.items()}
scraps = st.sampled_from(
    ["", "x", "[]", "{}", "null", "0", "1.5", "true", "!remove", '"{{ x }}"', '"{{"', "{const: null}", "[{else: {const: 1}}]",
     "{from: a, value: b}", "*x", "- a", "{{ a }}", "hub", "{else: error}", "99999999999999999999"]
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_checking_any_edit_gives_problems_and_never_raises(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for path in SHOP if path.endswith(".yaml")]))
    lines = list(lines_of[path])
    number = data.draw(st.integers(0, len(lines) - 2))
    line = lines[number]
    match data.draw(st.sampled_from(["drop", "twice", "value", "cut", "indent"])):
        case "drop":
            lines[number : number + 1] = []
        case "twice":
            lines[number : number + 1] = [line, line]
        case "value":
            lines[number] = line.partition(":")[0] + ": " + data.draw(scraps)
        case "cut":
            lines[number] = line[: data.draw(st.integers(0, len(line)))]
        case "indent":
            lines[number] = "  " + line
    for problem in check(RuleFiles(SHOP).with_text(path, "\n".join(lines))):
        assert problem.code in CODES
        assert problem.line > 0
