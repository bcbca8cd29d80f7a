"""The table of commands: the same as the rule file's, and what its payloads refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from cais.model.command import COMMANDS, Fact, commands_of, observation
from cais.model.observation import key_of

DIRECTIONS = Path(__file__).parents[2] / "mappings" / "directions.yaml"


def test_the_rule_file_names_the_same_commands() -> None:
    rows = yaml.safe_load(DIRECTIONS.read_text())["directions"].values()
    named = {command for row in rows for command in row.get("commands", ())}
    ours = {"retry", "skip", "amend", "adopt_plan"}
    assert {command.name for command in commands_of("order")} == named | ours


def test_every_command_says_what_it_does() -> None:
    for command in COMMANDS:
        assert command.summary.endswith(".") or ";" in command.summary or "," in command.summary, command.name
        assert command.update == f"{command.name}_now"


@pytest.mark.parametrize("command", [c for c in COMMANDS if issubclass(c.payload, Fact)], ids=lambda c: c.name)
def test_a_fact_is_the_observation_without_its_envelope(command: object) -> None:
    payload = command.payload  # type: ignore[attr-defined]
    given = {"id": "x", "source": "loja", "amount": "1.00", "number": "7", "package": "p", "payment": "p"}
    fields = {name: value for name, value in given.items() if name in payload.model_fields}
    said = observation(payload.model_validate(fields))
    assert said.direction == payload.model_fields["direction"].default
    assert not hasattr(said, "source")
    assert key_of(said) in ("p", "")


def test_unknown_fields_are_refused_by_name() -> None:
    for command in COMMANDS:
        with pytest.raises(ValidationError, match="cpf"):
            command.payload.model_validate({"cpf": "1"})
