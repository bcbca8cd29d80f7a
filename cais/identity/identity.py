"""What makes two orders the same: channel, external id, currency, and the lines as first sold."""

from __future__ import annotations

from collections.abc import Iterable

from cais.model import wire
from cais.model.claim import Identity, IdentityLine
from cais.model.order import Order


def of(order: Order) -> Identity:
    """The identity of an order that is sold now, in one spelling: the order of the lines does not count."""
    lines = (IdentityLine(sku=x.sku, quantity=x.quantity, unit_price=x.unit_price) for x in order.lines)
    return Identity(currency=order.currency, lines=tuple(_sorted(lines)))


def digest(identity: Identity) -> str:
    """SHA-256 (hex); channel and external id stand beside it as the book's key."""
    return wire.digest(identity.model_dump(mode="json"))


def differing(said: Identity | None, held: Identity) -> tuple[str, ...]:
    """Names of the fields in which a start's identity differs from the held one. What it leaves out is not compared."""
    if said is None:
        return ()
    names = ["currency"] if said.currency not in (None, held.currency) else []
    if said.lines is not None:
        names += _differing_lines(_sorted(said.lines), _sorted(held.lines or ()))
    return tuple(names)


def _sorted(lines: Iterable[IdentityLine]) -> list[IdentityLine]:
    return sorted(lines, key=lambda line: (line.sku, line.quantity, line.unit_price or 0))


def _differing_lines(said: list[IdentityLine], held: list[IdentityLine]) -> list[str]:
    if len(said) != len(held):
        return ["lines"]
    names = []
    for n, (one, other) in enumerate(zip(said, held, strict=True)):
        changes = one.model_dump(exclude_none=True).items() - other.model_dump().items()
        names += [f"lines[{n}].{name}" for name in sorted(name for name, _ in changes)]
    return names
