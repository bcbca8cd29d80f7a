"""The commands that people, scripts and ERPs give to an order or a listing: one table of names and payloads.

Each is a signal of its name and an update `<name>_now`. What a command says of an order is the same observation
that a platform's document would give, with an envelope: who says so (`source`), when (`as_of`), and an `id` by
which a repetition is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from cais.model.base import Code, Name, Time, Value
from cais.model.observation import Delivered, Dispatched, Invoiced, Paid, Returned, ShippingSet
from cais.model.package import PackedItem
from cais.model.vocabulary import CancelledBy, CancelReason, Direction

Said = TypeVar("Said", bound=Value)
HUB: Final = "hub"
"""The reserved connection: people and scripts at the hub itself."""


class Command(Value):
    """The envelope of every command."""

    id: Code | None = None
    """Repetitions with the same id are answered, not done again."""
    source: Name = HUB
    """Who says so: a connection, or `hub`."""
    as_of: Time | None = None
    """When it was so; left out: when it is received."""


class Pay(Command, Paid):
    """A payment's state. `amount` in major units of the order's currency."""

    payment: Code = "1"


class Invoice(Command, Invoiced):
    """The NF-e of a package; its XML is put into the store first and named by digest."""


class VoidInvoice(Command):
    """The NF-e of a package was cancelled."""

    package: Code = "1"
    number: Code


class SetShipping(Command, ShippingSet):
    """Carrier and tracking of a package."""


class Ship(Command, Dispatched):
    """A package left."""


class Deliver(Command, Delivered):
    """A package reached the buyer."""


class Cancel(Command):
    """The order, or some units of it, are cancelled. A buyer's or channel's word travels as `cancel_by_buyer`."""

    by: CancelledBy = CancelledBy.SELLER
    reason: CancelReason = CancelReason.OTHER
    lines: tuple[PackedItem, ...] = ()
    """Empty: the whole order."""


class RequestCancel(Cancel):
    """Somebody wishes to cancel; the order is not exported until `decide_cancel`."""

    by: CancelledBy = CancelledBy.BUYER
    deadline: Time | None = None


class DecideCancel(Command):
    """The answer to a request to cancel."""

    accept: bool


class Return(Command, Returned):
    """Units come back."""


class Handed(Command):
    """Names handoffs that are parked; what is left out fits all."""

    target: Name | None = None
    direction: Direction | None = None
    n: Code | None = None


class Retry(Handed):
    """Try the parked handoffs again."""

    cause: Code | None = None
    """Only those that wait under this cause."""


class Skip(Handed):
    """Give the handoff up: it was done by hand, or is not needed."""

    target: Name
    direction: Direction
    reason: Code


class Amend(Handed):
    """The order's document was corrected in the store: try what is parked again."""


class AdoptPlan(Command):
    """Pin owners, targets and life cycle anew from the active rules."""


class Pause(Command):
    """Take the offer off sale."""


class Resume(Command):
    """Put the offer on sale again."""


class Close(Command):
    """End the offer."""


Fact = Pay | Invoice | SetShipping | Ship | Deliver | Return
"""Commands that say what an observation would say."""


def observation(command: Fact) -> Paid | Invoiced | ShippingSet | Dispatched | Delivered | Returned:
    """The command without its envelope."""
    match command:
        case Pay():
            return _said(Paid, command)
        case Invoice():
            return _said(Invoiced, command)
        case SetShipping():
            return _said(ShippingSet, command)
        case Ship():
            return _said(Dispatched, command)
        case Deliver():
            return _said(Delivered, command)
        case Return():
            return _said(Returned, command)


def _said(kind: type[Said], command: Command) -> Said:
    return kind.model_validate({name: getattr(command, name) for name in kind.model_fields})


@dataclass(frozen=True)
class CommandType:
    """One row of the table."""

    name: str
    payload: type[Command]
    about: Literal["order", "listing", "both"] = "order"

    @property
    def update(self) -> str:
        """Name of the update that answers."""
        return f"{self.name}_now"

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return (self.payload.__doc__ or "").strip().partition("\n")[0]


COMMANDS: Final = (
    CommandType("pay", Pay),
    CommandType("invoice", Invoice),
    CommandType("void_invoice", VoidInvoice),
    CommandType("set_shipping", SetShipping),
    CommandType("ship", Ship),
    CommandType("deliver", Deliver),
    CommandType("cancel", Cancel),
    CommandType("request_cancel", RequestCancel),
    CommandType("decide_cancel", DecideCancel),
    CommandType("return", Return),
    CommandType("retry", Retry, "both"),
    CommandType("skip", Skip, "both"),
    CommandType("amend", Amend),
    CommandType("adopt_plan", AdoptPlan),
    CommandType("pause", Pause, "listing"),
    CommandType("resume", Resume, "listing"),
    CommandType("close", Close, "listing"),
)


def commands_of(subject: Literal["order", "listing"]) -> tuple[CommandType, ...]:
    """The commands that an order or a listing takes."""
    return tuple(command for command in COMMANDS if command.about in (subject, "both"))
