"""The shape of `mappings/directions.yaml`: directions with their commands and states, and the operations of flows."""

from __future__ import annotations

from typing import Annotated

from cais.rules.file_model import EMPTY, FileModel, RuleFile, Text, Word, one_or_more

Words = Annotated[tuple[Word, ...], *one_or_more({"type": "string"})]


class DirectionFile(FileModel):
    """One direction. `per` is its grain: what one handoff or observation of it speaks of."""

    title: Text
    per: Words
    commands: tuple[Word, ...] = ()
    state: Word | None = None


class OperationKind(FileModel):
    """What an operation takes and gives: a canonical model, or `refs`, `found`, `nothing`."""

    takes: Word | None = None
    gives: Word | None = None


class DirectionsFile(RuleFile):
    """The one table of directions, and of the operations that flow files name."""

    directions: dict[Word, DirectionFile]
    operations: dict[Word, OperationKind] = EMPTY
