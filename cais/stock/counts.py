"""Counts: what a connection shows of its stock, with the time before each reading began."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from cais.model.stock import Stock
from cais.model.vocabulary import WantedGroup
from cais.outbound import wanted
from cais.stock import kit, reservations
from cais.stock.available import Holding, holding
from cais.store.tables import stock_count
from cais.store.upsert import upsert


def store_counts(
    conn: Connection, seller: str, connection: str, stock: Stock, read_began: datetime, now: datetime
) -> bool:
    """Keep all counts of one SKU by one connection; False if they were read before those that are kept.

    A place that is no longer named counts zero. Values on the channels are wanted anew only if what is available
    changed: an order that moves from a reservation into the count changes nothing.
    """
    kept = _kept(conn, seller, connection, stock.sku)
    if any(row.read_began > read_began for row in kept):
        return False
    before = holding(conn, seller, connection, stock.sku)
    old = {row.location: row.units for row in kept}
    new = {**dict.fromkeys(old, 0), **{count.location: count.units for count in stock.counts}}
    for location, units in new.items():
        key = {"seller": seller, "connection": connection, "location": location, "sku": stock.sku}
        upsert(conn, stock_count, {**key, "units": units, "read_began": read_began})
    if new != old:
        change = _change(old.values(), new.values())
        reservations.unblock(conn, seller, connection, stock.sku, change, before.held, read_began)
    after = holding(conn, seller, connection, stock.sku)
    if not _worth_the_same(before, after):
        wanted.raise_skus(conn, seller, kit.sold_as(conn, seller, (stock.sku,)), (WantedGroup.STOCK,), now)
    return True


def _change(old: Iterable[int | None], new: Iterable[int | None]) -> int | None:
    """Units more than before; None where a place is unlimited."""
    before, after = list(old), list(new)
    return None if None in before + after else sum(filter(None, after)) - sum(filter(None, before))


def _worth_the_same(before: Holding, after: Holding) -> bool:
    if len(after.places) == 1:
        return before.available("sum") == after.available("sum")
    # A channel may offer some of the places only, so each of them matters.
    units = [{place.location: place.units for place in holding.places} for holding in (before, after)]
    return units[0] == units[1] and (before.held, before.blocked) == (after.held, after.blocked)


def _kept(conn: Connection, seller: str, connection: str, sku: str) -> Sequence[Row[Any]]:
    mine = (stock_count.c.seller == seller, stock_count.c.connection == connection, stock_count.c.sku == sku)
    return conn.execute(select(stock_count).where(*mine).order_by(stock_count.c.location).with_for_update()).all()
