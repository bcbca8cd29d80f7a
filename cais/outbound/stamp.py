"""The stamp: the hub's order id as exported documents carry it, by which the hub knows its own order again."""

from __future__ import annotations

import uuid

from cais.model.handoff import Act


def stamp_of(order_id: str) -> str:
    """`<channel>-<order>` of an order's workflow id: two channels may number their orders alike."""
    _, _, channel, order = order_id.split(":", 3)
    return f"{channel}-{order}"


def key_of(act: Act) -> str:
    """A key (UUID) for platforms that tell repetitions apart by one: the same for each attempt of an act."""
    name = "/".join((act.subject, act.target, act.direction.value, act.n))
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cais:{name}"))
