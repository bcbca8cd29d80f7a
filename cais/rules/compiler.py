"""What all compilations of a file share: its document, its problems, and checked expressions."""

from __future__ import annotations

from typing import Any

from cais.rules.expression import Expression, Template, compile_expression, compile_template
from cais.rules.leaf import Guard, Leaf, Where, guard
from cais.rules.names import Names
from cais.rules.path import MISSING, getter, parse_path
from cais.rules.problem import Problem
from cais.rules.reader import Document, Path
from cais.rules.scope import Scope
from cais.rules.screen import Refused
from cais.rules.shape import ANY, TEXT, Shape


class Compiler:
    """Compiles the texts of one document; what is wrong is added to `problems`, and a stand-in returned."""

    def __init__(self, document: Document, tables: frozenset[str] = frozenset()) -> None:
        self.document = document
        self.tables = tables
        self.used_tables: set[str] = set()
        self.problems: list[Problem] = []

    def report(self, path: Path, code: str, message: str, hint: str | None = None) -> None:
        self.problems.append(self.document.problem(path, code, message, hint))

    def refuse(self, path: Path, refused: Refused) -> None:
        mark = self.document.word_mark(path, refused.word)
        self.problems.append(mark.problem(refused.code, refused.message, refused.hint))

    def template(self, text: str, path: Path, names: Names) -> Template:
        """Text with expressions, all of its paths checked."""
        try:
            template = compile_template(text)
        except Refused as refused:
            self.refuse(path, refused)
            return Template(text, (text,))
        for expression in template.expressions:
            self._check(expression, path, names)
        return template

    def expression(self, text: str, path: Path, names: Names) -> Expression:
        """One whole expression, all of its paths checked."""
        try:
            expression = compile_expression(text)
        except Refused as refused:
            self.refuse(path, refused)
            return _STAND_IN
        self._check(expression, path, names)
        return expression

    def guard(self, text: str, path: Path, names: Names) -> Guard:
        """A condition."""
        expression = self.expression(text, path, names)
        return guard(expression.evaluate, Where(self.document.mark(path), expression.source))

    def reading(self, text: str, path: Path, names: Names) -> tuple[Leaf, Shape, str]:
        """A path, or in braces an expression: how it is read, what it gives, and the path as text."""
        if "{{" in text:
            expression = self.expression(text, path, names)
            shape = self._shape(expression.path, names)
            return expression.evaluate, shape, ""
        hops = parse_path(text)
        if hops is None:
            self.report(path, "R012", "this is not a path", 'an expression stands in braces: "{{ … }}"')
            return _nothing, ANY, ""
        try:
            return getter(hops), names.resolve(hops), text
        except Refused as refused:
            self.refuse(path, refused)
            return _nothing, ANY, text

    def shape_of(self, template: Template, names: Names) -> Shape:
        """What a template gives, as far as it can be told."""
        whole = template.whole
        return self._shape(whole.path, names) if whole else TEXT

    def _shape(self, path: Path | None, names: Names) -> Shape:
        try:
            return names.resolve(path) if path is not None else ANY
        except Refused:
            return ANY

    def _check(self, expression: Expression, path: Path, names: Names) -> None:
        for read in sorted(expression.paths, key=str):
            try:
                names.resolve(read)
            except Refused as refused:
                self.refuse(path, refused)
        for table in sorted(expression.tables):
            self.used_tables.add(table)
            if table not in self.tables:
                self.refuse(path, Refused("R036", f"unknown table '{table}'", None, table))


def _nothing(_: Scope) -> Any:
    return MISSING


_STAND_IN = Expression("", _nothing, None, frozenset())
