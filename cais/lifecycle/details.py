"""Where an order stands, in words for the seller (Markdown), shown in Temporal's UI as the workflow's details."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cais.lifecycle.lane import OBSERVED, Entry, EntryState, Lane, missing
from cais.lifecycle.problem import problems, waits_for
from cais.lifecycle.state import OrderState
from cais.model.plan import Target
from cais.model.vocabulary import Direction, Next

LIMIT: Final = 15_000
"""Characters; Temporal shows at most 20 kB."""

_WAITS: Final = {
    Next.DOCUMENT: "the order's document from {channel}",
    Next.DECISION: "a decision: see below",
    Next.SETTING: "a setting that somebody has to give",
    Next.MAPPING: "a mapping that has to be mended",
    Next.RETRY: "somebody to mend what was refused, and to say `retry`, `amend` or `skip`",
    Next.PAYMENT: "the payment, from {payment}",
    Next.INVOICE: "the invoice (NF-e), from {invoice}",
    Next.LABEL: "label and tracking, from {shipping_info}",
    Next.DISPATCH: "word that the package left, from {dispatch}",
    Next.DELIVERY: "word that the package arrived, from {delivery}",
    Next.TARGET: "the answer of a platform that is being told",
    Next.NOTHING: "nothing",
}
TOLD: Final = {
    Direction.ORDER: "the order",
    Direction.PAYMENT: "that it is paid",
    Direction.INVOICE: "the invoice of package {item}",
    Direction.SHIPPING_INFO: "carrier and tracking of package {item}",
    Direction.DISPATCH: "that package {item} left",
    Direction.DELIVERY: "that package {item} arrived",
    Direction.CANCEL_BY_BUYER: "the buyer's cancellation",
    Direction.CANCEL_BY_SELLER: "the seller's cancellation",
    Direction.RETURN: "the return",
}
PROBLEMS: Final = {
    "cancel": "A platform refused the cancellation",
    "mapping": "A mapping does not fit the document",
    "setting": "A setting is missing",
    "reject": "A platform refused what it was told",
    "fatal": "A platform cannot be told as things are set up",
    "not_found": "A platform does not know what it was told of",
    "doubt": "It is not known whether a platform took it: look there",
    "requires": "What a platform asks for first has not come",
    "price": "A variant has no price at which it may be offered",
    "guard": "A value is held back until somebody approves it",
    "observe": "Nothing is sent in `mode: observe`; this is what would be told",
    "invoice": "The invoice was cancelled after others were told of it",
    "deadline": "A deadline is near or has passed",
}
_STATES: Final = {
    EntryState.QUEUED: "waits its turn",
    EntryState.RUNNING: "being told",
    EntryState.PARKED: "**parked**",
    EntryState.DONE: "told",
    EntryState.SKIPPED: "skipped by a person",
    EntryState.ANNULLED: "withdrawn, was never told",
}


def details(state: OrderState) -> str:
    """At most 15,000 characters."""
    return "\n".join(_lines(state))[:LIMIT]


def _lines(state: OrderState) -> Iterator[str]:
    yield f"**Order {state.order} of {state.channel}: {state.status}.** It waits for {_awaited(state)}."
    yield from section("Problems", (_problem(tag) for tag in problems(state)))
    yield from section("Decisions", _decisions(state))
    yield from section("So far", _milestones(state))
    yield from section("Packages", _packages(state))
    for lane in state.lanes.values():
        yield from section(f"Told to {lane.target}", _lane(state, lane))


def section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A heading and a list, or nothing where the list is empty."""
    found = [f"- {line}" for line in lines]
    if found:
        yield from ("", f"### {title}", *found)


def _awaited(state: OrderState) -> str:
    gives = state.plan.gives if state.plan else {}
    givers = {direction.value: " or ".join(gives.get(direction, ("nobody",))) for direction in Direction}
    return _WAITS[waits_for(state)].format(channel=state.channel, **givers)


def _problem(tag: str) -> str:
    return f"{PROBLEMS.get(tag.partition(':')[0], 'Something is wrong')} (`{tag}`)"


def _decisions(state: OrderState) -> Iterator[str]:
    if state.placed and (hold := state.placed.said.hold):
        until = f" until {hold.until:%Y-%m-%d %H:%M} UTC" if hold.until else ""
        yield f"{state.placed.source} holds the order back{until} (`{hold.cause}`); it is not exported meanwhile"
    if request := state.request:
        until = f" until {request.said.deadline:%Y-%m-%d %H:%M} UTC" if request.said.deadline else ""
        yield f"{request.source} asks to cancel (`{request.said.reason}`): `decide_cancel`{until}; no export meanwhile"
    for each in state.cancellations:
        if each.effective:
            what = f"{sum(item.quantity for item in each.said.lines)} units" if each.said.lines else "the order"
            yield f"{each.source} cancelled {what}: by the {each.said.by}, `{each.said.reason}`"


def _milestones(state: OrderState) -> Iterator[str]:
    for name, reached in sorted(state.milestones.items(), key=lambda each: each[1].at):
        how = "follows from what came later" if reached.implied else f"said by {reached.source}"
        yield f"{name} at {reached.at:%Y-%m-%d %H:%M} UTC, {how}"


def _packages(state: OrderState) -> Iterator[str]:
    for key, package in state.packages.items():
        parts = []
        if package.invoice:
            parts.append(f"NF-e {package.invoice.said.number}{' (cancelled)' if package.invoice.said.voided else ''}")
        if package.shipping:
            parts.append(f"{package.shipping.said.carrier or 'carrier'} {package.shipping.said.tracking_number or ''}")
        parts += ["left"] if package.dispatch else []
        parts += ["arrived"] if package.delivery else []
        yield f"package {key}: {', '.join(part.strip() for part in parts)}"


def _lane(state: OrderState, lane: Lane) -> Iterator[str]:
    targets = state.plan.targets if state.plan else ()
    target = next((each for each in targets if each.connection == lane.target), None)
    for entry in lane.entries:
        yield f"{_what(entry)}: {how(lane, target, entry)}"


def _what(entry: Entry) -> str:
    again = "" if entry.version == 1 else f" (version {entry.version})"
    if entry.item.startswith("decision-"):
        return f"the answer to the request to cancel{again}"
    return TOLD.get(entry.direction, entry.direction.value).format(item=entry.item) + again


def how(lane: Lane, target: Target | None, entry: Entry) -> str:
    """Where an act stands."""
    if entry.annul and not entry.settled:
        return "withdrawn; asking whether it went out before"
    if entry.cause == OBSERVED:
        return "not sent, since the hub only observes"
    if entry.state is EntryState.PARKED:
        return f"{_STATES[entry.state]}: `{entry.cause}` {entry.message or ''}".rstrip()
    lacking = missing(lane, target, entry) if target and entry.state is EntryState.QUEUED else ()
    return f"waits for {', '.join(lacking)} there" if lacking else _STATES[entry.state]
