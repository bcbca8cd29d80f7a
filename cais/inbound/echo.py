"""Echo: is an order that a connection shows one of ours? By the stamp it carries first, by its id second.

A platform may tell the world of an order before it has answered the hub that created it: while such an answer is
open, an order that nobody knows is held back.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from cais.identity import book, ref
from cais.model.claim import order_workflow
from cais.model.order import Order
from cais.model.vocabulary import Flow
from cais.outbound.row import creating


@dataclass(frozen=True)
class Ours:
    """The order of this workflow id."""

    order_id: str


@dataclass(frozen=True)
class Ignored:
    """Not for the hub: `own` (the store's own sale), `echo`, `before-cut-off`."""

    cause: str


@dataclass(frozen=True)
class HeldBack:
    """Nobody can say yet: a create at the connection is undecided."""


Verdict = Ours | Ignored | HeldBack


def whose(conn: Connection, seller: str, connection: str, flow: Flow, order: Order) -> Verdict:
    """Whose order it is. A channel's own orders are the hub's; a backoffice's only if the hub put them there."""
    exported = _exported(conn, connection, order)
    if flow is Flow.SALES_CHANNEL:
        # What the hub wrote into this account in another life comes back; it is no sale.
        return Ignored("echo") if exported else Ours(order_workflow(seller, connection, order.id))
    if exported:
        return Ours(exported)
    return HeldBack() if creating(conn, connection) else Ignored("own")


def _exported(conn: Connection, connection: str, order: Order) -> str | None:
    """The order of another connection that this one stands for."""
    if order.correlation is not None and (stamped := ref.order_of_stamp(conn, connection, order.correlation)):
        return stamped
    known = next(filter(None, (ref.local_id(conn, connection, "order", x) for x in (order.id, *order.parts))), None)
    if known is None:
        return None
    row = book.entry(conn, known)
    return known if row is not None and row.connection != connection else None
