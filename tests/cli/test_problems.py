"""`cais problems`: every cause with the place where it failed and what mends it."""

from __future__ import annotations

import click
from sqlalchemy import insert
from sqlalchemy.engine import Connection

from cais import problems
from cais.cli.problems import _text
from cais.store.engine import Store
from cais.store.tables import handoff, inbox, order_book, parked

WHY = "mappings/order.write.yaml:3:5: R202 the value is null"


def park(conn: Connection, store: Store, number: int, message: str | None, cents: int) -> None:
    now = store.clock.now()
    act = {"subject": f"order:aurora:ml:{number}", "direction": "order", "n": "1", "seller": "aurora"}
    times = {"created_at": now, "updated_at": now}
    conn.execute(insert(handoff).values(**act, target="loja", state="parked", attempt=0, message=message, **times))
    waits = {"lane": "loja", "cause": "mapping:loja/order.write", "generation": 1, "since": now, "money_cents": cents}
    conn.execute(insert(parked).values(**act, **waits))


def test_a_cause_is_told_with_its_place_its_money_and_its_remedy(store: Store) -> None:
    with store.begin() as conn:
        park(conn, store, 1, WHY, 24990)
        park(conn, store, 2, WHY, 7980)
    with store.connect() as conn:
        (group,) = problems.groups(conn)
    text = click.unstyle(_text(group))
    assert "mapping:loja/order.write  2 cases of aurora since" in text
    assert "329.70 held up" in text
    assert WHY in text
    assert "order:aurora:ml:1, order:aurora:ml:2" in text
    assert "→ mend the mapping and save it" in text


def test_an_order_that_its_channel_does_not_know_is_a_problem(store: Store) -> None:
    now = store.clock.now()
    with store.begin() as conn:
        names = {"id": "order:aurora:ml:77", "seller": "aurora", "connection": "ml", "remote_id": "77"}
        conn.execute(insert(order_book).values(**names, status="awaited", open=True, created_at=now, updated_at=now))
        asked = {"seller": "aurora", "connection": "ml", "kind": "order", "object_id": "77", "event_id": "claim:1"}
        times = {"received_at": now, "not_before": now, "done_at": now}
        conn.execute(insert(inbox).values(**asked, **times, door="api", state="done", cause="not_found"))
    with store.connect() as conn:
        (group,) = problems.groups(conn)
    assert (group.cause, group.subjects) == ("document:ml", ("order:aurora:ml:77",))
    assert "its channel does not know it" in _text(group)
