"""The life of a listing: what is wanted against what its channel was told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifecycle_samples import NOW, command

from cais.lifecycle import listing as life
from cais.lifecycle.listing import ListingState, problems, waits_for
from cais.lifecycle.listing_details import details
from cais.lifecycle.message import Message
from cais.model.handoff import HandoffResult
from cais.model.selection import ListingObserved, ListingStart, Selected, Unselected
from cais.model.vocabulary import ListingStatus, Next

DRAFT = life.begin(ListingStart(seller="aurora", channel="ml", listing="camisa"))


def select(rev: int = 1, *variants: str) -> Message:
    said = Selected(id=f"s{rev}", rev=rev, plan="d1", variants=variants or ("A", "B"))
    return Message(name="select", body=said.model_dump_json(), at=NOW)


def unselect(rev: int, *, close: bool = False) -> Message:
    said = Unselected(id=f"s{rev}", rev=rev, close=close)
    return Message(name="unselect", body=said.model_dump_json(), at=NOW)


def shows(status: str, problem: str | None = None) -> Message:
    said = ListingObserved.model_validate({"id": f"o-{status}", "as_of": NOW, "status": status, "problem": problem})
    return Message(name="observe_listing", body=said.model_dump_json(), at=NOW)


def after(state: ListingState, *messages: Message) -> ListingState:
    for message in messages:
        state, _ = life.apply(state, message)
    return state


def answered(state: ListingState, result: str = "done", cause: str | None = None) -> ListingState:
    running = state.lane.running
    assert running is not None
    return life.settle(state, running, HandoffResult.model_validate({"state": result, "cause": cause}))


def running(state: ListingState) -> tuple[str, bool] | None:
    entry = state.lane.running
    return (entry.n, entry.annul) if entry else None


ACTIVE = answered(answered(after(DRAFT, select())))


def test_each_variant_is_created() -> None:
    state = after(DRAFT, select())
    assert (state.status, running(state)) == (ListingStatus.PUBLISHING, ("A", False))
    state = answered(state)
    assert (state.status, running(state)) == (ListingStatus.ACTIVE, ("B", False))
    assert running(answered(state)) is None


def test_without_variants_there_is_nothing_to_create() -> None:
    empty = Selected(id="s1", rev=1, plan="d1")
    state = after(DRAFT, Message(name="select", body=empty.model_dump_json(), at=NOW))
    assert (state.status, problems(state), running(state)) == (ListingStatus.DRAFT, ("listing:no-variants",), None)


def test_a_refused_variant_parks_and_the_others_go_on() -> None:
    state = answered(after(DRAFT, select()), "parked", "reject:EAN")
    assert running(state) == ("B", False)
    state = answered(state)
    assert (state.status, problems(state), waits_for(state)) == (ListingStatus.ACTIVE, ("reject:EAN",), Next.RETRY)
    assert running(after(state, command("retry", '{"n": "A"}'))) == ("A", False)
    skipped = after(state, command("skip", '{"target": "ml", "direction": "listing", "n": "A", "reason": "x"}'))
    assert problems(skipped) == ()


def test_a_new_variant_joins() -> None:
    assert running(after(ACTIVE, select(2, "A", "B", "C"))) == ("C", False)


def test_an_older_word_on_the_selection_is_ignored() -> None:
    assert after(ACTIVE, select(5), unselect(4)).selected


def test_unselected_it_is_paused_and_selected_resumed() -> None:
    state = after(ACTIVE, unselect(2))
    assert running(state) == (":pause", False)
    paused = answered(state)
    assert paused.status is ListingStatus.PAUSED
    back = after(paused, select(3))
    assert running(back) == (":resume", False)
    active = answered(back)
    assert (active.status, running(active)) == (ListingStatus.ACTIVE, None)
    assert running(after(active, unselect(4))) == (":pause~2", False)


def test_a_person_s_pause_outlives_the_selection() -> None:
    state = answered(after(ACTIVE, command("pause")))
    assert running(after(state, unselect(2), select(3))) is None
    assert running(after(state, command("resume"))) == (":resume", False)


def test_what_waits_to_be_created_is_withdrawn_with_the_selection() -> None:
    state = after(DRAFT, select(), unselect(2))
    assert running(state) == ("A", True)
    state = answered(state, "annulled")
    assert (state.status, running(state)) == (ListingStatus.DRAFT, None)
    assert running(after(state, select(3))) == ("A~2", False)


def test_it_is_closed_once_on_the_channel() -> None:
    state = after(ACTIVE, command("close"))
    assert (running(state), state.finished) == ((":close", False), False)
    assert answered(state).finished


def test_what_was_never_created_ends_at_once() -> None:
    assert after(DRAFT, command("close")).finished


def test_selected_anew_after_its_end_it_is_created_anew() -> None:
    closed = answered(after(ACTIVE, unselect(2, close=True))).ended()
    assert closed.status is ListingStatus.CLOSED
    again = after(life.resume(closed.snapshot(), 1.0), select(3))
    assert running(again) == ("A~2", False)
    assert not again.finished


def test_what_was_only_observed_is_created_when_the_mode_is_live() -> None:
    state = answered(answered(after(DRAFT, select()), "parked", "observe"), "parked", "observe")
    assert (state.status, problems(state)) == (ListingStatus.PUBLISHING, ("observe",))
    assert running(after(state, select(2))) == ("A", False)


def test_what_the_channel_does_by_itself_is_a_problem() -> None:
    assert problems(after(ACTIVE, shows("paused", "low-quality"))) == (
        "listing:low-quality",
        "listing:paused-by-channel",
    )
    assert problems(after(ACTIVE, shows("paused"), shows("active"))) == ()


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("resume", "{}", "it is not paused by a person"),
        ("retry", "{}", "nothing is parked there"),
        ("pause", '{"source": "ml"}', "a listing is commanded by the hub"),
        ("pay", "{}", "there is no message 'pay'; there are close, observe_listing, pause, resume, retry"),
        ("close", '{"now": 1}', "now: is not a field of it"),
    ],
)
def test_a_bad_message_is_refused(name: str, body: str, reason: str) -> None:
    state, answer = life.apply(ACTIVE, command(name, body, update="u"))
    assert answer.reason.startswith(reason)
    assert state.unrecorded
    assert life.refused_now(ACTIVE, command(name, body)) == answer.reason


def test_the_details_say_where_it_stands() -> None:
    state = answered(answered(after(DRAFT, select()), "parked", "reject:EAN"))
    assert (
        details(state)
        == """\
