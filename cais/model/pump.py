"""What a pump is told, and what it says of one round."""

from __future__ import annotations

from typing import Literal

from cais.model.base import Name, Time, Value

PumpKind = Literal["poll", "intake", "drain", "wake"]


class PumpOrder(Value):
    """Input of the workflow `Pump` and of its activity `pump`. `poll`, `intake`, `drain` pump for a connection,
    `wake` for a seller."""

    kind: PumpKind
    seller: Name
    connection: Name | None = None
    speed: float = 1.0
    """Of the hub's clock: the nominal durations of a round are divided by it."""

    @property
    def workflow_id(self) -> str:
        return f"pump:{self.connection or self.seller}:{self.kind}"


class PumpReport(Value):
    """One round, an hour at most: when it ended, how many things it did, and in plain words what it did last."""

    at: Time
    done: int = 0
    last: str = ""
