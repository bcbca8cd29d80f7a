"""Kits: a SKU that is sold whole and stocked as its parts. One level deep."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from cais.store.tables import kit_part


def keep(conn: Connection, seller: str, kit: str, parts: Mapping[str, int]) -> None:
    """`kit` is so many units of each part from now on; no parts: it is a plain SKU."""
    conn.execute(delete(kit_part).where(kit_part.c.seller == seller, kit_part.c.kit == kit))
    if parts:
        rows = [{"seller": seller, "kit": kit, "part": part, "units": units} for part, units in parts.items()]
        conn.execute(insert(kit_part), rows)


def parts(conn: Connection, seller: str, sku: str) -> dict[str, int]:
    """Units of each SKU that one unit of `sku` takes from stock: of itself, unless it is a kit."""
    inside = select(kit_part.c.part, kit_part.c.units).where(kit_part.c.seller == seller, kit_part.c.kit == sku)
    found = {row.part: row.units for row in conn.execute(inside.order_by(kit_part.c.part))}
    return found or {sku: 1}


def sold_as(conn: Connection, seller: str, skus: Collection[str]) -> frozenset[str]:
    """All SKUs whose sellable units hang on the stock of `skus`: these, and the kits that hold one of them."""
    holds = select(kit_part.c.kit).where(kit_part.c.seller == seller, kit_part.c.part.in_(list(skus)))
    return frozenset(skus) | frozenset(conn.execute(holds).scalars())
