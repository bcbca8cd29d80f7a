"""What it takes to read an act: its keys, and the orders and shipments it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.mercado_livre.site import Document, Site
from sandbox.world import World

Given = Mapping[str, Any]


def known_keys(given: Given, *known: str) -> None:
    """Raise ValueError for a key that the act does not have."""
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"unknown key {unknown[0]!r}; known are {', '.join(known)}")


def each_order(world: World, given: Given, do: Callable[[Site, Document], None]) -> Any:
    """Do it to `order`, or to each order of `pack`; the statuses afterwards."""
    site = Site(world)
    ids = site.need("purchase", given["pack"])["orders"] if "pack" in given else [given.get("order", "")]
    for id_ in ids:
        do(site, site.need("order", id_))
    return {str(id_): site.need("order", id_)["status"] for id_ in ids}


def shipment_id(site: Site, given: Given) -> Any:
    """The id of `shipment`, or of that of `order` or `pack`."""
    if "order" in given:
        return site.need("order", given["order"])["shipping"]["id"]
    return site.need("purchase", given["pack"])["shipment"] if "pack" in given else given.get("shipment", "")
