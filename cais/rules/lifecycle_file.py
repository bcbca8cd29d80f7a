"""The shape of `mappings/lifecycles/<name>.yaml`: states, and what brings each about."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cais.model.vocabulary import Logistics
from cais.rules.file_model import FileModel, Flag, RuleFile, Text, Word, one_or_more

Words = Annotated[tuple[Word, ...], *one_or_more({"type": "string"})]


class MilestoneFile(FileModel):
    """A state. `requires` names a predicate; `covers`: reached only when packages cover all quantities."""

    direction: Words = ()
    requires: Text | None = None
    implies: tuple[Word, ...] = ()
    covers: Flag = False
    from_: Literal["any"] | None = Field(None, alias="from")
    final: Flag = False


class AbsentWhen(FileModel):
    logistics: Logistics


class AbsentFile(FileModel):
    """Milestones that orders of this kind do not have."""

    when: AbsentWhen
    milestones: tuple[Word, ...]


class LifecycleFile(RuleFile):
    lifecycle: Word
    title: Text | None = None
    states: tuple[Word, ...] = Field(min_length=1)
    milestones: dict[Word, MilestoneFile]
    absent: tuple[AbsentFile, ...] = ()
