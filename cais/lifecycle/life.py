"""What the state of every long life has: revisions, messages seen, what the book has still to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final, Self

from pydantic import Field

from cais.model.base import Name, Value
from cais.model.handoff import Note, Told

INTERPRETER: Final = 1
"""Version of the rules by which runs read their state. A run keeps the one that it started with."""
SEEN_KEPT: Final = 200


class Unrecorded(Value):
    """Something that the store must be told, and the revision with which it arose."""

    rev: int
    told: Told | None = None
    note: Note | None = None


class Life(Value):
    """State of an order or a listing: its snapshot in the book, and its carry at continue-as-new."""

    seller: Name
    channel: Name
    interpreter: int = INTERPRETER
    speed: float = 1.0
    """Nominal durations are divided by it."""
    rev: int = 0
    """Grows with each change that the book has to know: to the next even number, and to an odd one by closing. A run
    that was about to close and then heard something has a newer revision than the one it closed with."""
    recorded: int = 0
    """The newest revision that the book is known to have."""
    seen: dict[str, str] = Field(default_factory=dict)
    """Ids of messages and updates with their answers: empty when accepted, else the reason. The newest 200."""
    unrecorded: tuple[Unrecorded, ...] = ()
    closed: bool = False

    beside: ClassVar[frozenset[str]] = frozenset({"unrecorded", "recorded", "closed", "interpreter", "speed"})
    """What a snapshot leaves out."""

    def change(self, **changes: Any) -> Self:
        return self.model_copy(update=changes)

    def grown(self) -> Self:
        """With a revision for one more change."""
        return self.change(rev=self._next_rev)

    def ended(self) -> Self:
        """Nothing is left to do: the last state of a run."""
        return self.change(closed=True, rev=self.rev + 1 + self.rev % 2)

    def note(self, at: datetime, actor: str, what: str, **detail: Any) -> Self:
        """With a line for the journal."""
        note = Note(at=at, actor=actor, what=what, detail=detail)
        return self.change(unrecorded=(*self.unrecorded, Unrecorded(rev=self._next_rev, note=note)))

    def tell(self, told: Told) -> Self:
        """With a fact that the store does not have yet."""
        return self.change(unrecorded=(*self.unrecorded, Unrecorded(rev=self._next_rev, told=told)))

    def see(self, ids: tuple[str, ...], answer: str) -> Self:
        """With ids seen and answered; the oldest are forgotten."""
        seen = {**self.seen, **dict.fromkeys(ids, answer)}
        return self.change(seen=dict(list(seen.items())[-SEEN_KEPT:]))

    def acknowledge(self, rev: int) -> Self:
        """The book has what arose up to `rev`."""
        if rev <= self.recorded:
            return self
        return self.change(recorded=rev, unrecorded=tuple(each for each in self.unrecorded if each.rev > rev))

    def snapshot(self) -> dict[str, Any]:
        """As JSON, without what the book has beside it."""
        return self.model_dump(mode="json", exclude=set(self.beside), exclude_defaults=True)

    @property
    def _next_rev(self) -> int:
        return self.rev + 2 - self.rev % 2
