"""Lists end where they end: every page once, no loop for ever, no other server, nothing cut off in silence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from probe_platform import Got, Probe, Says
from probe_rules import rules

from cais.errors import CircuitOpen, MappingError, PlatformRefused, Throttled, TryLater
from cais.http.client import Sender
from cais.http.paging import PageRead
from cais.rules.pages import Page
from cais.rules.ruleset import ConnectionRules

WINDOW = {"window": {"from": datetime(2026, 11, 1, tzinfo=UTC), "to": datetime(2026, 11, 2, tzinfo=UTC)}}


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def loja(probe: Probe) -> ConnectionRules:
    return rules(probe.url)


async def read(
    sender: Sender, loja: ConnectionRules, name: str = "list_things", start: Page | None = None
) -> list[PageRead]:
    operation = loja.platform.operations[name]
    return [page async for page in sender.pages(loja, operation, WINDOW, share="bulk", start=start)]


def ids(pages: list[PageRead]) -> list[str]:
    return [ref.id for page in pages for ref in page.refs]


def numbered(pages: int) -> Any:
    def handler(got: Got) -> Says:
        number = int(got.query["page"])
        return Says(json={"list": [{"id": f"o{number}", "changed": f"v{number}"}], "pages": pages})

    return handler


async def test_every_page_is_read_once(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.handler = numbered(3)
    pages = await read(sender, loja)
    assert ids(pages) == ["o1", "o2", "o3"]
    assert [ref.version for page in pages for ref in page.refs] == ["v1", "v2", "v3"]
    assert [got.query for got in probe.got] == [
        {"from": "2026-11-01T00:00:00Z", "page": str(number)} for number in (1, 2, 3)
    ]
    assert [(page.next is None, page.truncated) for page in pages] == [(False, False), (False, False), (True, False)]


async def test_reading_goes_on_where_it_stopped(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.handler = numbered(3)
    first = next(iter(await read(sender, loja)))
    assert ids(await read(sender, loja, start=first.next)) == ["o2", "o3"]


async def test_an_empty_page_ends_the_list(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.answers = [
        Says(json={"list": [{"id": "a", "changed": "1"}], "pages": 9}),
        Says(json={"list": [], "pages": 9}),
    ]
    assert ids(await read(sender, loja)) == ["a"]


async def test_a_page_that_is_not_found_ends_the_list(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.answers = [Says(json={"list": [{"id": "a", "changed": "1"}], "pages": 9}), Says(404, {})]
    assert ids(await read(sender, loja)) == ["a"]


async def test_a_list_longer_than_allowed_says_so(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.handler = numbered(9)
    pages = await read(sender, loja)
    assert ids(pages) == ["o1", "o2", "o3", "o4"]
    assert [page.truncated for page in pages] == [False, False, False, True]


async def test_a_list_as_long_as_allowed_is_whole(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.handler = numbered(4)
    assert not any(page.truncated for page in await read(sender, loja))


async def test_a_page_given_again_and_again_is_an_error(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    probe.handler = lambda _: Says(json={"list": [{"id": "a", "changed": "1"}], "pages": 3})
    with pytest.raises(MappingError, match="repeats an earlier one"):
        await read(sender, loja)
    assert len(probe.got) == 2


async def test_a_cursor_is_followed_to_its_end(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    following = {None: "c1", "c1": "c2", "c2": None}

    def handler(got: Got) -> Says:
        at = got.query.get("after")
        return Says(json={"list": [{"id": f"p-{at}"}], "next": following[at]})

    probe.handler = handler
    assert ids(await read(sender, loja, "list_by_cursor")) == ["p-None", "p-c1", "p-c2"]


async def test_cursors_that_go_round_are_an_error(sender: Sender, loja: ConnectionRules, probe: Probe) -> None:
    count = iter(range(100))
    following = {None: "c1", "c1": "c2", "c2": "c1"}
    probe.handler = lambda got: Says(json={"list": [{"id": next(count)}], "next": following[got.query.get("after")]})
    with pytest.raises(MappingError, match="repeats an earlier one"):
        await read(sender, loja, "list_by_cursor")
    assert len(probe.got) == 3


async def test_the_next_address_is_followed_on_the_same_server(
    sender: Sender, loja: ConnectionRules, probe: Probe
) -> None:
    probe.answers = [
        Says(json={"list": [{"id": "a"}], "next": f"{probe.url}/v2/linked?token=x%2Fy"}),
        Says(json={"list": [{"id": "b"}], "next": "/v3/linked"}),
        Says(json={"list": [{"id": "c"}], "next": None}),
    ]
    assert ids(await read(sender, loja, "list_by_address")) == ["a", "b", "c"]
    assert [got.target for got in probe.got] == ["/api/linked", "/v2/linked?token=x%2Fy", "/v3/linked"]


@pytest.mark.security
@pytest.mark.parametrize("next_url", ["https://evil.example/x", "//evil.example/x", "http://127.0.0.1:1/x"])
async def test_the_next_address_leads_to_no_other_server(
    sender: Sender, loja: ConnectionRules, probe: Probe, next_url: str
) -> None:
    probe.answers = [Says(json={"list": [{"id": "a"}], "next": next_url})]
    with pytest.raises(MappingError, match="another server"):
        await read(sender, loja, "list_by_address")
    assert len(probe.got) == 1


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (Says(503), TryLater),
        (Says(closes=True), TryLater),
        (Says(429, {}), Throttled),
        (Says(401, {}), CircuitOpen),
        (Says(400, {"code": "E1"}), PlatformRefused),
        (Says(200, {"pages": 1}), MappingError),
    ],
)
async def test_a_page_that_cannot_be_read_is_an_error(
    sender: Sender, loja: ConnectionRules, probe: Probe, said: Says, error: type[Exception]
) -> None:
    probe.answers = [Says(json={"list": [{"id": "a", "changed": "1"}], "pages": 2}), said]
    pages = aiter(sender.pages(loja, loja.platform.operations["list_things"], WINDOW, share="bulk"))
    assert ids([await anext(pages)]) == ["a"], "what was read before is not lost"
    with pytest.raises(error):
        await anext(pages)
