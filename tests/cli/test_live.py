"""The live feed: one line for each thing that happens, and only what is new of what platforms show."""

from __future__ import annotations

import asyncio

import pytest

from cais.cli.live import Feed
from cais.store import journal
from cais.store.engine import Store

ORDER = "order:aurora:ml:1"


async def shown(store: Store, capsys: pytest.CaptureFixture[str], feed: Feed) -> list[str]:
    """What the feed prints until it has caught up, without the time."""
    following = asyncio.create_task(feed.follow())
    await asyncio.sleep(0.5)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    return [line[10:] for line in capsys.readouterr().out.splitlines()]


async def test_of_what_a_platform_shows_only_the_news_are_told(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    feed, now = Feed(store), store.clock.now()
    with store.begin() as conn:
        for said in (["order", "payment"], ["order", "payment"], ["order", "payment", "dispatch"]):
            journal.note(conn, "aurora", ORDER, "ml", "observed", {"said": said}, now)
        journal.note(conn, "aurora", ORDER, "hub", "status", {"status": "shipped"}, now)
    lines = await shown(store, capsys, feed)
    assert [" ".join(line.split()) for line in lines] == [
        "order aurora:ml:1 ml shows the order, the payment",
        "order aurora:ml:1 ml shows the dispatch",
        "order aurora:ml:1 hub now shipped",
    ]


async def test_what_happened_before_is_not_told_again(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with store.begin() as conn:
        journal.note(conn, "aurora", ORDER, "hub", "status", {"status": "paid"}, store.clock.now())
    assert await shown(store, capsys, Feed(store)) == []
