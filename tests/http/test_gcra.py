"""The law of the limiter: whatever is asked, by whom and when, no window sees more calls than the platform allows."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cais.http.gcra import Bucket, Rate, Share

SECOND = 1_000_000
START = 1_790_000_000 * SECOND

shares = st.sampled_from(["order", "bulk"])
gaps = st.one_of(st.just(0), st.integers(0, 3 * SECOND), st.integers(0, 90 * SECOND))
asks = st.lists(st.tuples(gaps, shares, st.integers(1, 3)), min_size=1, max_size=120)
windows = st.tuples(st.integers(1, 60), st.sampled_from([1, 5, 60]))


def play(rate: Rate, asked: list[tuple[int, Share, int]], patience: int = 2 * SECOND) -> list[tuple[int, Share]]:
    """The moments at which calls go: those that would wait longer than `patience` are not made."""
    now, bucket, sent = START, Bucket(), []
    for gap, share, count in asked:
        now += gap
        at = bucket.ready(rate, share, now, count)
        if at - now <= patience:
            bucket = bucket.spend(rate, share, at, count)
            sent += [(at, share)] * count
    return sorted(sent)


def most_in(moments: list[int], width: int) -> int:
    """The most moments in any half-open window of that width."""
    return max((sum(start <= m < start + width for m in moments) for start in moments), default=0)


@given(window=windows, asked=asks)
def test_no_window_sees_more_than_a_stated_window_allows(window: tuple[int, int], asked: list) -> None:  # type: ignore[type-arg]
    calls, seconds = window
    rate = Rate.of(calls, timedelta(seconds=seconds), None, 1)
    asked = [(gap, share, min(count, rate.burst)) for gap, share, count in asked]
    moments = [at for at, _ in play(rate, asked)]
    assert most_in(moments, seconds * SECOND) <= calls


@given(window=windows, burst=st.integers(3, 80), asked=asks, width=st.integers(1, 120 * SECOND))
def test_no_window_sees_more_than_a_bucket_gives(window, burst: int, asked: list, width: int) -> None:  # type: ignore[no-untyped-def,type-arg]
    calls, seconds = window
    rate = Rate.of(calls, timedelta(seconds=seconds), burst, 1)
    moments = [at for at, _ in play(rate, asked)]
    assert most_in(moments, width) <= burst + -(-width * calls // (seconds * SECOND))


@given(
    grants=st.lists(st.tuples(st.integers(0, 5 * SECOND), st.integers(1, 5), st.floats(0, 1)), max_size=60),
    late=st.data(),
)
def test_leased_tickets_used_late_keep_the_law(grants: list, late: st.DataObject) -> None:  # type: ignore[type-arg]
    rate, hold = Rate.of(100, timedelta(seconds=10), None, 1), SECOND // 4
    assert hold <= (rate.burst - 5) * rate.interval
    now, bucket, used = START, Bucket(), []
    for gap, count, _ in grants:
        now += gap
        if bucket.ready(rate, "bulk", now, count) == now:
            bucket = bucket.spend(rate, "bulk", now, count, hold)
            used += [now + late.draw(st.integers(0, hold)) for _ in range(count)]
    assert most_in(sorted(used), 10 * SECOND) <= 100


def steady(rate: Rate, share: Share, seconds: int, bucket: Bucket, now: int) -> tuple[int, Bucket]:
    """How many calls a worker that never rests sends in so many seconds."""
    end, sent = now + seconds * SECOND, 0
    while (at := bucket.ready(rate, share, now)) < end:
        bucket, now, sent = bucket.spend(rate, share, at), at, sent + 1
    return sent, bucket


def test_bulk_alone_is_lent_nearly_all() -> None:
    rate = Rate.of(600, timedelta(minutes=1), None, 1)
    sent, _ = steady(rate, "bulk", 600, Bucket(), START)
    assert 0.88 * 6000 < sent <= 6000


def test_bulk_keeps_to_its_share_while_orders_flow() -> None:
    rate = Rate.of(600, timedelta(minutes=1), None, 1)
    bucket, sent = Bucket().asked_by_order(START), 0
    for second in range(600):
        now = START + second * SECOND
        at = bucket.ready(rate, "order", now)
        assert at == now, "the order path waits for nothing: its share is kept"
        bucket = bucket.spend(rate, "order", at)
        got, bucket = steady(rate, "bulk", 1, bucket, now)
        sent += got
    assert 0.5 * 6000 < sent <= 0.7 * 6000


def test_an_order_that_comes_back_finds_room_at_once() -> None:
    rate = Rate.of(600, timedelta(minutes=1), None, 1)
    _, bucket = steady(rate, "bulk", 300, Bucket(), START)
    back = START + 300 * SECOND
    waits = []
    for n in range(50):
        now = back + n * SECOND // 2
        at = bucket.ready(rate, "order", now)
        waits.append(at - now)
        bucket = bucket.spend(rate, "order", at)
        _, bucket = steady(rate, "bulk", 1, bucket, now)
    assert max(waits) <= SECOND
    assert sum(waits[20:]) == 0


def test_what_was_lent_is_no_debt() -> None:
    rate = Rate.of(600, timedelta(minutes=1), None, 1)
    _, bucket = steady(rate, "bulk", 3600, Bucket(), START)
    now = START + 3600 * SECOND
    at = bucket.asked_by_order(now).ready(rate, "bulk", now)
    assert at - now <= 2 * rate.for_bulk.interval


def test_a_small_limit_is_spaced_evenly() -> None:
    rate = Rate.of(3, timedelta(seconds=1), None, 1)
    moments = [at for at, _ in play(rate, [(0, "order", 1)] * 6)]
    assert [b - a for a, b in pairwise(moments)] == [350_000] * 5


@pytest.mark.parametrize(("remaining", "left"), [(0, 0), (3, 3), (1000, 10)])
def test_the_platforms_count_is_believed_if_it_is_lower(remaining: int, left: int) -> None:
    rate = Rate.of(100, timedelta(seconds=10), None, 1)
    bucket = Bucket(tat=START).corrected(rate, START, remaining)
    assert bucket.left(rate, START) == left


def test_blocked_means_nothing_goes() -> None:
    rate = Rate.of(100, timedelta(seconds=10), None, 1)
    bucket = Bucket().until(START + 60 * SECOND)
    assert bucket.ready(rate, "order", START) == START + 60 * SECOND
    assert bucket.until(START).blocked == START + 60 * SECOND


def test_speed_shortens_the_window() -> None:
    assert Rate.of(100, timedelta(minutes=1), None, 60).window == SECOND
