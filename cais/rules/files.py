"""The rule files as text: what is read from disk, kept in the store, and named by digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

LANGUAGE = 1
"""The version of the rules language that this release reads (`rules: 1`)."""

_FOLDERS = ("mappings", "sellers")
_SUFFIXES = frozenset({".yaml", ".json", ".graphql"})


class RuleFiles:
    """An immutable set of rule files: relative posix path to text."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(sorted(texts.items()))

    @classmethod
    def read(cls, root: Path) -> RuleFiles:
        """The files of `mappings/` and `sellers/` below `root`. Raises OSError, UnicodeDecodeError."""
        found = (path for folder in _FOLDERS for path in (root / folder).rglob("*") if _is_rule_file(path))
        return cls({path.relative_to(root).as_posix(): path.read_text("utf-8") for path in found})

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over language version, paths and texts."""
        return digest_of({"language": LANGUAGE, "files": self._texts})

    @property
    def texts(self) -> Mapping[str, str]:
        return self._texts

    def with_text(self, path: str, text: str) -> RuleFiles:
        """The same files with one added or replaced."""
        return RuleFiles({**self._texts, path: text})

    def only(self, prefixes: tuple[str, ...]) -> RuleFiles:
        """The files whose path begins with one of `prefixes`."""
        return RuleFiles({path: text for path, text in self._texts.items() if path.startswith(prefixes)})

    def __getitem__(self, path: str) -> str:
        return self._texts[path]

    def __contains__(self, path: object) -> bool:
        return path in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def digest_of(value: object) -> str:
    """SHA-256 (hex) of plain data in the order given; what JSON does not know is taken by its text."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_rule_file(path: Path) -> bool:
    return path.suffix in _SUFFIXES and path.is_file() and not path.name.startswith(".")
