"""What a workflow hands to the activity that writes to a platform, and what comes back."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from cais.model.base import Code, Name, Time, Value
from cais.model.vocabulary import Direction

_VERSIONED: Final = re.compile(r"(?s)(?P<item>.+)~(?P<version>[0-9]+)")


def ordinal(item: str, version: int) -> str:
    """The `n` of an item's version: the item itself at first, `<item>~2` for what replaces it after it was sent."""
    return item if version == 1 else f"{item}~{version}"


class Act(Value):
    """The key of a handoff: who takes what of which order or listing."""

    subject: Code
    """Workflow id of the order or listing."""
    target: Name
    direction: Direction
    n: Code = "1"
    """What is handed off. Invoice, shipping_info, dispatch, delivery: the package's id. Order, payment: `1`.
    Cancellations, return: their number, `1` first; `decision-1` is the answer to a request to cancel (operation
    `decide_cancel`; accepted or not, as its fact says). Listing: a variant's SKU (create), or `:pause`, `:resume`,
    `:close`. A later version of what was already sent ends in `~2`, `~3`, …"""

    @property
    def item(self) -> str:
        """`n` without its version: the key of the package, payment, SKU."""
        versioned = _VERSIONED.fullmatch(self.n)
        return versioned["item"] if versioned else self.n


class Told(Value):
    """A fact that came by a command, not by intake: to be kept before anything is rendered from it.

    `content` is the canonical document of the direction: payment → `Payment`; invoice, shipping_info, dispatch,
    delivery → `Package`; cancellations → `Cancellation`, at key empty for the first and `2`, `3`, … for further ones.
    """

    direction: Direction
    key: str
    source: Name
    as_of: Time
    content: dict[str, Any]


class Note(Value):
    """A line for the journal that only the workflow knows of: what was refused, commanded, decided."""

    at: Time
    actor: str
    what: Code
    detail: dict[str, Any]


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
    told: tuple[Told, ...] = ()
    """Repeated until a record with this `rev` is known to be kept; keep what is newer than what is held."""
    notes: tuple[Note, ...] = ()
    """Written once, with the record's `rev`."""


class HandoffOrder(Value):
    """Input of the activity `hand_off`."""

    seller: Name
    act: Act
    plan: Code
    """Digest of the rule set of the subject's plan (owners); mappings are read by the active digest."""
    annul: bool = False
    """A cancellation has overtaken it: find out its fate, send nothing new."""
    record: Record | None = None
    mode: Literal["live", "observe"] = "live"
    """`observe`: render it and keep what it would send; send nothing."""


class HandoffResult(Value):
    """`done`: it is so at the target. `parked`: it cannot succeed until `cause` is mended. `annulled`: it never was."""

    state: Literal["done", "parked", "annulled"]
    remote_id: str | None = None
    cause: str | None = None
    """`mapping:…`, `setting:kind:key`, `reject:CODE`, `fatal:CODE`, `requires:…`: closed prefixes."""
    message: str | None = None
    digest: str | None = None
    """Rule set that rendered it."""
