"""Lines of the journal in words."""

from __future__ import annotations

from typing import Any

import pytest

from cais.sentence import said, sentence


@pytest.mark.parametrize(
    ("what", "detail", "words"),
    [
        ("observed", {"said": ["order", "payment", "payment"]}, "shows the order, the payment"),
        ("claimed", {"run": "r", "plan": "p"}, "takes it in"),
        ("status", {"status": "paid", "rev": 2}, "now paid"),
        ("command", {"name": "retry"}, "is asked: retry"),
        ("refused", {"name": "ship", "reason": "given by ml"}, "refuses ship: given by ml"),
        ("refused", {"direction": "payment", "reason": "given by ml"}, "refuses payment: given by ml"),
        ("circuit", {"state": "open", "cause": "reauth"}, "switched off: reauth"),
        ("something new", {"a": 1, "b": None}, "a 1"),
    ],
)
def test_what_happened_is_said_in_words(what: str, detail: dict[str, Any], words: str) -> None:
    assert sentence(what, detail) == words


@pytest.mark.parametrize(
    ("direction", "n", "state", "more", "words"),
    [
        ("order", "1", "done", {"remote_id": "M-1"}, "was told the order; there it is M-1"),
        ("payment", "1", "done", {"remote_id": None}, "was told that it is paid"),
        ("listing", "0007-BR", "done", {"remote_id": "MLB1"}, "was told to list 0007-BR; there it is MLB1"),
        ("listing", ":pause", "done", {}, "was told that it is paused"),
        ("invoice", "2", "unknown", {"code": "E9"}, "may have been told the invoice of package 2 (E9): it is asked"),
        ("invoice", "2", "annulled", {}, "need not be told the invoice of package 2 any more"),
        ("order", "1", "settled", {"remote_id": None}, "looked: the order is not there"),
        (
            "order",
            "1",
            "parked",
            {"cause": "mapping:loja/order.write"},
            "was not told the order: a mapping does not fit the document (mapping:loja/order.write)",
        ),
    ],
)
def test_a_handoff_is_said_in_words(direction: str, n: str, state: str, more: dict[str, Any], words: str) -> None:
    assert sentence("handoff", {"direction": direction, "n": n, "state": state, **more}) == words


def test_a_document_is_said_by_its_values_with_digests_cut() -> None:
    assert said({"id": "1", "none": None, "items": [{"sku": "A", "n": 2}], "digest": "f" * 64}) == (
        "id 1 · items A, 2 · digest ffffffffffff"
    )
