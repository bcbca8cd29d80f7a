"""What belongs to one purchase: its orders and their shipment. Its id is the pack's, or the only order's."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.mercado_livre.site import Document, Site


def live_orders(site: Site, purchase: Mapping[str, Any]) -> list[Document]:
    """The orders of a purchase that are not cancelled."""
    every = (site.need("order", id_) for id_ in purchase["orders"])
    return [order for order in every if order["status"] != "cancelled"]


def value(site: Site, purchase: Mapping[str, Any]) -> Decimal:
    """What the items of the live orders cost, BRL, without freight."""
    return sum((order["total_amount"] for order in live_orders(site, purchase)), Decimal(0))
