"""What an act is rendered from, and what it still lacks: read in one transaction when the act's turn has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exists, select

from cais.clock import Clock
from cais.model.handoff import Act
from cais.model.vocabulary import Direction
from cais.outbound import context, listed
from cais.outbound.effects import PER_PACKAGE
from cais.outbound.row import HandoffState
from cais.outbound.work import Work
from cais.store.connections import get_connection
from cais.store.seal import KeyRing
from cais.store.tables import fact, handoff, order_book


@dataclass(frozen=True)
class Source:
    """One context for each time the operation has to be carried out (a listing's verb: for each variant), and the
    direction that the target has to be told first."""

    contexts: tuple[dict[str, Any], ...]
    lacks: str | None = None


def read(conn: Connection, keys: KeyRing, clock: Clock, work: Work) -> Source:
    """Raises `NotFound` when the subject is unknown, or its personal data erased."""
    found = _contexts(conn, keys, clock, work)
    run = {"hook_url": _hook_url(conn, work)}
    contexts = tuple({**each, "run": {**each["run"], **run}} for each in found)
    return Source(contexts, next((word for word in work.operation.requires if not is_told(conn, work.act, word)), None))


def _contexts(conn: Connection, keys: KeyRing, clock: Clock, work: Work) -> tuple[dict[str, Any], ...]:
    if work.act.direction is Direction.LISTING:
        return listed.of_act(conn, work.act, work.shop, clock.now())
    found = context.of_order(conn, keys, work.seller, work.act, clock.now())
    # What only would have been made has no id at the target: the stamp stands for it in what is shown.
    return ({"id": found["run"]["stamp"], **found} if work.observes else found,)


def _hook_url(conn: Connection, work: Work) -> str | None:
    if work.connection.public_url is None:
        return None
    secret = get_connection(conn, work.connection.name).hook_secret
    return f"{work.connection.public_url.rstrip('/')}/hooks/{work.connection.name}/{secret}"


def is_told(conn: Connection, act: Act, word: str) -> bool:
    """Whether the target knows it: it was told, or it said so itself."""
    return _was_handed(conn, act, word) or _said_itself(conn, act, word)


def _was_handed(conn: Connection, act: Act, word: str) -> bool:
    asked = (handoff.c.subject == act.subject, handoff.c.target == act.target, handoff.c.direction == word)
    ordinals = conn.execute(select(handoff.c.n).where(*asked, handoff.c.state == HandoffState.DONE.value)).scalars()
    if word in PER_PACKAGE and act.direction in PER_PACKAGE:
        return any(act.model_copy(update={"n": n}).item == act.item for n in ordinals)
    return any(True for _ in ordinals)


def _said_itself(conn: Connection, act: Act, word: str) -> bool:
    said = exists().where(fact.c.order_id == act.subject, fact.c.direction == word, fact.c.source == act.target)
    if word == Direction.ORDER:
        said = exists().where(order_book.c.id == act.subject, order_book.c.connection == act.target)
    return bool(conn.execute(select(said)).scalar_one())
