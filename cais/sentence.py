"""A line of the journal in plain words, as the live feed, the command line and the panel show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from cais.lifecycle.details import PROBLEMS, TOLD
from cais.model.vocabulary import Direction

Detail = Mapping[str, Any]

_SWITCHES: Final = {":pause": "that it is paused", ":resume": "that it is on sale again", ":close": "that it is closed"}
_THINGS: Final = {
    Direction.ORDER: "the order",
    Direction.PAYMENT: "the payment",
    Direction.INVOICE: "the invoice",
    Direction.SHIPPING_INFO: "carrier and tracking",
    Direction.DISPATCH: "the dispatch",
    Direction.DELIVERY: "the delivery",
    Direction.CANCEL_BY_BUYER: "the cancellation",
    Direction.CANCEL_BY_SELLER: "the cancellation",
    Direction.RETURN: "the return",
}


def sentence(what: str, detail: Detail) -> str:
    """What happened; who did it stands before it. `detail` is that of a journal entry."""
    told = _TELLERS.get(what)
    return said(detail) if told is None else told(detail)


def said(detail: Detail) -> str:
    """A document in a few words: its values, by name, what is absent left out."""
    return " · ".join(f"{name} {word}" for name, value in detail.items() if (word := _word(value)))[:160]


def problem(cause: str) -> str:
    """A cause in words, with its name."""
    words = PROBLEMS.get(cause.partition(":")[0])
    return f"{words[:1].lower()}{words[1:]} ({cause})" if words else cause


def _observed(detail: Detail) -> str:
    things = dict.fromkeys(_THINGS.get(name, name) for name in detail.get("said", ()))
    return f"shows {', '.join(things)}"


def _handoff(detail: Detail) -> str:
    what = _what(detail)
    match detail.get("state"):
        case "done":
            there = f"; there it is {detail['remote_id']}" if detail.get("remote_id") else ""
            return f"was told {what}{there}"
        case "parked":
            return f"was not told {what}: {problem(str(detail.get('cause')))}"
        case "unknown":
            return f"may have been told {what} ({detail.get('code') or 'no answer'}): it is asked"
        case "annulled":
            return f"need not be told {what} any more"
        case "settled":
            found = f"is there as {detail['remote_id']}" if detail.get("remote_id") else "is not there"
            return f"looked: {what} {found}"
    return said(detail)


def _what(detail: Detail) -> str:
    n = str(detail.get("n", ""))
    if detail.get("direction") == Direction.LISTING:
        return _SWITCHES.get(n, f"to list {n}")
    return TOLD.get(detail["direction"], str(detail["direction"])).format(item=n)


def _circuit(detail: Detail) -> str:
    return f"switched off: {detail.get('cause')}" if detail.get("state") == "open" else "switched on again"


def _word(value: Any) -> str:
    match value:
        case None | "":
            return ""
        case str() if len(value) == 64:
            return value[:12]  # a digest
        case Mapping():
            return ", ".join(word for item in value.values() if (word := _word(item)))
        case list() | tuple():
            return ", ".join(_word(item) for item in value)
        case _:
            return str(value)


_TELLERS: Final[Mapping[str, Callable[[Detail], str]]] = {
    "observed": _observed,
    "claimed": lambda detail: "takes it in",
    "status": lambda detail: f"now {detail.get('status')}",
    "handoff": _handoff,
    "command": lambda detail: f"is asked: {detail.get('name')}",
    "refused": lambda detail: f"refuses {detail.get('name') or detail.get('direction')}: {detail.get('reason')}",
    "conflict": lambda detail: f"another order has this id: it differs in {', '.join(detail.get('fields', ()))}",
    "setting": lambda detail: f"gives the setting {detail.get('kind')}:{detail.get('key')}",
    "plan": lambda detail: "goes on by the active rules",
    "circuit": _circuit,
}