**Listing camisa on ml: active.** It waits for somebody to mend what the channel refused, and to say `retry` or `skip`.

### Problems
- `reject:EAN`

### Wanted
- on sale with 2 variants

### Told to ml
- create `A`: **parked**: `reject:EAN`
- create `B`: told"""
    )
    assert "- paused by a person" in details(after(state, command("pause")))


WISHES = st.one_of(
    st.builds(lambda n: ("select", n), st.integers(1, 3)),
    st.sampled_from([("unselect", 0), ("close", 0), ("pause", 0), ("resume", 0), ("done", 0), ("parked", 0)]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WISHES, max_size=30))
def test_told_everything_the_channel_shows_what_is_wanted(wishes: list[tuple[str, int]]) -> None:
    """Against a channel that keeps which variants exist and whether the offer is on sale."""
    state, channel = DRAFT, _Channel()
    for rev, (wish, count) in enumerate(wishes, start=1):
        if wish == "select":
            state = after(state, select(rev, *"ABC"[:count]))
        elif wish == "unselect":
            state = after(state, unselect(rev))
        elif wish in ("done", "parked"):
            state = channel.answers(state, wish)
        else:
            state = after(state, command(wish))
    while state.lane.running or state.lane.parked:
        state = channel.answers(after(state, command("retry")), "done")
    assert channel.variants >= (set(state.variants) if state.wanted else set())
    assert not channel.variants or channel.on_sale is state.wanted
    assert state.finished is (state.ending and not channel.variants)


class _Channel:
    def __init__(self) -> None:
        self.variants: set[str] = set()
        self.on_sale = False
        self.rows: set[str] = set()

    def answers(self, state: ListingState, result: str) -> ListingState:
        entry = state.lane.running
        if entry is None:
            return state
        if entry.annul:
            return answered(state, "done" if entry.n in self.rows else "annulled")
        if result == "parked":
            return answered(state, "parked", "reject:X")
        assert entry.n not in self.rows, "told twice"
        self.rows.add(entry.n)
        self._does(entry.item)
        return answered(state)

    def _does(self, item: str) -> None:
        if item == ":close":
            self.variants, self.on_sale = set(), False
        elif item in (":pause", ":resume"):
            self.on_sale = item == ":resume"
        else:
            self.variants.add(item)
            self.on_sale = self.on_sale or len(self.variants) == 1
