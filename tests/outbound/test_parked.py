"""Parked things wake once, and no wake-up is lost: not between look and park, not between mark and signal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, insert, select

from cais.errors import NotFound
from cais.model.handoff import Act
from cais.model.vocabulary import Direction
from cais.outbound import parked, settings, wake
from cais.outbound.parked import Parked
from cais.outbound.wake import wake_round
from cais.store.engine import Store
from cais.store.tables import active
from cais.store.tables import parked as table

SELLER = "aurora"


def act(number: int, target: str = "loja") -> Act:
    return Act(subject=f"order:{SELLER}:ml:{number}", target=target, direction=Direction.ORDER)


def park(conn: Connection, store: Store, number: int, cause: str, mapping: str | None = None) -> bool:
    """Park as a handoff does; False if the cause was mended meanwhile."""
    seen = parked.generation(conn, SELLER)
    if settings.has(conn, SELLER, "loja", cause):
        return False
    waiting = Parked.of_act(SELLER, act(number), cause, mapping, 1990)
    parked.register(conn, waiting, seen, store.clock.now())
    return True


def give(conn: Connection, store: Store, kind: str, key: str, connection: str = "loja") -> int:
    return settings.give(conn, SELLER, connection, kind, key, "C-1", "Rita", store.clock.now())


def rows(conn: Connection) -> Sequence[Row[Any]]:
    return conn.execute(select(table).order_by(table.c.subject)).all()


class Heard:
    """Hears retries; `missing` does not run."""

    def __init__(self, missing: str = "") -> None:
        self.lanes: list[tuple[str, str]] = []
        self.missing = missing

    async def retry(self, subject: str, lane: str) -> None:
        if subject == self.missing:
            raise NotFound(subject)
        self.lanes.append((subject, lane))


@pytest.fixture(autouse=True)
def rules(store: Store) -> None:
    row = {"seller": SELLER, "digest": "d", "generation": 1, "hashes": "{}", "activated_at": store.clock.now()}
    with store.begin() as conn:
        conn.execute(insert(active).values(row))


def test_only_what_waits_for_the_cause_is_marked(store: Store) -> None:
    with store.begin() as conn:
        park(conn, store, 1, "setting:carrier:correios")
        park(conn, store, 2, "setting:carrier:jadlog")
        park(conn, store, 3, "mapping:loja/order.write", "loja/order.write")
        park(conn, store, 4, "reject:NO-CEP", "loja/order.write")
        assert give(conn, store, "carrier", "correios", "bling") == 0
        assert give(conn, store, "carrier", "correios") == 1
        assert wake.activated(conn, SELLER, ["loja/order.write", "ml/x"], store.clock.now()) == 2
        assert [row.woken for row in rows(conn)] == [1, 0, 1, 1]


def test_a_setting_of_the_connection_goes_before_one_of_all_and_null_is_a_value(store: Store) -> None:
    with store.begin() as conn:
        settings.give(conn, SELLER, "*", "carrier", "c", "all", "Rita", store.clock.now())
        settings.give(conn, SELLER, "loja", "carrier", "c", None, "Rita", store.clock.now())
        assert settings.read(conn, SELLER, "loja") == {"carrier": {"c": None}}
        assert settings.read(conn, SELLER, "ml") == {"carrier": {"c": "all"}}
        assert settings.has(conn, SELLER, "loja", "setting:carrier:c")
        assert settings.take_away(conn, SELLER, "loja", "carrier", "c")
        assert not settings.take_away(conn, SELLER, "loja", "carrier", "c")
        assert settings.given(conn, SELLER) == [("*", "carrier", "c", "all")]


def test_what_parks_again_for_the_same_cause_has_waited_since_it_first_did(store: Store) -> None:
    with store.begin() as conn:
        park(conn, store, 1, "setting:carrier:c")
        since = rows(conn)[0].since
        give(conn, store, "x", "y")
        park(conn, store, 1, "setting:carrier:c")
        assert rows(conn)[0].since == since
        park(conn, store, 1, "reject:NO-CEP")
        assert rows(conn)[0].since > since
        parked.clear(conn, act(1).subject, "loja", "order", "1")
        assert rows(conn) == []


async def test_a_setting_given_between_look_and_park_is_never_lost(store: Store) -> None:
    """Whoever comes second sees the other: either it does not park, or it is marked."""

    async def one(number: int) -> None:
        await asyncio.gather(
            store.write(park, store, number, f"setting:carrier:{number}"),
            store.write(give, store, "carrier", str(number)),
        )

    for number in range(40):
        await one(number)
    with store.connect() as conn:
        assert all(row.woken == 1 for row in rows(conn))


async def test_the_pump_signals_each_marked_lane_once(store: Store) -> None:
    with store.begin() as conn:
        for number in range(3):
            park(conn, store, number, "setting:carrier:c")
        park(conn, store, 9, "setting:carrier:other")
        give(conn, store, "carrier", "c")
    heard = Heard()
    assert await wake_round(store, heard, SELLER) == 3
    assert await wake_round(store, heard, SELLER) == 0
    assert sorted(heard.lanes) == [(act(number).subject, "loja") for number in range(3)]
    with store.connect() as conn:
        assert [row.woken for row in rows(conn)] == [0, 0, 0, 0]


async def test_the_pump_takes_a_batch_at_a_bounded_rate(store: Store) -> None:
    with store.begin() as conn:
        for number in range(wake.BATCH + 5):
            park(conn, store, number, "setting:carrier:c")
        give(conn, store, "carrier", "c")
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await wake_round(store, Heard(), SELLER) == wake.BATCH
    least = store.clock.real(timedelta(seconds=wake.BATCH / wake.PER_SECOND))
    assert loop.time() - began >= least.total_seconds()
    assert await wake_round(store, Heard(), SELLER) == 5


async def test_what_parks_anew_and_is_mended_again_while_it_is_signalled_stays_marked(store: Store) -> None:
    with store.begin() as conn:
        park(conn, store, 1, "setting:carrier:c")
        give(conn, store, "carrier", "c")

    class Meanwhile(Heard):
        async def retry(self, subject: str, lane: str) -> None:
            await super().retry(subject, lane)
            if len(self.lanes) == 1:
                await store.write(park, store, 1, "setting:carrier:d")
                await store.write(give, store, "carrier", "d")

    heard = Meanwhile()
    assert await wake_round(store, heard, SELLER) == 1
    assert await wake_round(store, heard, SELLER) == 1
    assert len(heard.lanes) == 2


async def test_who_does_not_run_is_tried_again_later_and_holds_up_nobody(store: Store) -> None:
    with store.begin() as conn:
        park(conn, store, 1, "setting:carrier:c")
        park(conn, store, 2, "setting:carrier:c")
        give(conn, store, "carrier", "c")
    heard = Heard(missing=act(1).subject)
    assert await wake_round(store, heard, SELLER) == 2
    assert heard.lanes == [(act(2).subject, "loja")]
    assert await wake_round(store, heard, SELLER) == 0
    await asyncio.sleep(store.clock.real(wake.LEASE).total_seconds())
    heard.missing = ""
    assert await wake_round(store, heard, SELLER) == 1
    assert heard.lanes[-1] == (act(1).subject, "loja")
