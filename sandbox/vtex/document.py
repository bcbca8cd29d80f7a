"""Brazilian documents, checked as `Validation depends on the country` asks: digits without a mask."""

from __future__ import annotations

import re


def valid_cpf(text: str) -> bool:
    """Eleven digits, not all the same, with both check digits right."""
    if not re.fullmatch(r"\d{11}", text) or len(set(text)) == 1:
        return False
    return all(_cpf_digit(text[:size]) == int(text[size]) for size in (9, 10))


def _cpf_digit(digits: str) -> int:
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(len(digits) + 1, 1, -1), strict=True))
    return total * 10 % 11 % 10


def valid_cnpj(text: str) -> bool:
    """Twelve digits or capital letters and two check digits (IN RFB 2.229/2024), not all the same."""
    if not re.fullmatch(r"[A-Z0-9]{12}\d{2}", text) or len(set(text)) == 1:
        return False
    return all(_cnpj_digit(text[:size]) == int(text[size]) for size in (12, 13))


def _cnpj_digit(chars: str) -> int:
    total = sum((ord(char) - 48) * (2 + place % 8) for place, char in enumerate(reversed(chars)))
    return 0 if total % 11 < 2 else 11 - total % 11
