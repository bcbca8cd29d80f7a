"""The wire tells three cases apart: an answer, a request that never left, and one of which nobody knows."""

from __future__ import annotations

import gzip
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from probe_platform import Probe, Says

from cais.errors import ActError
from cais.http import transport
from cais.http.transport import Lost, Reply, Transport, tls

SECOND = timedelta(seconds=1)


@pytest_asyncio.fixture
async def wire() -> AsyncIterator[Transport]:
    one = Transport(tls())
    yield one
    await one.close()


async def lost(wire: Transport, url: str, deadline: timedelta = SECOND) -> str:
    with pytest.raises(Lost) as error:
        await wire.exchange("POST", url, [], b"{}", deadline)
    return error.value.kind


async def test_an_answer_comes_whole(wire: Transport, probe: Probe) -> None:
    probe.answers = [Says(201, {"id": 7}, {"X-One": "a", "Set-Cookie": "session=1"})]
    reply = await wire.exchange("POST", f"{probe.url}/orders?a=1%262", [("X-Key", "k")], b'{"total": 10.90}', SECOND)
    assert (reply.status, reply.body) == (201, b'{"id": 7}')
    assert reply.headers["x-one"] == "a"
    (got,) = probe.got
    assert (got.method, got.target, got.body) == ("POST", "/orders?a=1%262", b'{"total": 10.90}')
    assert got.headers["x-key"] == "k"
    assert got.headers["content-length"] == "16"


async def test_no_cookie_is_kept_and_no_redirect_followed(wire: Transport, probe: Probe) -> None:
    probe.answers = [Says(302, headers={"Location": "/elsewhere", "Set-Cookie": "session=1; Path=/"})]
    assert (await wire.exchange("GET", f"{probe.url}/a", [], b"", SECOND)).status == 302
    await wire.exchange("GET", f"{probe.url}/b", [], b"", SECOND)
    assert probe.paths() == ["/a", "/b"]
    assert "cookie" not in probe.got[1].headers


async def test_no_proxy_or_netrc_of_the_environment_is_used(
    wire: Transport, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await wire.exchange("GET", f"{probe.url}/", [], b"", SECOND)).status == 200


async def test_a_closed_port_means_that_nothing_left(wire: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert await lost(wire, f"http://127.0.0.1:{port}/") == "connect"


async def test_a_port_that_never_accepts_means_that_nothing_left(wire: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            kinds = {await lost(wire, f"http://127.0.0.1:{port}/", timedelta(milliseconds=200)) for _ in range(2)}
    assert "protocol" not in kinds


async def test_silence_leaves_it_unknown(wire: Transport, probe: Probe) -> None:
    probe.answers = [Says(hangs=True)]
    assert await lost(wire, probe.url, timedelta(milliseconds=200)) == "timeout"


@pytest.mark.parametrize(
    "said",
    [
        Says(closes=True),
        Says(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
        Says(raw=b"garbage\r\n\r\n"),
        Says(body=b"not gzip", headers={"content-encoding": "gzip"}),
    ],
)
async def test_a_broken_answer_leaves_it_unknown(wire: Transport, probe: Probe, said: Says) -> None:
    probe.answers = [said]
    assert await lost(wire, probe.url) == "protocol"


async def test_the_deadline_covers_a_dripping_answer(wire: Transport, probe: Probe) -> None:
    probe.answers = [Says(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", hangs=True)]
    assert await lost(wire, probe.url, timedelta(milliseconds=200)) == "timeout"


async def test_an_answer_is_bounded_also_when_packed(
    wire: Transport, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "LARGEST_BODY", 10_000)
    packed = gzip.compress(bytes(1_000_000))
    probe.answers = [Says(body=packed, headers={"content-encoding": "gzip"}), Says(body=bytes(10_000))]
    assert await lost(wire, probe.url) == "protocol"
    reply = await wire.exchange("GET", probe.url, [], b"", SECOND)
    assert isinstance(reply, Reply)
    assert len(reply.body) == 10_000


async def test_connections_survive_a_lost_answer(wire: Transport, probe: Probe) -> None:
    probe.answers = [Says(hangs=True)] * 80
    for _ in range(80):
        assert await lost(wire, probe.url, timedelta(milliseconds=5)) in {"timeout", "connect"}
    probe.answers.clear()
    assert (await wire.exchange("GET", probe.url, [], b"", SECOND)).status == 200


@pytest.mark.security
async def test_a_header_cannot_smuggle_another(wire: Transport, probe: Probe) -> None:
    with pytest.raises((Lost, ActError)):
        await wire.exchange("GET", probe.url, [("X-Key", "a\r\nX-Evil: 1")], b"", SECOND)
    assert probe.got == []
