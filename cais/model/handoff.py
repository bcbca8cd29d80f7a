"""What a workflow hands to the activity that writes to a platform, and what comes back."""

from __future__ import annotations

from typing import Any, Literal

from cais.model.base import Code, Name, Value
from cais.model.vocabulary import Direction


class Act(Value):
    """The key of a handoff: who takes what of which order or listing."""

    subject: Code
    """Workflow id of the order or listing."""
    target: Name
    direction: Direction
    n: Code = "1"
    """Ordinal of what is handed off: package id, payment id, version, SKU of a variant."""


class Record(Value):
    """State to be written into the book together with the next act. `rev` only ever grows."""

    subject: Code
    run: Code
    rev: int
    status: Code
    next: Code
    problems: tuple[Code, ...] = ()
    open: bool = True
    snapshot: dict[str, Any]


class HandoffOrder(Value):
    """Input of the activity `hand_off`."""

    seller: Name
    act: Act
    plan: Code
    """Digest of the rule set of the subject's plan (owners); mappings are read by the active digest."""
    annul: bool = False
    """A cancellation has overtaken it: find out its fate, send nothing new."""
    record: Record | None = None


class HandoffResult(Value):
    """`done`: it is so at the target. `parked`: it cannot succeed until `cause` is mended. `annulled`: it never was."""

    state: Literal["done", "parked", "annulled"]
    remote_id: str | None = None
    cause: str | None = None
    """`mapping:…`, `setting:kind:key`, `reject:CODE`, `fatal:CODE`, `requires:…`: closed prefixes."""
    message: str | None = None
    digest: str | None = None
    """Rule set that rendered it."""
