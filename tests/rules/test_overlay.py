"""Children over parents, and a seller's overlay over a mapping."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules_shop import SHOP

from cais.errors import RulesInvalid
from cais.rules.explain import explain
from cais.rules.files import RuleFiles
from cais.rules.mapping import Mapping
from cais.rules.ruleset import compile_rules

SELLER = "sellers/aurora.yaml"
WRITE = "mappings/platforms/shop/order.write.yaml"


def overlaid(overlay: str) -> tuple[Mapping, Mapping]:
    """The mapping of the connection with the overlay, and that of the platform."""
    text = SHOP[SELLER] + "overlays:\n  loja:\n    order.write:\n" + overlay
    rules = compile_rules(RuleFiles(SHOP).with_text(SELLER, text))
    return rules.connection("loja").platform.mappings["order.write"], rules.platforms["shop"].mappings["order.write"]


def leaves(mapping: Mapping) -> dict[str, tuple[str, str]]:
    return {origin.at: (origin.says, f"{origin.mark.file}:{origin.mark.line}") for origin in explain(mapping)}


def test_a_leaf_is_replaced_added_or_removed_and_keeps_its_place() -> None:
    own, base = overlaid(
        "      fields:\n"
        "        number: {value: \"{{ 'L' ~ order.id }}\"}\n"
        "        extra: {const: 1}\n"
        "        carrier: !remove\n"
        "        lines: {fields: {sku: {const: x}, price: !remove }}\n"
    )
    before, after = leaves(base), leaves(own)
    assert set(after) == (set(before) | {"fields.extra"}) - {"fields.carrier", "fields.lines.fields.price"}
    assert after["fields.number"][1] == f"{SELLER}:25"
    assert after["fields.lines.fields.sku"] == ("const: x", f"{SELLER}:28")
    assert after["fields.lines.fields.quantity"] == before["fields.lines.fields.quantity"]
    assert own.hash != base.hash


def test_other_connections_keep_the_platforms_mapping() -> None:
    text = SHOP[SELLER] + "overlays: {loja: {order.write: {fields: {extra: {const: 1}}}}}\n"
    rules = compile_rules(RuleFiles(SHOP).with_text(SELLER, text))
    plain = compile_rules(RuleFiles(SHOP))
    hashes, before = rules.of_seller("aurora").hashes, plain.of_seller("aurora").hashes
    assert {name for name in hashes if hashes[name] != before[name]} == {"loja/order.write"}
    assert rules.connection("outlet").platform is rules.platforms["shop"]


def test_an_element_of_a_list_is_replaced_by_its_index() -> None:
    body = "rules: 1\nmapping: order.write\nsource: order\nroot: {list: [{fields: {a: {const: 1}, b: {const: 2}}}]}\n"
    text = SHOP[SELLER] + "overlays: {loja: {order.write: {root: {list: {0: {fields: {b: {const: 3}}}}}}}}\n"
    rules = compile_rules(RuleFiles(SHOP).with_text(WRITE, body).with_text(SELLER, text))
    assert rules.connection("loja").platform.mappings["order.write"].render({}) == [{"a": 1, "b": 3}]


CHILD = """\
rules: 1
mapping: order.write
extends: plain.write
fields:
  extra: {const: 1}
  number: !remove
"""
PARENT = """\
rules: 1
mapping: plain.write
source: order
fields:
  number: {from: order.id}
  sku: {from: "order.lines[0].sku"}
"""


def test_a_child_extends_one_parent() -> None:
    parent = "mappings/platforms/shop/plain.write.yaml"
    rules = compile_rules(RuleFiles(SHOP).with_text(WRITE, CHILD).with_text(parent, PARENT))
    mapping = rules.platforms["shop"].mappings["order.write"]
    assert leaves(mapping) == {
        "fields.sku": ("from: order.lines[0].sku", f"{parent}:6"),
        "fields.extra": ("const: 1", f"{WRITE}:5"),
    }
    elsewhere = "mappings/platforms/other/plain.write.yaml"
    files = (
        RuleFiles(SHOP).with_text(WRITE, CHILD.replace("plain.write", "other/plain.write")).with_text(elsewhere, PARENT)
    )
    assert set(leaves(compile_rules(files).platforms["shop"].mappings["order.write"])) == {"fields.sku", "fields.extra"}


def test_parents_that_circle_are_refused() -> None:
    files = (
        RuleFiles(SHOP)
        .with_text(WRITE, CHILD)
        .with_text("mappings/platforms/shop/plain.write.yaml", PARENT + "extends: order.write\n")
    )
    with pytest.raises(RulesInvalid) as refused:
        compile_rules(files)
    assert "R042" in {problem.code for problem in refused.value.problems}


def test_a_problem_of_the_parent_is_told_there() -> None:
    files = (
        RuleFiles(SHOP)
        .with_text(WRITE, CHILD)
        .with_text("mappings/platforms/shop/plain.write.yaml", PARENT.replace("[0].sku", "[0].skuu"))
    )
    with pytest.raises(RulesInvalid) as refused:
        compile_rules(files)
    assert {(p.file.split("/")[-1], p.line, p.code) for p in refused.value.problems if p.code == "R032"} == {
        ("plain.write.yaml", 6, "R032")
    }


def test_an_operation_counts_with_the_mappings_that_it_uses() -> None:
    """What is parked on a refusal wakes by an edit of the operation too, not of its mapping alone."""
    files = RuleFiles.read(Path(__file__).parents[2])
    path = "mappings/platforms/vtex/platform.yaml"
    text = files[path].replace("path: /api/fulfillment/pvt/orders\n", "path: /api/orders\n", 1)
    edited = files.with_text(path, text)
    before, after = (compile_rules(each).of_seller("aurora").hashes for each in (files, edited))
    assert {name for name in before if before[name] != after[name]} == {"loja/order.write"}
