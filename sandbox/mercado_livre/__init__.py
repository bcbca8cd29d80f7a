"""Mercado Livre (site MLB): items, orders, shipments, NF-e and notifications, as the vendor documents them."""

from __future__ import annotations

from sandbox.mercado_livre.platform import MERCADO_LIVRE

__all__ = ["MERCADO_LIVRE"]
