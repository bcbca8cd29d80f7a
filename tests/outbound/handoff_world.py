"""The world of the handoff tests: a seller whose orders come from `mkt` and go to the probe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from handoff_probe import HandoffProbe
from handoff_process import finish
from handoff_rules import CHANNEL, SELLER
from order_samples import an_order
from sqlalchemy import select

from cais.identity import book, buyer
from cais.identity.document import part
from cais.model.claim import order_workflow
from cais.model.handoff import Act, HandoffOrder, HandoffResult
from cais.model.order import Order
from cais.model.vocabulary import Direction
from cais.outbound.handoff import Outbound
from cais.outbound.row import Row, read
from cais.outbound.stamp import stamp_of
from cais.outbound.wake import activated
from cais.rules.files import RuleFiles
from cais.rules.ruleset import compile_rules
from cais.store import connections, rulesets
from cais.store.engine import Store
from cais.store.tables import parked


def activate(store: Store, files: RuleFiles) -> str:
    """Put the rules in force as the hub does, waking what waits for the edited mappings; their digest."""
    rules = compile_rules(files)
    with store.begin() as conn:
        sellers = {name: seller.hashes for name, seller in rules.sellers.items()}
        changed = rulesets.activate(conn, store.clock, files, rules.digest, sellers)
        for seller, mappings in changed.items():
            activated(conn, seller, mappings, store.clock.now())
        listed = [(n, c.platform.name, c.flow.value) for n, c in rules.sellers[SELLER].connections.items()]
        connections.sync(conn, [SELLER], [connections.Listed(n, SELLER, p, f) for n, p, f in listed])
    return rules.digest


@dataclass
class World:
    """A seller whose orders come from `mkt` and go to the probe by one of the strategies."""

    store: Store
    probe: HandoffProbe
    outbound: Outbound
    digest: str
    numbers: Iterator[int]

    def placed(self, order: Order | None = None) -> str:
        """A new order in the book; its workflow id."""
        shown = part(order or an_order(str(next(self.numbers))))
        order_id = order_workflow(SELLER, CHANNEL, shown.order.id)
        now = self.store.clock.now()
        with self.store.begin() as conn:
            book.show(conn, order_id, SELLER, CHANNEL, shown.order, now, now)
            buyer.keep(conn, self.store.keys, SELLER, order_id, shown.personal, now)
        return order_id

    def order(self, target: str, order_id: str | None = None, direction: Direction = Direction.ORDER) -> HandoffOrder:
        """The order to hand an order off (a new one unless told)."""
        act = Act(subject=order_id or self.placed(), target=target, direction=direction)
        return HandoffOrder(seller=SELLER, act=act, plan=self.digest)

    async def finish(self, order: HandoffOrder) -> HandoffResult:
        return await finish(self.outbound, order)

    def row(self, order: HandoffOrder) -> Row:
        with self.store.connect() as conn:
            return read(conn, order.act)

    def made(self, order: HandoffOrder) -> int:
        """How many orders of this one the platform has."""
        return self.probe.made(stamp_of(order.act.subject))

    def parked(self) -> list[str]:
        """The causes of all that is parked."""
        with self.store.connect() as conn:
            return list(conn.execute(select(parked.c.cause)).scalars())
