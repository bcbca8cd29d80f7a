"""Compilation of the texts of a platform file, and of its outcome rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pydantic_core import PydanticCustomError

from cais.rules import platform_file as files
from cais.rules.compiler import Compiler
from cais.rules.expression import Template
from cais.rules.file_model import duration
from cais.rules.names import Names
from cais.rules.outcome import OutcomeTable, Row
from cais.rules.reader import Path
from cais.rules.text import Text, Texts


class TextCompiler(Compiler):
    """A compiler of templates that know their place."""

    def text(self, text: str, path: Path, names: Names) -> Text:
        return Text(self.template(text, path, names), path, self.document.mark(path))

    def maybe(self, text: str | None, path: Path, names: Names) -> Text | None:
        return None if text is None else self.text(text, path, names)

    def whole(self, text: str | None, path: Path, names: Names) -> Text | None:
        """A text that must be one whole expression."""
        if text is None:
            return None
        expression = self.expression(text, path, names)
        return Text(Template(text, (expression,)), path, self.document.mark(path))

    def texts(self, texts: Mapping[str, str], path: Path, names: Names) -> Texts:
        return {name: self.text(text, (*path, name), names) for name, text in texts.items()}

    def table(self, rows: Sequence[files.Row], path: Path, names: Names) -> OutcomeTable:
        """A list of outcome rows; it must end in `else`."""
        if not rows or not isinstance(rows[-1], files.ElseRow):
            self.report(path, "R053", "the last row must be `else`", "such as {else: fatal}")
        for number, row in enumerate(rows[:-1]):
            if isinstance(row, files.ElseRow):
                self.report((*path, number), "R061", "what stands after `else` is never reached")
        return OutcomeTable(tuple(self._row(row, (*path, number), names) for number, row in enumerate(rows)))

    def _row(self, row: files.OutcomeRow | files.ElseRow, path: Path, names: Names) -> Row:
        code, message = (self.maybe(getattr(row, key), (*path, key), names) for key in ("code", "message"))
        after = tuple(self._after(text, (*path, "after", number)) for number, text in enumerate(row.after))
        if isinstance(row, files.ElseRow):
            return Row(row.else_, (), None, code, message, after)
        when = self.whole(row.when, (*path, "when"), names)
        return Row(row.is_, row.status or (), when, code, message, after)

    def _after(self, text: str, path: Path) -> str | timedelta:
        if text.startswith("header."):
            return text.removeprefix("header.").lower()
        try:
            return duration(text)
        except PydanticCustomError:
            self.report(path, "R012", "a duration or a header is asked for", "write 60s or header.retry-after")
            return timedelta()
