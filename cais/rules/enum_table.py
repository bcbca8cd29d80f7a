"""An enum table: one closed list of words translated to another, with a stated answer for all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cais.rules.failure import Failure
from cais.rules.path import MISSING


@dataclass(frozen=True, slots=True)
class EnumTable:
    """`otherwise` is the answer for a word that is not in the table: a value, MISSING to leave it out, or None for
    an error when `total` is false."""

    name: str
    entries: Mapping[Any, Any]
    total: bool = False
    otherwise: Any = None

    @classmethod
    def of(cls, name: str, written: Mapping[Any, Any]) -> EnumTable:
        """The table as a rule file writes it: `{word: word, else: error | omit | {const: x}}`."""
        entries = {_key(key): value for key, value in written.items() if key != "else"}
        match written.get("else", "error"):
            case "error":
                return cls(name, entries)
            case "omit":
                return cls(name, entries, total=True, otherwise=MISSING)
            case other:
                return cls(name, entries, total=True, otherwise=other["const"])

    def get(self, value: Any) -> Any:
        """The word that `value` stands for. Raises Failure R206 when it has none, R203 when it is no word."""
        try:
            return self.entries[_key(value)]
        except KeyError:
            if self.total:
                return self.otherwise
            raise Failure("R206", f"table '{self.name}' has no entry for this value") from None
        except TypeError:
            raise Failure("R203", f"table '{self.name}' is asked with a list or map") from None


def _key(value: Any) -> Any:
    """True and 1 are one key to Python, not to us."""
    return ("bool", value) if isinstance(value, bool) else value
