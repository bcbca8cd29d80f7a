"""An order's plan: the solved cells of its channel and logistics, with the life cycle as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from cais.model.plan import Milestone, Plan, Target
from cais.model.vocabulary import Direction, Logistics
from cais.ownership.role import HUB
from cais.ownership.solve import OrderCells
from cais.rules.lifecycle_file import LifecycleFile

Requires = Mapping[Direction, tuple[Direction, ...]]
"""What a target's operation of a direction needs first there."""


def make_plan(
    cells: OrderCells,
    *,
    seller: str,
    channel: str,
    logistics: Logistics,
    lifecycle: LifecycleFile,
    requires: Mapping[str, Requires],
    export_at: Literal["placed", "paid"],
    mode: Literal["live", "observe"],
    digest: str,
    generation: int,
    tags: tuple[str, ...] = (),
) -> Plan:
    """The plan of one order. `requires`: connection to what its operations need first."""
    return Plan(
        digest=digest,
        generation=generation,
        seller=seller,
        channel=channel,
        backoffice=cells.backoffice,
        logistics=logistics,
        export_at=export_at,
        gives=dict(cells.gives),
        targets=tuple(
            Target(connection=name, takes=taken, requires=_asked(requires.get(name, {}), taken))
            for name, taken in cells.takes.items()
            if name != HUB and taken
        ),
        milestones=milestones(lifecycle, logistics),
        reserves=logistics is not Logistics.FULFILLED,
        mode=mode,
        tags=tags,
    )


def milestones(lifecycle: LifecycleFile, logistics: Logistics) -> tuple[Milestone, ...]:
    """The life cycle as plain data, in the order of its states, less what such orders do not have."""
    absent = {state for row in lifecycle.absent if row.when.logistics is logistics for state in row.milestones}
    return tuple(
        Milestone(
            state=state,
            directions=tuple(Direction(word) for word in said.direction),
            implies=tuple(word for word in said.implies if word not in absent),
            requires=said.requires,
            covers=said.covers,
            from_any=said.from_ == "any",
            final=said.final,
        )
        for state in lifecycle.states
        if state not in absent and (said := lifecycle.milestones.get(state)) is not None
    )


def _asked(requires: Requires, taken: tuple[Direction, ...]) -> dict[Direction, tuple[Direction, ...]]:
    return {direction: first for direction, first in requires.items() if direction in taken and first}
