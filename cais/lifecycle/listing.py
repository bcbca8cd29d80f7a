"""The life of a listing as a pure machine: draft → publishing → active ⇄ paused → closed.

It is told what is wanted (the selection, people) and hands off what is missing for that: a create for each variant,
then `:pause`, `:resume`, `:close`. A variant that its platform refuses is parked and keeps nobody else waiting.
Price, stock and content never pass through here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from cais.errors import WrongUse
from cais.lifecycle.answer import Answer
from cais.lifecycle.authority import fits
from cais.lifecycle.lane import OBSERVED, REACHED, RETRYABLE, SKIPPABLE, Due, Entry, Lane
from cais.lifecycle.life import Life
from cais.lifecycle.message import Message, ids, read_listing
from cais.model.base import Code
from cais.model.command import HUB, Close, Command, Handed, Pause, Resume, Retry, Skip
from cais.model.handoff import HandoffResult, Record
from cais.model.plan import Target
from cais.model.selection import ListingObserved, ListingStart, Selected, Unselected
from cais.model.vocabulary import Direction, ListingStatus, Next

PAUSE: Final = ":pause"
RESUME: Final = ":resume"
CLOSE: Final = ":close"
PROBLEMS_KEPT: Final = 20


class ListingState(Life):
    listing: Code
    plan: str = ""
    """Digest of the rule set that selected it last."""
    mode: Literal["live", "observe"] = "live"
    selection: int = 0
    """Revision of the newest word on its selection."""
    selected: bool = False
    variants: tuple[Code, ...] = ()
    stopped: bool = False
    """A person paused it; only a person resumes it."""
    ending: bool = False
    """It is to be closed, until it is selected anew."""
    offer: int = 1
    """Number of the offer on the channel: what was closed is created anew."""
    switches: int = 0
    """How often it was paused or resumed there."""
    paused: bool = False
    """The channel was last told to pause it."""
    lane: Lane
    shown: ListingObserved | None = None

    @property
    def wanted(self) -> bool:
        """Whether it should be on sale."""
        return self.selected and not self.stopped and not self.ending

    @property
    def creates(self) -> tuple[Entry, ...]:
        """The creates of this offer."""
        return tuple(each for each in self.lane.entries if each.mark == str(self.offer) and each.item[0] != ":")

    @property
    def created(self) -> bool:
        """At least one variant is on the channel."""
        return any(entry.state in REACHED for entry in self.creates)

    @property
    def status(self) -> ListingStatus:
        if self.closed:
            return ListingStatus.CLOSED
        if self.created:
            return ListingStatus.PAUSED if self.paused else ListingStatus.ACTIVE
        return ListingStatus.PUBLISHING if self.lane.open else ListingStatus.DRAFT

    @property
    def finished(self) -> bool:
        """It was to be closed, and nothing of it is left."""
        return self.ending and not self.created and not self.lane.open


def begin(start: ListingStart) -> ListingState:
    """A listing of which nothing is wanted yet."""
    return ListingState(
        seller=start.seller, channel=start.channel, listing=start.listing, lane=Lane(target=start.channel)
    )


def resume(snapshot: dict[str, Any], speed: float) -> ListingState:
    """The listing as the book has it, alive again."""
    state = ListingState.model_validate(snapshot).change(speed=speed)
    return state.acknowledge(state.rev)


def apply(state: ListingState, message: Message) -> tuple[ListingState, Answer]:
    """The state after a message, and the answer. What is refused leaves a note."""
    try:
        said = read_listing(message)
    except WrongUse as error:
        return _refused(state, message, (), str(error))
    known = ids(message, said)
    for each in known:
        if each in state.seen:
            return state, Answer(state.seen[each], repeated=True)
    if isinstance(said, Command) and (reason := _refusal(state, said)):
        late_wake = isinstance(said, Retry) and message.update is None
        return (state.see(known, reason), Answer(reason)) if late_wake else _refused(state, message, known, reason)
    after = _told(state, said)
    if isinstance(said, Command):
        after = after.note(message.at, said.source, "command", name=message.name)
    return _stepped(state, after).see(known, ""), Answer()


def refused_now(state: ListingState, message: Message) -> str | None:
    """Why an update is not accepted, without taking it in."""
    try:
        said = read_listing(message)
    except WrongUse as error:
        return str(error)
    if not isinstance(said, Command) or any(each in state.seen for each in ids(message, said)):
        return None
    return _refusal(state, said)


def settle(state: ListingState, entry: Entry, result: HandoffResult) -> ListingState:
    """The state after the channel's activity has answered for an act."""
    lane = state.lane.settle(_target(state), entry.direction, entry.n, result)
    return _stepped(state, _switched(state.change(lane=lane), entry))


def problems(state: ListingState) -> tuple[str, ...]:
    """Tags: causes of parked handoffs, `listing:…` (no variants, or what the channel says or did)."""
    return tuple(dict.fromkeys(_tags(state)))[:PROBLEMS_KEPT]


