"""What an order holds of what its parties said: each fact with who said it and as of when."""

from __future__ import annotations

from typing import Generic, TypeVar

from cais.model.base import Code, Name, Time, Value
from cais.model.observation import Cancelled, Delivered, Dispatched, Invoiced, ShippingSet
from cais.model.package import PackedItem
from cais.model.vocabulary import Direction

Said = TypeVar("Said", bound=Value)


class Held(Value, Generic[Said]):
    """A fact and its provenance."""

    source: Name
    as_of: Time
    said: Said


PackageFact = Held[Invoiced] | Held[ShippingSet] | Held[Dispatched] | Held[Delivered]


class PackageFacts(Value):
    """What is known of one package."""

    invoice: Held[Invoiced] | None = None
    shipping: Held[ShippingSet] | None = None
    dispatch: Held[Dispatched] | None = None
    delivery: Held[Delivered] | None = None

    @property
    def items(self) -> tuple[PackedItem, ...]:
        """What is in it; empty means all lines. A delivery has no word on that: it is what was dispatched."""
        for held in (self.dispatch, self.invoice, self.shipping):
            if held is not None and held.said.items:
                return held.said.items
        return ()

    def of(self, direction: Direction) -> PackageFact | None:
        """What its owner said of it in this direction; an invoice that was voided is none."""
        match direction:
            case Direction.INVOICE:
                return None if self.invoice is None or self.invoice.said.voided else self.invoice
            case Direction.SHIPPING_INFO:
                return self.shipping
            case Direction.DISPATCH:
                return self.dispatch
            case Direction.DELIVERY:
                return self.delivery
            case _:
                return None


class Decision(Value):
    """The answer to a request to cancel."""

    accept: bool
    source: Name
    at: Time


class Cancellation(Value):
    """A cancellation, or the request for one."""

    n: Code
    source: Name
    as_of: Time
    said: Cancelled
    decision: Decision | None = None

    @property
    def awaited(self) -> bool:
        """Somebody still has to decide."""
        return self.said.requested and self.decision is None

    @property
    def effective(self) -> bool:
        return not self.said.requested or (self.decision is not None and self.decision.accept)


class Reached(Value):
    """A milestone: when, by whose word, and whether only implied by a later one."""

    at: Time
    source: Name
    implied: bool = False
