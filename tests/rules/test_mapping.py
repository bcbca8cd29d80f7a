"""Mappings: leaves, the null table, tables, parts, positions of errors."""

# ruff: noqa: E501 (rows of tables and YAML stay in one line)

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from rules_written import compiled

from cais.errors import MappingError, MissingSetting
from cais.model import wire
from cais.model.order import Order
from cais.rules.names import Names

D = Decimal
Render = Callable[..., Any]
OUT = "(left out)"


@pytest.mark.parametrize("value", [0, D("0.00"), "", False, [], {}])
def test_zero_and_empty_are_values(leaf: Render, value: Any) -> None:
    got = leaf("{from: d.v, on_null: omit, on_missing: omit}", {"v": value})
    assert got == value
    assert type(got) is type(value)
    assert leaf('{value: "{{ d.v }}", on_null: omit}', {"v": value}) == value


MISSING, NULL = {}, {"v": None}


@pytest.mark.parametrize(
    ("options", "document", "result"),
    [
        ("", MISSING, "R201"),
        ("", NULL, "R202"),
        ("on_missing: omit", MISSING, OUT),
        ("on_missing: omit", NULL, "R202"),
        ("on_null: omit", NULL, OUT),
        ("on_null: omit", MISSING, "R201"),
        ("on_missing: null", MISSING, None),
        ("on_null: null", NULL, None),
        ("on_missing: {const: 7}", MISSING, 7),
        ("on_null: {const: [1]}", NULL, [1]),
        ("on_null: {const: 0}", NULL, 0),
        ("on_missing: error, on_null: error", MISSING, "R201"),
    ],
)
@pytest.mark.parametrize("source", ["from: d.v", 'value: "{{ d.v }}"', 'value: "{{ d.v | trim }}"'])
def test_the_null_table(leaf: Render, options: str, document: Any, result: Any, source: str) -> None:
    written = "{" + ", ".join(filter(None, (source, options))) + "}"
    if result in ("R201", "R202"):
        with pytest.raises(MappingError) as failed:
            leaf(written, document)
        assert failed.value.code == result
    else:
        assert leaf(written, document) == result


def test_text_around_an_expression_takes_no_null(leaf: Render) -> None:
    assert leaf('{value: "<{{ d.v }}>", on_missing: omit}', {}) == OUT
    assert leaf('{value: "<{{ d.v }}>"}', {"v": 7}) == "<7>"
    for value in (None, D("1.10"), True, []):
        with pytest.raises(MappingError) as failed:
            leaf('{value: "<{{ d.v }}>"}', {"v": value})
        assert failed.value.code == "R215"


def test_the_files_defaults_and_the_leafs_word(leaf: Render) -> None:
    file = "on_missing: omit\non_null: null"
    assert leaf("{from: d.v}", {}, file=file) == OUT
    assert leaf("{from: d.v}", {"v": None}, file=file) is None
    assert leaf("{from: d.v, on_missing: {const: 1}}", {}, file=file) == 1
    with pytest.raises(MappingError):
        leaf("{from: d.v, on_null: error}", {"v": None}, file=file)


def test_hops(leaf: Render) -> None:
    assert leaf("{from: 'd.a.b[1].c.e'}", {"a": {"b": [0, {"c": {"e": 5}}]}}) == 5
    assert leaf("{from: d.items}", {"items": "key"}) == "key"
    assert leaf("{from: d.x-y}", {"x-y": 1}) == 1
    for document, code in (
        ({"a": None}, "R202"),
        ({"a": {}}, "R201"),
        ({"a": "text"}, "R201"),
        ({"a": [1]}, "R201"),
        ({}, "R201"),
    ):
        with pytest.raises(MappingError) as failed:
            leaf("{from: d.a.b}", document)
        assert failed.value.code == code
    with pytest.raises(MappingError):
        leaf("{from: 'd.a[3]'}", {"a": [1]})
    with pytest.raises(MappingError):
        leaf("{from: 'd.a[0]'}", {"a": "text"})


def test_guards_take_booleans_only(leaf: Render) -> None:
    assert leaf('{const: 1, when: "{{ d == 1 }}"}', 1) == 1
    assert leaf('{const: 1, when: "{{ d == 1 }}"}', 2) == OUT
    for value, code in (("yes", "R207"), (1, "R207"), (None, "R207")):
        with pytest.raises(MappingError) as failed:
            leaf('{const: 1, when: "{{ d }}"}', value)
        assert failed.value.code == code
    with pytest.raises(MappingError) as failed:
        leaf('{const: 1, when: "{{ d.nope }}"}', {})
    assert failed.value.code == "R201"


