"""JSON Schemas for editors: they accept the rule files, and refuse a misspelt key."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rules_shop import SHOP

from cais.rules.reader import read_yaml
from cais.rules.schema import KINDS, rules_schema, rules_schemas

FILES = {
    "directions": "mappings/directions.yaml",
    "flow": "mappings/flows/sales_channel.yaml",
    "lifecycle": "mappings/lifecycles/order.yaml",
    "platform": "mappings/platforms/shop/platform.yaml",
    "mapping": "mappings/platforms/shop/order.read.yaml",
    "cases": "mappings/platforms/shop/order.read.cases.yaml",
    "seller": "sellers/aurora.yaml",
}


def plain(value: Any) -> Any:
    """What an editor's validator sees: numbers as numbers."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_file_fits_its_schema_and_a_misspelt_key_does_not(kind: str) -> None:
    schema = rules_schema(kind)
    Draft202012Validator.check_schema(schema)
    document, _ = read_yaml("f", SHOP[FILES[kind]])
    validator = Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(plain(document.data))] == []
    assert list(validator.iter_errors({**plain(document.data), "ruels": 1})) != []


def test_all_kinds_have_one() -> None:
    assert set(rules_schemas()) == set(KINDS) == set(FILES)
