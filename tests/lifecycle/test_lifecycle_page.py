"""docs/lifecycle.md names every word that the code may show, and the details have words for every cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from cais.lifecycle.details import PROBLEMS
from cais.lifecycle.predicate import PREDICATES
from cais.model.vocabulary import Next
from cais.outbound.parked import CAUSES

PAGE = (Path(__file__).parents[2] / "docs" / "lifecycle.md").read_text()


@pytest.mark.parametrize("word", [*Next, *PREDICATES])
def test_each_word_is_explained(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_is_named(cause: str) -> None:
    assert f"`{cause}:`" in PAGE or f"`{cause}`" in PAGE
    assert cause in PROBLEMS
