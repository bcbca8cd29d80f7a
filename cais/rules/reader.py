"""YAML with positions: plain data, and for each path in it the file, line and column it was written at.

Only five plain scalars are not text: true|false, null|~|empty, a canonical integer, a decimal (as `Decimal`).
So `no`, `on`, `0123`, `12:30`, `1e3` and dates stay text. Duplicate keys, anchors, aliases, merge keys and
tags (but `!remove`) are problems with a position.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

import yaml

from cais.rules.problem import Problem

Path = tuple[str | int, ...]
"""Keys and list indexes from the root of a document. A key that is no text stands as its text."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something is written; line and column count from 1."""

    file: str
    line: int
    column: int

    def problem(self, code: str, message: str, hint: str | None = None) -> Problem:
        return Problem(self.file, self.line, self.column, code, message, hint)


@dataclass(frozen=True, slots=True)
class Document:
    """A rule file as data with the marks of its values and keys."""

    file: str
    data: Any
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict, repr=False)
    """The text of each file that the marks name."""

    def mark(self, path: Path) -> Mark:
        """Where the value at `path` is written, or the nearest thing around it that is."""
        return _nearest_mark(self.values, path) or Mark(self.file, 1, 1)

    def key_mark(self, path: Path) -> Mark:
        """Where the last key of `path` is written."""
        return self.keys.get(path) or self.mark(path)

    def word_mark(self, path: Path, word: str) -> Mark:
        """Where `word` stands in the value at `path`; the value's beginning when it is not found near."""
        mark = self.mark(path)
        lines = self.texts.get(mark.file, "").splitlines()[mark.line - 1 : mark.line + _NEAR]
        for offset, line in enumerate(lines):
            column = line.find(word, mark.column - 1 if offset == 0 else 0) if word else -1
            if column >= 0:
                return Mark(mark.file, mark.line + offset, column + 1)
        return mark

    def problem(self, path: Path, code: str, message: str, hint: str | None = None) -> Problem:
        return self.mark(path).problem(code, message, hint)

    def at(self, path: Path) -> Document:
        """The part below `path` as a document of its own, with the same marks."""
        data = self.data
        for part in path:
            data = data[part]
        size = len(path)
        return replace(
            self,
            data=data,
            values={key[size:]: mark for key, mark in self.values.items() if key[:size] == path},
            keys={key[size:]: mark for key, mark in self.keys.items() if key[:size] == path},
        )


_NEAR = 5
"""How many lines below its beginning a value is searched for a word."""


class Remove:
    """The value of `!remove`: an overlay takes the leaf away."""

    def __repr__(self) -> str:
        return "!remove"


REMOVE: Final = Remove()


def read_yaml(file: str, text: str) -> tuple[Document, list[Problem]]:
    """The document in `text` and what is wrong with its YAML. A file that cannot be read at all has no data."""
    reading = _Reading(file, yaml.parse(text, Loader=yaml.CSafeLoader))
    try:
        data = reading.document()
    except yaml.YAMLError as error:
        return Document(file, None), [_syntax_problem(file, error)]
    except _TooDeep as error:
        return Document(file, None), [*reading.problems, error.problem]
    return Document(file, data, reading.values, reading.keys, {file: text}), reading.problems


_DEPTH = 60
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")


