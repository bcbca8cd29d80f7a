"""The NF-e builder and reader: the law read(build(x)) = x, the check digit, and each reason of refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.nfe import (
    STATE_CODES,
    InvalidNfeError,
    NfeLine,
    access_key,
    build_nfe,
    check_digit,
    read_nfe,
    valid_key,
)

ISSUED = datetime(2026, 11, 24, 13, 5, 9, tzinfo=UTC)
LINES = (NfeLine(sku="CAM-AZ-M", name="Camiseta & Cia", quantity=Decimal(2), unit_price=Decimal("49.95")),)


def build(**changes: Any) -> Any:
    arguments: dict[str, Any] = {
        "issuer_cnpj": "11222333000181",
        "uf": "SP",
        "number": 77,
        "series": 1,
        "issued_at": ISSUED,
        "lines": LINES,
        "total": Decimal("99.90"),
        "buyer_document": "52998224725",
    }
    return build_nfe(**(arguments | changes))


@pytest.mark.parametrize(
    "key",
    [
        "13181017921427000125650010000000309887251170",
        "35210320695448000184550010000035891981839923",
        "50131248740351011795580001490001531162619648",
    ],
)
def test_the_check_digit_of_real_keys(key: str) -> None:
    assert check_digit(key[:43]) == key[43]
    assert valid_key(key)
    assert not valid_key(key[:-1] + str((int(key[-1]) + 1) % 10))


text = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cn")), min_size=1)
lines = st.lists(
    st.builds(
        NfeLine,
        sku=text,
        name=text,
        quantity=st.decimals("0.0001", "999", places=4),
        unit_price=st.decimals("0", "99999", places=10),
        gtin=st.sampled_from(["SEM GTIN", "7891234567895"]),
    ),
    min_size=1,
    max_size=3,
)
digits = st.text("0123456789", min_size=12, max_size=12)
letters = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=12, max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    issuer=st.tuples(letters, st.text("0123456789", min_size=2, max_size=2)).map("".join),
    uf=st.sampled_from(sorted(STATE_CODES)),
    number=st.integers(1, 999_999_999),
    series=st.integers(0, 889),
    seconds=st.integers(0, 2_000_000_000),
    lines=lines,
    total=st.decimals("0.01", "9999999", places=2),
    buyer=st.sampled_from(["52998224725", "12ABC34501DE35"]),
    buyer_ie=st.sampled_from(["", "110042490114"]),
)
def test_reading_what_was_built_gives_it_back(
    issuer: str,
    uf: str,
    number: int,
    series: int,
    seconds: int,
    lines: list[NfeLine],
    total: Decimal,
    buyer: str,
    buyer_ie: str,
) -> None:
    issued = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    nfe = build(
        issuer_cnpj=issuer,
        uf=uf,
        number=number,
        series=series,
        issued_at=issued,
        lines=lines,
        total=total,
        buyer_document=buyer,
        buyer_ie=buyer_ie,
    )
    facts = read_nfe(nfe.xml)
    assert valid_key(nfe.key)
    assert (facts.key, facts.issuer_cnpj, facts.uf, facts.number, facts.series) == (
        nfe.key,
        issuer,
        uf,
        number,
        series,
    )
    assert (facts.issued_at, facts.lines, facts.total) == (issued, tuple(lines), total)
    assert (facts.buyer_document, facts.buyer_ie or "") == (buyer, buyer_ie)


@given(number=st.integers(1, 999_999_999), place=st.integers(0, 42), other=digits)
def test_one_changed_digit_is_noticed(number: int, place: int, other: str) -> None:
    key = access_key(uf="SP", issued_at=ISSUED, issuer_cnpj="11222333000181", series=1, number=number)
    digit = next(char for char in other + "01" if char != key[place])
    changed = key[:place] + digit + key[place + 1 :]
    # Modulo 11 folds the rests 0 and 1 into one digit; every other single change shows.
    assert not valid_key(changed) or key[43] == "0"


def reason(xml: bytes) -> str:
    with pytest.raises(InvalidNfeError) as caught:
        read_nfe(xml)
    return caught.value.reason


def test_a_document_written_anew_is_refused() -> None:
    xml = build().xml
    assert reason(ElementTree.tostring(ElementTree.fromstring(xml))) == "digest"
    assert reason(xml.replace(b"<det ", b"\n<det ")) == "digest"


def test_each_other_reason() -> None:
    xml = build().xml
    assert reason(xml[:-3]) == "malformed"
    assert reason(b'<!DOCTYPE x [<!ENTITY a "b">]>' + xml) == "malformed"
    assert reason(b"<enviNFe/>") == "batch"
    assert reason(b"<invoice/>") == "layout"
    assert reason(xml.replace(b'<nfeProc versao="4.00"', b'<nfeProc versao="3.10"')) == "layout"
    assert reason(xml.replace(b"<vNF>99.90</vNF>", b"")) == "missing"
    assert reason(xml.replace(b"<nNF>77</nNF>", b"<nNF>x</nNF>")) == "missing"
    assert reason(xml.replace(b"<nNF>77</nNF>", b"<nNF>78</nNF>")) == "key"
    key = build().key.encode()
    assert reason(xml.replace(key, key[:43] + bytes([key[43] ^ 1]))) == "key"
    assert reason(build(status="110").xml) == "status"


def test_authorised_late_is_authorised() -> None:
    assert read_nfe(build(status="150").xml).status == "150"


def test_model_65_has_its_own_key() -> None:
    facts = read_nfe(build(model="65").xml)
    assert (facts.model, facts.key[20:22]) == ("65", "65")