def test_each(leaf: Render) -> None:
    lines = {"l": [{"q": 2}, {"q": 0}, {"q": 5}]}
    assert leaf(
        '{each: d.l, item: it, index: n, where: "{{ it.q > 0 }}", fields: {q: {from: it.q}, n: {from: n}}}', lines
    ) == [
        {"q": 2, "n": 0},
        {"q": 5, "n": 2},
    ]
    assert leaf('{each: d.l, item: it, value: "{{ it.q * 2 }}"}', lines) == [4, 0, 10]
    assert leaf("{each: d.l, item: it, from: it.q}", {"l": []}) == []
    assert leaf("{each: \"{{ d.l | sort_by('q') }}\", from: item.q}", lines) == [0, 2, 5]
    assert leaf("{each: d.nope, from: item, on_missing: {const: []}}", {}) == []
    assert leaf("{each: d.l, from: item.q, on_missing: omit}", {}) == OUT
    with pytest.raises(MappingError) as failed:
        leaf("{each: d.l, from: item}", {"l": {"a": 1}})
    assert failed.value.code == "R208"


def test_each_inside_of_each_sees_both_elements(leaf: Render) -> None:
    written = "{each: d, item: a, fields: {b: {each: a.b, item: c, fields: {x: {from: a.x}, y: {from: c}}}}}"
    assert leaf(written, [{"x": 1, "b": [2, 3]}, {"x": 4, "b": []}]) == [
        {"b": [{"x": 1, "y": 2}, {"x": 1, "y": 3}]},
        {"b": []},
    ]


def test_choose(leaf: Render) -> None:
    written = '{choose: [{when: "{{ d.a > 1 }}", from: d.a}, {when: "{{ d.a == 1 }}", fields: {one: {const: true}}}, {else: {const: none}}]}'
    assert leaf(written, {"a": 5}) == 5
    assert leaf(written, {"a": 1}) == {"one": True}
    assert leaf(written, {"a": 0}) == "none"
    with pytest.raises(MappingError) as failed:
        leaf('{choose: [{when: "{{ false }}", const: 1}]}')
    assert failed.value.code == "R210"
    assert leaf('{choose: [{when: "{{ false }}", const: 1}], on_missing: omit}') == OUT


def test_parts(leaf: Render) -> None:
    file = "parts: {address: {fields: {city: {from: a.city}, who: {from: d.who}}}}"
    use = "{use: address, with: {a: d.place}, on_null: null, on_missing: omit}"
    assert leaf(use, {"place": {"city": "SP"}, "who": 1}, file=file) == {"city": "SP", "who": 1}
    assert leaf(use, {"place": None}, file=file) is None
    assert leaf(use, {}, file=file) == OUT


def test_tables(leaf: Render) -> None:
    file = "enums: {e: {paid: approved, 6: six, true: yes it is, null: nothing}, o: {a: b, else: omit}, c: {a: b, else: {const: z}}}"
    read = "{from: d, enum: e}"
    assert leaf(read, "paid", file=file) == "approved"
    assert leaf(read, 6, file=file) == "six"
    assert leaf(read, True, file=file) == "yes it is"
    assert leaf(read, None, file=file) == "nothing"
    for value, code in ((1, "R206"), ("6", "R206"), ("PAID", "R206"), ([], "R203"), ({}, "R203")):
        with pytest.raises(MappingError) as failed:
            leaf(read, value, file=file)
        assert failed.value.code == code
    assert leaf("{from: d, enum: o}", "x", file=file) == OUT
    assert leaf("{from: d, enum: c}", "x", file=file) == "z"
    assert leaf("{value: \"{{ d | lookup('c') }}\"}", "a", file=file) == "b"
    assert leaf("{value: \"{{ d | lookup('o') }}\", on_missing: {const: k}}", "x", file=file) == "k"


def test_lists_and_consts_are_not_shared(leaf: Render) -> None:
    mapping, _ = compiled(
        "fields: {a: {const: [1]}, b: {list: [{const: 1}, {from: d, on_missing: omit}]}}", Names({}, open=True)
    )
    first = mapping.render({})
    first["a"].append(2)
    assert mapping.render({}) == {"a": [1], "b": [1]}


def test_roots_of_any_kind() -> None:
    open_ = Names({}, open=True)
    assert compiled("root: {list: [{fields: {a: {from: d}}}]}", open_)[0].render({"d": 1}) == [{"a": 1}]
    assert compiled("root: {each: d, from: item}", open_)[0].render({"d": [1, 2]}) == [1, 2]
    assert compiled("root: {from: d, as: string}", open_)[0].render({"d": 7}) == "7"