class _TooDeep(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Reading:
    """One pass over the events of a file: nothing is composed, so nesting is bounded before it costs anything."""

    def __init__(self, file: str, events: Iterator[yaml.Event]) -> None:
        self.file = file
        self.events = events
        self.values: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.problems: list[Problem] = []

    def document(self) -> Any:
        data = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._add(event, "R006", "a rule file is one document", "take the `---` away")
            elif isinstance(event, yaml.NodeEvent):
                value = self._value(event, ())
                data = value if documents == 1 else data
        return data

    def _value(self, event: yaml.Event, path: Path) -> Any:
        self.values.setdefault(path, self._mark(event))
        if len(path) > _DEPTH:
            raise _TooDeep(self._mark(event).problem("R001", f"nested more than {_DEPTH} deep"))
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._add(event, "R003", "anchors and aliases are refused", "use `parts`")
        if isinstance(event, yaml.MappingStartEvent):
            return self._map(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(event, path)
        return self._scalar(event) if isinstance(event, yaml.ScalarEvent) else None

    def _list(self, start: yaml.SequenceStartEvent, path: Path) -> list[Any]:
        self._refuse_tag(start)
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _map(self, start: yaml.MappingStartEvent, path: Path) -> dict[Any, Any]:
        self._refuse_tag(start)
        result: dict[Any, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event, path)
            at = (*path, key if isinstance(key, str) else getattr(event, "value", "?"))
            if key in result:
                self._add(event, "R002", f"key '{at[-1]}' stands twice")
            self.keys.setdefault(at, self._mark(event))
            value = self._value(next(self.events), at)
            if key is not REMOVE:
                result[key] = value
        return result

    def _key(self, event: yaml.Event, path: Path) -> Any:
        """The key; `REMOVE` stands for one that cannot be used."""
        if not isinstance(event, yaml.ScalarEvent):
            self._add(event, "R005", "a key must be a plain word", 'put "{{ ... }}" in quotes')
            self._value(event, (*path, "?"))
            return REMOVE
        if event.value == "<<" and event.implicit[0]:
            self._add(event, "R003", "merge keys are refused", "use `parts` or `extends`")
            return REMOVE
        if event.anchor:
            self._add(event, "R003", "anchors and aliases are refused", "use `parts`")
        return self._scalar(event)

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text: str = event.value
        if event.tag == "!remove" and not text:
            return REMOVE
        if event.tag:
            self._refuse_tag(event)
        return self._plain(event, text) if event.implicit[0] and not event.tag else text

    def _plain(self, event: yaml.ScalarEvent, text: str) -> Any:
        if text in ("true", "false"):
            return text == "true"
        if text in ("null", "~", ""):
            return None
        if _DECIMAL.fullmatch(text):
            return Decimal(text)
        if not _INTEGER.fullmatch(text):
            return text
        if len(text) <= 18:
            return int(text)
        self._add(event, "R012", "a number of more than 18 digits", "a code is text: put it in quotes")
        return text

    def _refuse_tag(self, event: yaml.Event) -> None:
        if tag := getattr(event, "tag", None):
            self._add(event, "R004", f"unknown tag {tag}")

    def _add(self, event: yaml.Event, code: str, message: str, hint: str | None = None) -> None:
        self.problems.append(self._mark(event).problem(code, message, hint))

    def _mark(self, event: yaml.Event) -> Mark:
        mark = event.start_mark
        return Mark(self.file, mark.line + 1, mark.column + 1) if mark else Mark(self.file, 1, 1)


_HINTS: Final = {
    "did not find expected key": "is it indented like its neighbours?",
    "mapping values are not allowed in this context": "is it indented like its neighbours? text with `: ` needs quotes",
    "did not find expected '-' indicator": "are the items of the list indented alike?",
    "found a tab character that violates indentation": "indent with spaces",
    "found character that cannot start any token": "indent with spaces; text that begins with @, ` or % needs quotes",
    "did not find expected ',' or '}'": "a `{` above is not closed, or a comma is missing",
    "did not find expected ',' or ']'": "a `[` above is not closed, or a comma is missing",
    "found unexpected end of stream": "a quote is not closed",
}
"""The YAML parser's words, and what they mostly mean."""


def _syntax_problem(file: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    message = getattr(error, "problem", None) or "not readable as YAML"
    return Problem(file, line, column, "R001", str(message), _HINTS.get(message))


def _nearest_mark(marks: dict[Path, Mark], path: Path) -> Mark | None:
    while path not in marks:
        if not path:
            return None
        path = path[:-1]
    return marks[path]


def sorted_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, by file and position."""
    return sorted(set(problems))
