"""The documents of the simulated site (MLB), its time stamps and its numbering."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from sandbox.world import World

NAME: Final = "ml"
SITE_ID: Final = "MLB"
_VENDOR_ZONE: Final = timezone(timedelta(hours=-4))  # Mercado Livre stamps orders and shipments in -04:00

Document = dict[str, Any]
"""The vendor's JSON of an object; what the vendor does not show is under the key `_`."""


@dataclass(frozen=True)
class Site:
    """The platform's documents in the world. Every write belongs to the caller's transaction."""

    world: World

    @property
    def now(self) -> datetime:
        """Virtual time, aware, UTC."""
        return self.world.clock.now()

    def get(self, kind: str, id_: str | int) -> Document | None:
        """A document, or None."""
        found: Document | None = self.world.state.get(NAME, kind, str(id_))
        return found

    def need(self, kind: str, id_: str | int) -> Document:
        """A document that must be there; raises ValueError (what an act answers with) when it is not."""
        found = self.get(kind, id_)
        if found is None:
            raise ValueError(f"no {kind} {id_}")
        return found

    def put(self, kind: str, id_: str | int, body: Any) -> None:
        """Write a document whole."""
        self.world.state.put(NAME, kind, str(id_), body)

    def delete(self, kind: str, id_: str | int) -> None:
        """Remove a document."""
        self.world.state.delete(NAME, kind, str(id_))

    def scan(self, kind: str, prefix: str = "") -> Iterator[tuple[str, Document]]:
        """Each (id, document), oldest first."""
        return self.world.state.scan(NAME, kind, prefix)

    def number(self, counter: str, start: int) -> int:
        """The next number of a counter."""
        return self.world.state.next_id(NAME, counter, start)

    def later(self, seconds: float, event: str, args: Mapping[str, Any]) -> None:
        """Let a platform event happen after virtual seconds."""
        self.world.timers.at(self.now + timedelta(seconds=seconds), NAME, event, args)


def public(document: Document) -> Document:
    """The document as the vendor shows it."""
    return {key: value for key, value in document.items() if key != "_"}


def stamp(moment: datetime) -> str:
    """`2026-11-24T09:34:59.000-04:00`, as on orders, shipments and payments."""
    return moment.astimezone(_VENDOR_ZONE).isoformat(timespec="milliseconds")


def utc_stamp(moment: datetime) -> str:
    """`2026-11-24T13:34:59.000Z`, as on items and notifications."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Read a time stamp of either form; raises ValueError."""
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def cents(amount: Decimal | int) -> Decimal:
    """An amount of money with 2 decimals, halves up."""
    return Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)