def waits_for(state: ListingState) -> Next:
    """The first of `Next` that holds."""
    causes = {(entry.cause or "").partition(":")[0] for entry in state.lane.parked}
    if "setting" in causes:
        return Next.SETTING
    if "mapping" in causes:
        return Next.MAPPING
    if causes:
        return Next.RETRY
    return Next.TARGET if state.lane.open else Next.NOTHING


def record(state: ListingState, subject: str, run: str) -> Record:
    """What the book is told of the state."""
    return Record(
        subject=subject,
        run=run,
        rev=state.rev,
        status=state.status,
        next=waits_for(state),
        problems=problems(state),
        open=not state.closed,
        snapshot=state.snapshot(),
        notes=tuple(each.note for each in state.unrecorded if each.note),
    )


def view(state: ListingState) -> dict[str, Any]:
    """The state for people and scripts (query `state`, result of the run)."""
    shown = {"status": state.status.value, "next": waits_for(state).value, "problems": list(problems(state))}
    return {**shown, **state.snapshot(), "closed": state.closed}


def _told(state: ListingState, said: Selected | Unselected | ListingObserved | Command) -> ListingState:
    match said:
        case Selected() if said.rev > state.selection:
            word = {"selection": said.rev, "plan": said.plan, "variants": said.variants, "mode": said.mode}
            freed = state.lane.retry(lambda entry: said.mode == "live" and entry.cause == OBSERVED)
            return state.change(**word, selected=True, ending=False, lane=freed)
        case Unselected() if said.rev > state.selection:
            return state.change(selection=said.rev, selected=False, ending=state.ending or said.close)
        case ListingObserved() if state.shown is None or said.as_of >= state.shown.as_of:
            return state.change(shown=said)
        case Pause() | Resume():
            return state.change(stopped=isinstance(said, Pause))
        case Close():
            return state.change(ending=True)
        case Retry():
            return state.change(lane=state.lane.retry(lambda entry: _fits(said, entry)))
        case Skip():
            return state.change(lane=state.lane.skip(lambda entry: _fits(said, entry)))
        case _:
            return state


def _stepped(before: ListingState, after: ListingState) -> ListingState:
    lane = after.lane.follow(_dues(after)).advance(_target(after), in_order=False)
    after = after.change(lane=lane)
    return after.grown() if _book(before) != _book(after) else after


def _dues(state: ListingState) -> Iterator[Due]:
    """What the channel has to be told, so that it shows what is wanted."""
    if state.wanted:
        for variant in state.variants:
            yield Due(Direction.LISTING, variant, HUB, str(state.offer))
    if state.created and state.ending:
        yield Due(Direction.LISTING, CLOSE, HUB, str(state.offer))
    elif state.created and state.wanted is state.paused:
        yield Due(Direction.LISTING, RESUME if state.paused else PAUSE, HUB, f"{state.offer}.{state.switches}")


def _switched(state: ListingState, entry: Entry) -> ListingState:
    """The state after a pause, a resume or a close has come about."""
    now = state.lane.newest(entry.direction, entry.item)
    if now is None or now.state not in REACHED or now.n != entry.n:
        return state
    if entry.item == CLOSE:
        return state.change(offer=state.offer + 1, switches=0, paused=False)
    if entry.item in (PAUSE, RESUME):
        return state.change(switches=state.switches + 1, paused=entry.item == PAUSE)
    return state


def _tags(state: ListingState) -> Iterator[str]:
    for entry in state.lane.parked:
        yield entry.cause or "fatal:unnamed"
    if state.selected and not state.variants:
        yield "listing:no-variants"
    if state.shown is None or not state.created:
        return
    if state.shown.problem:
        yield f"listing:{state.shown.problem}"
    if state.shown.status is ListingStatus.CLOSED or (state.shown.status is ListingStatus.PAUSED and not state.paused):
        yield f"listing:{state.shown.status}-by-channel"


def _refusal(state: ListingState, command: Command) -> str | None:
    if command.source != HUB:
        return f"a listing is commanded by the {HUB}"
    match command:
        case Pause() if state.stopped:
            return "it is paused by a person already"
        case Resume() if not state.stopped:
            return "it is not paused by a person"
        case Close() if state.ending:
            return "it is being closed already"
        case Retry() | Skip():
            return None if any(_is_left(command, entry) for entry in state.lane.entries) else "nothing is parked there"
        case _:
            return None


def _is_left(command: Handed, entry: Entry) -> bool:
    states = SKIPPABLE if isinstance(command, Skip) else RETRYABLE
    return entry.state in states and _fits(command, entry)


def _fits(command: Handed, entry: Entry) -> bool:
    return fits(command, command.target or "", entry)


def _target(state: ListingState) -> Target:
    return Target(connection=state.channel, takes=(Direction.LISTING,))


def _refused(state: ListingState, message: Message, known: tuple[str, ...], reason: str) -> tuple[ListingState, Answer]:
    noted = state.note(message.at, HUB, "refused", name=message.name, reason=reason)
    return _stepped(state, noted).see(known, reason), Answer(reason)


def _book(state: ListingState) -> tuple[object, ...]:
    word = (state.selection, state.variants, state.stopped, state.ending, state.offer, state.switches, state.shown)
    return (*word, state.status, state.unrecorded, problems(state), waits_for(state))
