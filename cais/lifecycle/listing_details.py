"""Where a listing stands, in words for the seller (Markdown), shown in Temporal's UI as the workflow's details."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cais.lifecycle.details import LIMIT, how, section
from cais.lifecycle.lane import Entry
from cais.lifecycle.listing import CLOSE, PAUSE, RESUME, ListingState, problems, waits_for
from cais.model.vocabulary import Next

_WAITS: Final = {
    Next.SETTING: "a setting that somebody has to give",
    Next.MAPPING: "a mapping that has to be mended",
    Next.RETRY: "somebody to mend what the channel refused, and to say `retry` or `skip`",
    Next.TARGET: "the channel's answer",
}
_SWITCHES: Final = {PAUSE: "pause", RESUME: "resume", CLOSE: "close"}


def details(state: ListingState) -> str:
    """At most 15,000 characters."""
    return "\n".join(_lines(state))[:LIMIT]


def _lines(state: ListingState) -> Iterator[str]:
    waits = _WAITS.get(waits_for(state), "nothing")
    yield f"**Listing {state.listing} on {state.channel}: {state.status}.** It waits for {waits}."
    yield from section("Problems", (f"`{tag}`" for tag in problems(state)))
    yield from section("Wanted", _wanted(state))
    yield from section(f"Told to {state.channel}", (_entry(state, entry) for entry in state.lane.entries))


def _wanted(state: ListingState) -> Iterator[str]:
    yield f"on sale with {len(state.variants)} variants" if state.wanted else "not on sale"
    if not state.selected:
        yield "the seller's rules do not select it"
    if state.stopped:
        yield "paused by a person"
    if state.ending:
        yield "to be closed"


def _entry(state: ListingState, entry: Entry) -> str:
    what = _SWITCHES.get(entry.item, f"create `{entry.item}`")
    return f"{what}{'' if entry.version == 1 else f' (version {entry.version})'}: {how(state.lane, None, entry)}"
