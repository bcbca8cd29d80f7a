"""A mistake in a rule file as data, and how a list of them is shown to a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from cais.rules.codes import CODES, Severity


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. Line and column count from 1; problems sort by file and position."""

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str | None = field(default=None, compare=False)

    @property
    def severity(self) -> Severity:
        return CODES[self.code].severity

    def __str__(self) -> str:
        warning = "warning " if self.severity == "warning" else ""
        return f"{self.file}:{self.line}:{self.column}: {warning}{self.code} {self.message}"


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that forbid activation."""
    return [problem for problem in problems if problem.severity == "error"]


def nearest(name: object, known: Iterable[str]) -> str | None:
    """A hint naming the known name that looks most like `name`, or the known ones when they are few."""
    names = sorted(set(known))
    close = get_close_matches(str(name), names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    if 0 < len(names) <= 12:
        return "known: " + ", ".join(names)
    return None


def show(problems: Iterable[Problem], sources: Mapping[str, str]) -> str:
    """The problems, sorted, each with the line it stands on, a caret, and its hint. `sources`: file to text."""
    return "\n".join(_shown(problem, sources.get(problem.file, "")) for problem in sorted(problems))


def _shown(problem: Problem, text: str) -> str:
    parts = [str(problem)]
    lines = text.splitlines()
    if 0 < problem.line <= len(lines) and problem.code not in _UNQUOTED:
        parts += _excerpt(lines[problem.line - 1], problem.line, problem.column)
    if problem.hint:
        parts.append(f"      = {problem.hint}")
    return "\n".join(parts)


_UNQUOTED = ("R075",)
"""Their line is not shown: it holds a secret, and what is shown goes into the logs of builds."""
_WIDTH = 100


def _excerpt(line: str, number: int, column: int) -> list[str]:
    """The line cut to `_WIDTH` characters around the column, and a caret below it."""
    start = max(0, column - _WIDTH) if len(line) > _WIDTH else 0
    cut = line[start : start + _WIDTH].replace("\t", " ")
    caret = " " * (column - 1 - start) + "^"
    return [f"{number:>5} | {cut}", f"      | {caret}"]
