"""How many units can be bought: kept by user product (User Products model) or by item and variation.

Source: user-products ("available_quantity" is replicated asynchronously to the items of the user product),
produto-sincronizacao-de-publicacoes (pause at zero, resumption).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.mercado_livre import index
from sandbox.mercado_livre.item_rules import attribute
from sandbox.mercado_livre.notifications import announce
from sandbox.mercado_livre.site import Document, Site, utc_stamp
from sandbox.world import World

_REPLICATION_S: Final = 3.0  # the vendor says "asynchronously"; the number is a guess


def available(site: Site, item: Document, variation: int | None = None) -> int:
    """Units that a buyer can get of the item (or of one of its variations)."""
    if variation is not None:
        return next(int(one["available_quantity"]) for one in item["variations"] if one["id"] == variation)
    if item["family_name"] is not None:
        return int(site.need("user_product", item["user_product_id"])["quantity"])
    return int(item["available_quantity"])


def write(site: Site, item: Document, quantity: int, variation: int | None = None) -> None:
    """Set the quantity on the item given and let its siblings follow; saves the item."""
    if variation is not None:
        for one in item["variations"]:
            if one["id"] == variation:
                one["available_quantity"] = quantity
        quantity = sum(one["available_quantity"] for one in item["variations"])
    _show(item, quantity)
    save(site, item)
    if item["family_name"] is not None:
        product = site.need("user_product", item["user_product_id"])
        site.put("user_product", product["id"], product | {"quantity": quantity, "version": product["version"] + 1})
        if len(product["items"]) > 1:
            site.later(_REPLICATION_S, "replicate_stock", {"user_product": product["id"]})
        announce(site, item["seller_id"], "stock-location", f"/user-products/{product['id']}/stock")


def replicate(world: World, args: Mapping[str, Any]) -> None:
    """The items of a user product take over its quantity."""
    site = Site(world)
    product = site.need("user_product", args["user_product"])
    for id_ in product["items"]:
        item = site.need("item", id_)
        if item["available_quantity"] != product["quantity"] and item["status"] != "closed":
            _show(item, product["quantity"])
            save(site, item)


def save(site: Site, item: Document) -> None:
    """Write a changed item, let the index have it and tell its seller's applications."""
    item["last_updated"] = utc_stamp(site.now)
    site.put("item", item["id"], item)
    fields = {
        "seller": item["seller_id"],
        "status": item["status"],
        "skus": skus(item),
        "custom": item["seller_custom_field"],
        "user_product": item["user_product_id"],
    }
    index.note(site, "item", item["id"], fields)
    announce(site, item["seller_id"], "items", f"/items/{item['id']}")


def skus(item: Document) -> list[str]:
    """The SELLER_SKU of the item, or of each of its variations."""
    found = [attribute(one, "SELLER_SKU") for one in item["variations"] or [item]]
    return [sku for sku in found if sku is not None]


def _show(item: Document, quantity: int) -> None:
    item["available_quantity"] = quantity
    if quantity == 0 and item["status"] == "active":
        item["status"], item["sub_status"] = "paused", ["out_of_stock"]
    elif quantity > 0 and item["sub_status"] == ["out_of_stock"]:
        item["status"], item["sub_status"] = "active", []
