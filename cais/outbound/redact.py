"""Redaction: a platform's words on a refusal, without what they may repeat of the buyer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cais.rules.scope import plain

MASK: Final = "***"
LONGEST: Final = 200

_PERSONAL: Final = ("buyer", "billing_address", "shipping_address")
_CLOSED: Final = ("kind", "country")
"""Fields of closed word lists: masking `cpf` would hide what the refusal is about."""

_TELLING: Final = re.compile(r"[\w.+-]+@[\w.-]*\w|\d[\d.\-/ ]{6,}\d")
"""E-mail addresses, and numbers of eight digits or more however they are punctuated: CPF, CNPJ, telephone."""


def redact(text: str, context: Mapping[str, Any]) -> str:
    """`text` without e-mail addresses, long numbers, and the values of the order's people and addresses."""
    shown = _TELLING.sub(MASK, text)
    for value in sorted(_values(context.get("order")), key=len, reverse=True):
        shown = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, shown, flags=re.IGNORECASE)
    return shown[:LONGEST]


def _values(order: Any) -> Iterator[str]:
    document = {} if order is None else plain(order)
    for name in _PERSONAL:
        yield from _texts(document.get(name))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _CLOSED:
                yield from _texts(inner)
    elif isinstance(value, str) and len(value) > 2:
        yield value
        yield from (word for word in value.split() if len(word) > 3)
