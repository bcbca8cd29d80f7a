"""Messages as they come, and reading them: what is not well formed is refused with a reason, never with its values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

from pydantic import ValidationError

from cais.errors import WrongUse
from cais.model.base import Time, Value
from cais.model.command import Command, commands_of
from cais.model.observation import Observed
from cais.model.selection import ListingObserved, Selected, Unselected

Said = TypeVar("Said", bound=Value)
OrderMessage = Observed | Command
ListingMessage = Selected | Unselected | ListingObserved | Command

_ORDER: Final[dict[str, type[OrderMessage]]] = {
    "observe": Observed,
    **{command.name: command.payload for command in commands_of("order")},
}
_LISTING: Final[dict[str, type[ListingMessage]]] = {
    "select": Selected,
    "unselect": Unselected,
    "observe_listing": ListingObserved,
    **{command.name: command.payload for command in commands_of("listing")},
}

_PLAIN: Final = {"missing": "is missing", "extra_forbidden": "is not a field of it"}
"""Pydantic's words for what callers get wrong most often, by the type of the error."""


class Message(Value):
    """A signal, or an update (`update` is its id), not read yet. `body` is JSON; None: it came as something else."""

    name: str
    body: str | None
    at: Time
    update: str | None = None


def read_order(message: Message) -> OrderMessage:
    """What is said to an order. Raises `WrongUse`."""
    return _read(message, _ORDER)


def read_listing(message: Message) -> ListingMessage:
    """What is said to a listing. Raises `WrongUse`."""
    return _read(message, _LISTING)


def ids(message: Message, said: Value) -> tuple[str, ...]:
    """By what a repetition is known: the id in the payload, the id of the update."""
    return tuple(each for each in (getattr(said, "id", None), message.update) if each)


def faults(error: ValidationError) -> str:
    """The faults in plain words, by place, without the values."""
    found = error.errors(include_input=False, include_url=False)
    return "; ".join(_fault(".".join(map(str, each["loc"])), each["type"], each["msg"]) for each in found)


def _fault(place: str, kind: str, text: str) -> str:
    words = _PLAIN.get(kind, text.removeprefix("Value error, "))
    return f"{place}: {words}" if place else words


def _read(message: Message, known: dict[str, type[Said]]) -> Said:
    model = known.get(message.name)
    if model is None:
        raise WrongUse(f"there is no message {message.name!r}; there are {_listed(known)}")
    if message.body is None:
        raise WrongUse(f"{message.name} takes one JSON object")
    try:
        return model.model_validate_json(message.body)
    except ValidationError as error:
        raise WrongUse(faults(error)) from None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
