"""The shape of `mappings/flows/<flow>.yaml`: what a connection in this flow gives to the hub and takes from it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cais.model.vocabulary import Flow, Logistics
from cais.rules.file_model import EMPTY, FileModel, Flag, RuleFile, Text, Word, one_or_more

Words = Annotated[tuple[Word, ...], *one_or_more({"type": "string"})]


class _DirectionFile(FileModel):
    grain: Words = ()
    logistics: tuple[Logistics, ...] = tuple(Logistics)
    operations: tuple[Word, ...] = ()
    """Operations that the platform file must have for this direction."""
    by_capability: dict[Word, dict[Text, tuple[Word, ...]]] = EMPTY
    """More of them, by what the platform can do: `{listing: {create: [create_listing]}}`."""
    needs: tuple[Word, ...] = ()
    """Directions that the connection must be told of, for its own word to be true."""
    may_be: tuple[Word, ...] = ()
    """Who else a seller file may name instead: hub, other_backoffice, backoffice."""
    optional: Flag = False
    off_with: tuple[Word, ...] = ()
    """Directions that are off when this one is."""
    docs: Text | None = None


class GivenDirection(_DirectionFile):
    """A direction that the connection gives."""

    since: Literal["required"] | None = None


class TakenDirection(_DirectionFile):
    """A direction that the connection takes. `at` is the state at which an order is exported."""

    at: Word | None = None
    at_may_be: tuple[Word, ...] = ()
    after: Word | None = None
    only: Literal["selected"] | None = None


class FlowFile(RuleFile):
    """A role. `never`: `give.X` and `take.X` that no seller file may switch on."""

    flow: Flow
    title: Text
    docs: Text | None = None
    gives: dict[Word, GivenDirection] = EMPTY
    takes: dict[Word, TakenDirection] = EMPTY
    never: tuple[Annotated[Text, Field(pattern=r"^(give|take)\.[a-z_]+$")], ...] = ()
