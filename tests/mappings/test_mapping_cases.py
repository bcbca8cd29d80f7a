"""Each case beside a mapping is a test, each rule file that ships is free of problems, and the demo seller compiles."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from cais.rules.cases import CaseResult, run_cases
from cais.rules.files import RuleFiles
from cais.rules.problem import show
from cais.rules.ruleset import RuleSet, check, compile_rules

ROOT = Path(__file__).parents[2]


@cache
def rules() -> RuleSet:
    return compile_rules(RuleFiles.read(ROOT))


@cache
def results() -> dict[str, CaseResult]:
    return {result.id: result for result in run_cases(rules())}


def test_the_rule_files_that_ship_have_no_problems() -> None:
    files = RuleFiles.read(ROOT)
    assert show(check(files), files.texts) == ""


@pytest.mark.parametrize("case", sorted(results()))
def test_case(case: str) -> None:
    result = results()[case]
    assert result.failure is None, f"{result.mark.file}:{result.mark.line}: {result.failure}"


def test_each_mapping_that_ships_has_a_case() -> None:
    trivial = {"pause.write", "resume.write", "close.write"}
    missing = {
        f"{folder.name}/{name}"
        for folder in rules().library.folders.values()
        for name in set(folder.mappings) - set(folder.cases) - trivial
    }
    assert missing == set()


def test_each_case_names_the_vendors_page() -> None:
    for folder in rules().library.folders.values():
        for loaded in folder.cases.values():
            assert all((case.source or "").startswith("https://") for case in loaded.file.cases)
