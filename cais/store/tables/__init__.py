"""All tables, one noun a file. The seller column is everywhere."""

from __future__ import annotations

from cais.store.tables.archive import document
from cais.store.tables.catalogue import kit_part, price, product, reservation, sku, stock_count
from cais.store.tables.connection import connection, ticket, token
from cais.store.tables.handoff import handoff, parked, setting
from cais.store.tables.inbox import cursor, inbox, ref
from cais.store.tables.listing import listed_variant, listing, wanted
from cais.store.tables.order import blob, buyer, fact, journal, order_book, told
from cais.store.tables.rules import active, rule_set
from cais.store.tables.seal import data_key
from cais.store.tables.types import archive_metadata, metadata

__all__ = [
    "active",
    "archive_metadata",
    "blob",
    "buyer",
    "connection",
    "cursor",
    "data_key",
    "document",
    "fact",
    "handoff",
    "inbox",
    "journal",
    "kit_part",
    "listed_variant",
    "listing",
    "metadata",
    "order_book",
    "parked",
    "price",
    "product",
    "ref",
    "reservation",
    "rule_set",
    "setting",
    "sku",
    "stock_count",
    "ticket",
    "token",
    "told",
    "wanted",
]
