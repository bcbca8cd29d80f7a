"""The writing transactions of a handoff, one for each way it may go on. Each moves the row as it was last seen.

The state that the workflow decided is recorded in the same transaction, whichever it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from cais.crash import crash_point
from cais.identity import ref
from cais.identity.recording import record
from cais.lifecycle.lane import OBSERVED
from cais.model.handoff import HandoffOrder, HandoffResult
from cais.model.order import Order
from cais.outbound import context, effects, listed, parked, pinned, settings, source
from cais.outbound.context import sku_at
from cais.outbound.dedup import DOUBT
from cais.outbound.price import Unpriced
from cais.outbound.row import IN_DOUBT, HandoffState, Row, move
from cais.outbound.stamp import stamp_of
from cais.outbound.work import Task, Work
from cais.rules.message import Outcome, Request
from cais.store import journal
from cais.store.engine import Store
from cais.store.tables import order_book


class Stale(Exception):
    """What was seen has changed meanwhile: nothing was written, look again at once."""


def keep_record(conn: Connection, order: HandoffOrder, now: datetime) -> None:
    """Write the state that the workflow decided, unless the book holds it."""
    if order.record is not None:
        record(conn, order.record, now)


def begin(conn: Connection, store: Store, work: Work, seen: Row, requests: Sequence[Request]) -> Row:
    """Commit to sending: lease, attempt, request and digests are written before the first byte leaves."""
    now = store.clock.now()
    sealed = store.keys.seal(conn, work.act.subject, work.seller, pinned.pack(requests))
    row = replace(
        seen,
        state=HandoffState.SENDING,
        stored=True,
        attempt=seen.attempt + 1,
        looks=0,
        lease_until=now + store.clock.real(work.lease),
        request=sealed,
        request_digest=pinned.digest(requests),
        rule_digest=work.digest,
        stamp=stamp_of(work.act.subject) if work.creates_order else None,
        cause=None,
    )
    _move(conn, work, seen, row, now, operation=work.name, mapping_hash=_hash(work), sent_at=now)
    if row.stamp is not None:
        ref.link(conn, work.seller, work.act.target, "correlation", row.stamp, work.act.subject, now)
    keep_record(conn, work.order, now)
    crash_point("handoff.begun")
    return row


def back(conn: Connection, store: Store, work: Work, sent: Row, before: Row, outcome: Outcome | None) -> Row:
    """The request did not take effect: the row is as it was before, with its doubts if it had any."""
    doubtful = before.state in IN_DOUBT
    state = HandoffState.UNKNOWN if doubtful else HandoffState.OPEN
    kept = sent.request if doubtful else None
    row = replace(sent, state=state, lease_until=None, request=kept, looks=before.looks)
    now = store.clock.now()
    _move(conn, work, sent, row, now, **_told(outcome))
    return replace(row, updated_at=now)


def doubt(conn: Connection, store: Store, work: Work, sent: Row, outcome: Outcome) -> Row:
    """The request may or may not have taken effect."""
    now = store.clock.now()
    row = replace(sent, state=HandoffState.UNKNOWN, lease_until=None)
    _move(conn, work, sent, row, now, **_told(outcome))
    _note(conn, store, work, row, {"state": row.state, "code": outcome.code})
    return replace(row, updated_at=now)


def missed(conn: Connection, store: Store, work: Work, seen: Row) -> Row:
    """A look-up found nothing."""
    row = replace(seen, state=HandoffState.UNKNOWN, lease_until=None, looks=seen.looks + 1)
    now = store.clock.now()
    _move(conn, work, seen, row, now)
    return replace(row, updated_at=now)


def done(conn: Connection, store: Store, work: Work, seen: Row, outcome: Outcome) -> HandoffResult:
    """It is so at the target: by this request, or by an earlier one that was found."""
    now = store.clock.now()
    row = replace(
        seen, state=HandoffState.DONE, lease_until=None, request=None, remote_id=outcome.remote_id, cause=None
    )
    result = dict(outcome.result) or None
    _move(conn, work, seen, row, now, operation=work.name, result=result, **_told(outcome))
    effects.done(conn, store.clock, work, row, now)
    _clear(conn, work)
    keep_record(conn, work.order, now)
    _note(conn, store, work, row, {"state": row.state, "remote_id": row.remote_id})
    crash_point("handoff.done")
    return HandoffResult(state="done", remote_id=row.remote_id, digest=row.rule_digest)


def annul(conn: Connection, store: Store, work: Task, seen: Row) -> HandoffResult:
    """A cancellation has overtaken it: nothing of it is at the target, and nothing is ever sent again."""
    now = store.clock.now()
    row = replace(seen, state=HandoffState.ANNULLED, lease_until=None, request=None, cause=None)
    _move(conn, work, seen, row, now)
    _clear(conn, work)
    keep_record(conn, work.order, now)
    _note(conn, store, work, row, {"state": row.state})
    return HandoffResult(state="annulled")


def again(conn: Connection, store: Store, order: HandoffOrder, row: Row) -> HandoffResult:
    """It has been decided before: the same answer again, and nothing is sent."""
    keep_record(conn, order, store.clock.now())
    if row.state is HandoffState.ANNULLED:
        return HandoffResult(state="annulled")
    return HandoffResult(state="done", remote_id=row.remote_id, digest=row.rule_digest)


@dataclass(frozen=True)
class Cause:
    """Why an act cannot succeed now. `mapping` is the one whose edit may mend it; `outcome`, what the platform said."""

    name: str
    message: str | None = None
    mapping: str | None = None
    outcome: Outcome | None = None
    made_of: Order | None = None
    """The order that a mapping could not be made of."""

    @property
    def decides(self) -> bool:
        """It ends a doubt: the platform has answered, or a person is asked."""
        return self.outcome is not None or self.name.startswith(f"{DOUBT}:")


# Each looks again, in the transaction that parks: a moment that was taken before a transaction waited tells nothing.


def _price_came(conn: Connection, store: Store, task: Task, cause: Cause) -> bool:
    """The price that was missed is there by now."""
    if not cause.name.startswith("price:"):
        return False
    try:
        listed.of_act(conn, task.act, task.shop, store.clock.now())
    except Unpriced as unpriced:
        return unpriced.cause != cause.name
    return True


def _document_came(conn: Connection, store: Store, task: Task, cause: Cause) -> bool:
    """The order that could not be mapped is shown otherwise by now."""
    if cause.made_of is None:
        return False
    _hold_order(conn, task)
    shown = context.of_order(conn, store.keys, task.seller, task.act, store.clock.now())
    return bool(shown["order"] != cause.made_of)


def _word_came(conn: Connection, store: Store, task: Task, cause: Cause) -> bool:
    """The target has said itself what it asks to be told first."""
    prefix, _, word = cause.name.partition(":")
    if prefix != "requires":
        return False
    _hold_order(conn, task)
    return source.is_told(conn, task.act, word)


def _hold_order(conn: Connection, task: Task) -> None:
    """Nobody shows the order otherwise until the end of the transaction."""
    conn.execute(select(order_book.c.id).where(order_book.c.id == task.act.subject).with_for_update())


def _sku_came(conn: Connection, store: Store, task: Task, cause: Cause) -> bool:
    """The target's catalogue has the SKU by now."""
    prefix, _, sku = cause.name.partition(settings.cause_of("sku", ""))
    return not prefix and bool(sku) and bool(sku_at(conn, task.seller, task.act.target, [sku]))


