"""Runs the cases beside the mappings: for `cais test`, and as one test each for pytest."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from cais.errors import MappingError, MissingSetting
from cais.model import CANONICAL, wire
from cais.model.order import Cancellation
from cais.rules.cases_file import CaseFile
from cais.rules.mapping import Mapping
from cais.rules.reader import Mark
from cais.rules.ruleset import RuleSet

_MODELS: dict[str, type[BaseModel]] = {**CANONICAL, "cancellation": Cancellation}
_LONGEST_DIFFERENCE = 300


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of a case. `failure` is None when it is as expected; `mark` is where the case is written."""

    platform: str
    mapping: str
    name: str
    mark: Mark
    failure: str | None = None

    @property
    def passed(self) -> bool:
        return self.failure is None

    @property
    def id(self) -> str:
        """A name for the test."""
        return f"{self.platform}/{self.mapping}: {self.name}"


def run_cases(rules: RuleSet) -> list[CaseResult]:
    """All cases of all platforms."""
    return list(_results(rules))


def _results(rules: RuleSet) -> Iterator[CaseResult]:
    for folder in rules.library.folders.values():
        platform = rules.platforms.get(folder.name)
        for name, loaded in folder.cases.items():
            mapping = platform.mappings.get(name) if platform else None
            for number, case in enumerate(loaded.file.cases):
                mark = loaded.document.mark(("cases", number))
                failure = _failure(case, mapping, _Files(rules, folder.name))
                yield CaseResult(folder.name, name, case.name, mark, failure)


@dataclass(frozen=True, slots=True)
class _Files:
    rules: RuleSet
    platform: str

    def document(self, name: str) -> Any:
        """A JSON file of the platform's folder. Raises KeyError, ValueError."""
        return wire.loads(self.rules.library.files[f"mappings/platforms/{self.platform}/{name}"])


def _failure(case: CaseFile, mapping: Mapping | None, files: _Files) -> str | None:
    if mapping is None:
        return "there is no such mapping"
    try:
        document = case.in_ if case.in_file is None else files.document(case.in_file)
        context = _context(mapping, {**(document or {}), **case.context})
    except (KeyError, ValueError, TypeError) as error:
        return f"the case's input cannot be read: {error}"
    try:
        given = mapping.read(context) if mapping.side == "read" else mapping.render(context)
    except MappingError as error:
        return _unexpected_error(case, error)
    except MissingSetting as missing:
        wanted = case.setting.missing if case.setting else None
        return None if wanted == missing.cause else f"the setting {missing.cause} is missing"
    return _unexpected_document(case, _plain(given))


def _context(mapping: Mapping, given: AbstractMapping[str, Any]) -> dict[str, Any]:
    """A writing mapping's inputs are canonical values; all else is taken as it is."""
    return {
        name: _canonical(_MODELS[name], value) if name in mapping.inputs and name in _MODELS else value
        for name, value in given.items()
    }


def _canonical(model: type[BaseModel], value: Any) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{model.__name__.lower()}.{place}: {first['msg']}") from None


def _plain(value: Any) -> Any:
    """A canonical value as plain data, as a case compares it."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _unexpected_error(case: CaseFile, error: MappingError) -> str | None:
    wanted = case.error
    if wanted is not None and wanted.code == error.code and wanted.at in (None, error.at):
        return None
    expected = f"; expected {wanted.code} at {wanted.at or 'any place'}" if wanted else ""
    return f"{error}{expected}"


def _unexpected_document(case: CaseFile, given: Any) -> str | None:
    if case.error is not None:
        return f"it mapped; expected {case.error.code} at {case.error.at or 'any place'}"
    if case.setting is not None:
        return f"it mapped; expected the setting {case.setting.missing} to be missing"
    whole = "out" in case.model_fields_set
    wanted = case.out if whole else case.out_has
    found = "\n".join(_differences(wanted, given, whole, "out"))
    return found or None


def _differences(wanted: Any, given: Any, whole: bool, at: str) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(given, dict):
        for key in wanted:
            if key not in given:
                yield f"{at}.{key}: expected {_short(wanted[key])}, there is none"
            else:
                yield from _differences(wanted[key], given[key], whole, f"{at}.{key}")
        for key in given if whole else ():
            if key not in wanted:
                yield f"{at}.{key}: not expected, is {_short(given[key])}"
    elif isinstance(wanted, list) and isinstance(given, list | tuple):
        if len(wanted) != len(given):
            yield f"{at}: expected {len(wanted)} elements, there are {len(given)}"
        for index, (one, other) in enumerate(zip(wanted, given, strict=False)):
            yield from _differences(one, other, whole, f"{at}[{index}]")
    elif not _same(wanted, given):
        yield f"{at}: expected {_short(wanted)}, is {_short(given)}"


def _same(wanted: Any, given: Any) -> bool:
    """Equal, and of one kind: `1` is not `"1"`, not true. A canonical time or amount may be written as text."""
    if isinstance(given, datetime) and isinstance(wanted, str):
        return datetime.fromisoformat(wanted) == given
    if isinstance(given, Decimal) and isinstance(wanted, str):
        return format(given, "f") == wanted
    return bool(wanted == given) and isinstance(wanted, bool) == isinstance(given, bool)


def _short(value: Any) -> str:
    text = str(value) if isinstance(value, Decimal | datetime) else repr(value)
    return text if len(text) <= _LONGEST_DIFFERENCE else text[:_LONGEST_DIFFERENCE] + "…"
