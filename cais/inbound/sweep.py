"""Sweep: the second net under hooks and polls. Lists by window, re-reads each open order by its id, looks for products
that were never seen and for those that are gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from cais.errors import NotFound
from cais.http.client import Sender
from cais.inbound import catalogue, cursor, inbox
from cais.inbound.cursor import Cursor
from cais.inbound.door import Pointer, receive_all
from cais.inbound.poll import EVER, Errand, ListReader, PlatformList, Polled, Window, lists, pointer, slices
from cais.model.vocabulary import Direction, ObjectKind
from cais.rules.message import Ref
from cais.rules.ruleset import ConnectionRules
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf
from cais.store.tables import order_book, ref

KEPT: Final = timedelta(days=30)
"""How long inbox rows that were dealt with are kept (nominal)."""

_PAGE: Final = 500
_NAME: Final = "sweep"


class Sweep:
    """The sweeps of all connections of one process."""

    def __init__(self, store: Store, shelf: RuleShelf, sender: Sender) -> None:
        self._store, self._shelf, self._sender = store, shelf, sender
        self._reader = ListReader(store, sender)

    async def round(self, seller: str, connection: str) -> Polled:
        """Sweep the connection if it is due. Raises what reading a list raises; it is then due again."""
        try:
            rules = (await self._shelf.active(seller))[0].connection(connection)
        except NotFound:
            return Polled()
        began = self._store.clock.now()
        last = await self._store.read(cursor.read, connection, _NAME)
        if last is not None and last.read_at + self._store.clock.real(rules.platform.poll.sweep) > began:
            return Polled()
        return Polled(await self.run(rules, began, last.read_at if last else None))

    async def run(self, rules: ConnectionRules, began: datetime, last: datetime | None) -> int:
        """Sweep now; how many rows it wrote. `last`: when the sweep before began."""
        rows = await self._open_orders(rules, self._mark(rules, began, last))
        for each in lists(rules):
            if each.direction is Direction.ORDER and last is not None:
                rows += await self._window(rules, each, began, last)
            if each.direction is Direction.CATALOGUE:
                rows += await self._products(rules, each, began)
        await self._store.write(inbox.prune, rules.name, self._store.clock.before(KEPT))
        done = Cursor({}, began)
        await self._store.write(cursor.write, rules.seller, rules.name, _NAME, done)
        return rows

    async def _window(self, rules: ConnectionRules, each: PlatformList, began: datetime, last: datetime) -> int:
        errand = Errand(rules, each, began, "sweep")
        start = last - self._store.clock.real(rules.platform.poll.overlap)
        return sum([await self._reader.read(errand, window) for window in slices(each, start, began)])

    def _mark(self, rules: ConnectionRules, began: datetime, last: datetime | None) -> datetime:
        """The moment from which the sweep was due. One that fails and is tried again asks for no order twice."""
        start, every = last or EVER, self._store.clock.real(rules.platform.poll.sweep)
        return start + (began - start) // every * every

    async def _open_orders(self, rules: ConnectionRules, mark: datetime) -> int:
        """A list never shows all that changes: some hide cancelled orders, none shows what it forgets."""
        rows, after = 0, ""
        while ids := await self._store.read(_open_at, rules.name, after):
            pointers = [pointer(rules, Ref(ObjectKind.ORDER, each), mark, "sweep") for each in ids]
            rows += await self._store.write(receive_all, pointers, self._store.clock.now())
            after = ids[-1]
        return rows

    async def _products(self, rules: ConnectionRules, each: PlatformList, began: datetime) -> int:
        """Compare the platform's ids with ours; each that only one side has is read."""
        seen, whole = set[str](), True
        context = Errand(rules, each, began, "sweep").context(Window(EVER, began))
        async for page in self._sender.pages(rules, each.operation, context, share="bulk"):
            seen.update(ref.id for ref in page.refs if ref.kind is ObjectKind.PRODUCT)
            whole = whole and not page.truncated
        held = await self._store.read(catalogue.active_remote_ids, rules.seller, rules.name)
        differing = (held ^ seen) if whole else seen - held
        pointers = list(_pointers(rules, sorted(differing), began))
        return await self._store.write(receive_all, pointers, began)


def _pointers(rules: ConnectionRules, ids: Iterable[str], began: datetime) -> Iterable[Pointer]:
    return (pointer(rules, Ref(ObjectKind.PRODUCT, each), began, "sweep") for each in ids)


def _open_at(conn: Connection, connection: str, after: str) -> list[str]:
    """Ids at the connection of the open orders that it sells or manages, from the one behind `after`."""
    is_open = order_book.c.open.is_(True)
    sold = select(order_book.c.remote_id.label("id")).where(order_book.c.connection == connection, is_open)
    exported = select(ref.c.remote_id.label("id")).join(order_book, order_book.c.id == ref.c.local_id)
    exported = exported.where(ref.c.connection == connection, ref.c.kind == "order", is_open)
    exported = exported.where(order_book.c.connection != connection)
    both = sold.union(exported).subquery()
    page = select(both.c.id).where(both.c.id > after).order_by(both.c.id).limit(_PAGE)
    return list(conn.execute(page).scalars())