def park(
    conn: Connection, store: Store, task: Task, seen: Row, cause: Cause, shown: Sequence[Request] = ()
) -> HandoffResult:
    """It cannot succeed until the cause is mended. Raises `Stale` if it was mended meanwhile.

    What is in doubt stays so. `shown`: what would be sent if the hub did not only observe.
    """
    now = store.clock.now()
    # First of all: it waits for whoever mends something, and what is looked at below is as they left it.
    if parked.generation(conn, task.seller) != task.generation:
        raise Stale
    came = any(test(conn, store, task, cause) for test in (_price_came, _document_came, _sku_came, _word_came))
    if came or settings.has(conn, task.seller, task.act.target, cause.name):
        raise Stale
    row = replace(seen, cause=cause.name, message=cause.message)
    if row.state in IN_DOUBT and not cause.decides:
        row = replace(row, state=HandoffState.UNKNOWN, lease_until=None)
    else:
        row = _resting(conn, store, task, row, shown)
    _move(conn, task, seen, row, now, operation=task.name, **_told(cause.outcome))
    waiting = parked.Parked.of_act(task.seller, task.act, cause.name, cause.mapping, _money(conn, task))
    parked.register(conn, waiting, task.generation, now)
    crash_point("parked.registering")
    keep_record(conn, task.order, now)
    _note(conn, store, task, row, {"state": "parked", "cause": cause.name})
    return HandoffResult(state="parked", cause=cause.name, message=cause.message, digest=task.digest)


def observed(conn: Connection, store: Store, work: Work, seen: Row, requests: Sequence[Request]) -> HandoffResult:
    """What would be sent is kept. Somebody else tells the target, so it is counted in its stock all the same."""
    result = park(conn, store, work, seen, Cause(OBSERVED), requests)
    effects.counted(conn, store.clock, work, store.clock.now())
    return result


def _resting(conn: Connection, store: Store, task: Task, row: Row, shown: Sequence[Request]) -> Row:
    """Nothing is under way. Parked; or open, with what would be sent."""
    if not shown:
        return replace(row, state=HandoffState.PARKED, lease_until=None, request=None)
    sealed = store.keys.seal(conn, task.act.subject, task.seller, pinned.pack(shown))
    row = replace(row, request_digest=pinned.digest(shown), rule_digest=task.digest)
    return replace(row, state=HandoffState.OPEN, lease_until=None, request=sealed)


def _move(conn: Connection, work: Task, seen: Row, row: Row, now: datetime, **more: Any) -> None:
    move(conn, work.seller, work.act, seen, now, **row.columns, **more)


def _told(outcome: Outcome | None) -> dict[str, Any]:
    return {} if outcome is None else {"outcome": outcome.kind.value, "code": outcome.code}


def _hash(work: Work) -> str | None:
    mappings = work.operation.mappings
    return mappings[0].hash if mappings else None


def _clear(conn: Connection, work: Task) -> None:
    act = work.act
    parked.clear(conn, act.subject, act.target, act.direction.value, act.n)


def _money(conn: Connection, work: Task) -> int | None:
    total = select(order_book.c.total_cents).where(order_book.c.id == work.act.subject)
    return conn.execute(total).scalar_one_or_none()


def _note(conn: Connection, store: Store, work: Task, row: Row, detail: dict[str, Any]) -> None:
    act = work.act
    what = {"direction": act.direction.value, "n": act.n, "attempt": row.attempt, "rules": row.rule_digest}
    journal.note(conn, work.seller, act.subject, act.target, "handoff", {**what, **detail}, store.clock.now())
