"""JSON keeps every digit, both ways."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cais.model import wire


def test_a_fraction_is_a_decimal_with_its_digits() -> None:
    assert wire.loads(b'{"a": 1.10, "b": 12345678901234567890.123456789}') == {
        "a": Decimal("1.10"),
        "b": Decimal("12345678901234567890.123456789"),
    }
    assert str(wire.loads("1.10")) == "1.10"


def test_codes_stay_text() -> None:
    document = ["0123", "12E5", "1_000", "+5511999990000", "3" * 44]
    assert wire.loads(wire.dumps(document)) == document


def test_decimals_are_written_as_numbers() -> None:
    assert wire.dumps({"price": Decimal("249.90")}) == b'{"price":249.90}'


def test_absent_null_empty_and_zero_differ() -> None:
    documents: list[dict[str, Any]] = [{}, {"a": None}, {"a": ""}, {"a": 0}]
    assert len({wire.digest(document) for document in documents}) == 4


@pytest.mark.parametrize("body", [b"", b"{", b"<xml/>", b"\xff\xfe", b"NaN"])
def test_what_is_not_json_says_so_without_repeating_it(body: bytes) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        wire.loads(body)


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert wire.digest({"a": 1, "b": Decimal("1.0")}) == wire.digest({"b": Decimal("1.0"), "a": 1})


amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | amounts | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(documents)
def test_what_is_written_is_read_back(document: Any) -> None:
    assert wire.loads(wire.dumps(document)) == document


def floats(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [found for item in value.values() for found in floats(item)]
    if isinstance(value, list):
        return [found for item in value for found in floats(item)]
    return [value] if isinstance(value, float) else []


@given(st.text(alphabet="0123456789.eE-+", min_size=1))
def test_no_float_ever_comes_in(text: str) -> None:
    try:
        document = wire.loads(f"[{text}]")
    except ValueError:
        return
    assert floats(document) == []
