"""The public payloads are frozen: a change of a model shows as a change of a committed schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from cais.model import wire
from cais.model.schemas import schemas
from cais.rules.schema import rules_schemas

FOLDER = Path(__file__).parents[2] / "docs/schemas"
KNOWN = {**schemas(), **{f"rules.{kind}": body for kind, body in rules_schemas().items()}}


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_the_committed_schema_is_the_models(name: str) -> None:
    committed = (FOLDER / f"{name}.json").read_bytes()
    assert committed == wire.pretty(KNOWN[name]), "run `cais schema --write docs/schemas` and look at the difference"


def test_there_are_no_others() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == set(KNOWN)