def test_an_error_has_both_paths_and_the_place_and_no_value() -> None:
    text = """
    target: order
    fields:
      id: {from: o.id}
      placed_at: {from: o.at}
      logistics: {const: own}
      totals: {fields: {items: {from: o.t}, total: {from: o.t}}}
      lines:
        each: o.items
        item: it
        fields:
          id: {from: it.id, as: string}
          sku: {from: it.sku}
          quantity: {from: it.q}
          unit_price: {from: it.deep.price, as: money}
    """
    mapping, problems = compiled(text)
    assert problems == []
    line = {"id": 1, "sku": "a", "q": 1, "deep": {"price": D("1.00")}}
    document = {
        "id": "1",
        "at": "2026-11-24T12:00:00Z",
        "t": D(1),
        "items": [line, line, {**line, "deep": {"price": "SECRET"}}],
    }
    with pytest.raises(MappingError) as failed:
        mapping.read({"o": document})
    error = failed.value
    assert (error.code, error.at, error.source) == ("R204", "fields.lines[2].unit_price", "o.items[2].deep.price")
    assert (error.file, error.line, error.column) == ("m.yaml", 17, 19)
    assert "SECRET" not in str(error)
    document["items"][2] = {**line, "q": 0}
    with pytest.raises(MappingError) as failed:
        mapping.read({"o": document})
    assert (failed.value.code, failed.value.at, failed.value.line) == ("R211", "fields.lines[2].quantity", 16)


def test_reading_ends_in_the_canonical_model_and_amounts_are_exact() -> None:
    text = """
    target: price
    fields: {sku: {from: p.sku}, price_list: {const: "1"}, sale: {from: p.sale}, list: {from: p.list, on_null: null}}
    """
    mapping, _ = compiled(text)
    price = mapping.read({"p": wire.loads('{"sku":"007","sale":0.1,"list":null}')})
    assert str(price.sale) == "0.10"
    assert price.sku == "007"
    amounts = [wire.loads(text) for text in ("0.1", "1.10", "19.99", "1234567890123.45", "0", "100")]
    for amount in amounts:
        assert mapping.read({"p": {"sku": "1", "sale": amount, "list": None}}).sale == D(str(amount))


def test_a_list_of_canonical_values() -> None:
    mapping, problems = compiled(
        "target: stock\nroot: {each: body, fields: {sku: {from: item.s}, counts: {const: []}}}"
    )
    assert problems == []
    assert [stock.sku for stock in mapping.read({"body": [{"s": "1"}, {"s": "2"}]})] == ["1", "2"]
    with pytest.raises(MappingError) as failed:
        mapping.read({"body": [{"s": "1"}, {"s": ""}]})
    assert failed.value.at == "root[1].sku"


def test_a_required_field_is_never_left_out_by_the_files_default() -> None:
    mapping, problems = compiled("target: stock\non_missing: omit\nfields: {sku: {from: s}, counts: {const: []}}")
    assert problems == []
    with pytest.raises(MappingError) as failed:
        mapping.read({})
    assert (failed.value.code, failed.value.at) == ("R201", "fields.sku")


def test_writing_takes_canonical_values_and_gives_json(order: Order) -> None:
    text = """
    source: order
    fields:
      id: {from: order.id}
      items: {from: order.totals.items, as: money}
      cents: {from: order.totals.total, as: money, unit: cents}
      at: {from: order.placed_at, as: datetime}
      logistics: {from: order.logistics}
      hold: {from: order.hold, on_null: null, as: raw}
      first: {value: "{{ order.lines[0].sku ~ '/' ~ order.logistics }}"}
    """
    mapping, problems = compiled(text)
    assert problems == []
    body = wire.dumps(mapping.render({"order": order}))
    assert body == (
        b'{"id":"7","items":10.90,"cents":1090,"at":"2026-11-24T12:00:00Z","logistics":"own","hold":null,"first":"0123/own"}'
    )


def test_a_missing_setting_is_no_mapping_error() -> None:
    mapping, _ = compiled("fields: {a: {value: \"{{ setting('sku', d) }}\"}}", Names({}, open=True))
    with pytest.raises(MissingSetting, match="sku:x"):
        mapping.render({"d": "x"})
    assert mapping.render({"d": "x", "settings": {"sku": {"x": "9"}}}) == {"a": "9"}


def test_the_hash_changes_with_the_meaning_only() -> None:
    one, _ = compiled("fields: {a: {const: 1}}  # a word")
    same, _ = compiled("fields:\n    a:\n        const: 1")
    other, _ = compiled("fields: {a: {const: 2}}")
    assert one.hash == same.hash != other.hash


@pytest.fixture
def order() -> Order:
    return Order.model_validate(
        {
            "id": "7",
            "placed_at": datetime(2026, 11, 24, 12, tzinfo=UTC),
            "logistics": "own",
            "lines": [{"id": "1", "sku": "0123", "quantity": 1, "unit_price": "10.90"}],
            "totals": {"items": "10.90", "total": "10.90"},
        }
    )
