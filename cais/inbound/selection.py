"""Selection: which products a channel offers, as its seller's rules say, and what their listings have to be told.

A listing's row keeps the revision of its selection and whether the workflow knows it: a process that dies between the
two tells it again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, insert, select, update

from cais.model.claim import listing_workflow
from cais.model.product import Product, Variant
from cais.model.selection import ListingStart, Selected, Unselected
from cais.outbound import wanted
from cais.store.tables import cursor, listed_variant, listing
from cais.store.upsert import insert_new

SELECTION: Final = "selection"
"""Name of the cursor that says by which generation of the rules a connection's products were selected last."""


@dataclass(frozen=True)
class Channel:
    """A connection that takes listings. `selects` is the seller's rule (raises MappingError); `unit` is what is handed
    off one by one."""

    seller: str
    name: str
    selects: Callable[[Product, Variant], bool]
    unit: Literal["variant", "product"]
    plan: str
    """Digest of the rule set."""
    mode: Literal["live", "observe"] = "live"


@dataclass(frozen=True)
class Word:
    """What a listing has to be told."""

    start: ListingStart
    said: Selected | Unselected
    rev: int

    @property
    def listing_id(self) -> str:
        return listing_workflow(self.start.seller, self.start.channel, self.start.listing)


def select_for(conn: Connection, channel: Channel, product: Product, now: datetime) -> None:
    """Bring the channel's listing of a product in line with the rule: made, changed, or taken off the selection."""
    listing_id = listing_workflow(channel.seller, channel.name, product.code)
    offered = [v.sku for v in product.variants if v.active and channel.selects(product, v)]
    skus = offered if product.active else []
    chosen = bool(skus)
    row = conn.execute(select(listing).where(listing.c.id == listing_id).with_for_update()).first()
    if row is None:
        if chosen:
            _make(conn, channel, product, listing_id, skus, now)
        return
    joined = _join(conn, channel, listing_id, skus) if chosen else False
    if joined or bool(row.selected) != chosen:
        changes = {"selected": chosen, "started": False, "selection_rev": row.selection_rev + 1, "updated_at": now}
        conn.execute(update(listing).where(listing.c.id == listing_id).values(changes))
        wanted.raise_listing(conn, listing_id, now)


def untold(conn: Connection, channel: Channel, products: Iterable[str]) -> list[Word]:
    """What the channel's listings of these products (codes) do not know yet."""
    waits = (listing.c.connection == channel.name, listing.c.started.is_(False), listing.c.product.in_(list(products)))
    return [_word(conn, channel, row) for row in conn.execute(select(listing).where(*waits).order_by(listing.c.id))]


def was_told(conn: Connection, word: Word) -> None:
    """The workflow has it; what changed meanwhile stays untold."""
    same = (listing.c.id == word.listing_id, listing.c.selection_rev == word.rev)
    conn.execute(update(listing).where(*same).values(started=True))


def mode_changed(conn: Connection, channel: Channel, now: datetime) -> None:
    """The channel is told of all that it lists, in its mode of now: what it kept back is listed when it goes live."""
    selected = (listing.c.connection == channel.name, listing.c.selected.is_(True))
    changes = {"started": False, "selection_rev": listing.c.selection_rev + 1, "updated_at": now}
    conn.execute(update(listing).where(*selected).values(changes))


def tell_anew(conn: Connection, listings: Collection[str], now: datetime) -> None:
    """The workflows may have lost what they were told: they are told again, from what is kept of the products."""
    conn.execute(update(listing).where(listing.c.id.in_(listings)).values(started=False))
    asked = {"value": {"anew": now.isoformat()}}
    conn.execute(update(cursor).where(cursor.c.operation == SELECTION).values(asked))


def _make(
    conn: Connection, channel: Channel, product: Product, listing_id: str, skus: Sequence[str], now: datetime
) -> None:
    names = {"id": listing_id, "seller": channel.seller, "connection": channel.name, "code": product.code}
    state = {"selected": True, "started": False, "selection_rev": 1, "status": "draft", "rev": 0}
    conn.execute(insert(listing).values({**names, **state, "product": product.code, "updated_at": now}))
    _join(conn, channel, listing_id, skus)
    wanted.raise_listing(conn, listing_id, now)


def _join(conn: Connection, channel: Channel, listing_id: str, skus: Sequence[str]) -> bool:
    """Add variants that the listing does not have; whether there were any. None is taken away: its units become 0."""
    row = {"listing": listing_id, "seller": channel.seller, "connection": channel.name}
    joined = [sku for sku in skus if insert_new(conn, listed_variant, {**row, "sku": sku})]
    return bool(joined)


def _word(conn: Connection, channel: Channel, row: Row[Any]) -> Word:
    start = ListingStart(seller=row.seller, channel=row.connection, listing=row.code)
    name = f"selection:{row.selection_rev}"
    if not row.selected:
        return Word(start, Unselected(id=name, rev=row.selection_rev), row.selection_rev)
    skus = conn.execute(select(listed_variant.c.sku).where(listed_variant.c.listing == row.id).order_by("sku"))
    variants = tuple(skus.scalars()) if channel.unit == "variant" else (row.code,)
    said = Selected(id=name, rev=row.selection_rev, plan=channel.plan, variants=variants, mode=channel.mode)
    return Word(start, said, row.selection_rev)
