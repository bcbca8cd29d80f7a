"""An account's first documents: the demo store, its key, its affiliate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.state import Shelf
from sandbox.vtex import demo
from sandbox.world import World

AFFILIATE = "MKP"  # VTEX's own example; affiliate ids have three letters and no vowels


def seed(world: World) -> None:
    """The account `lojaaurora`."""
    seed_account(world, "lojaaurora")


def seed_account(world: World, account: str) -> None:
    """A whole account with the demo store: key `vtexappkey-<account>-SANDBOX`, token `sandbox-token`."""
    shelf = world.state.shelf("vtex", account)
    shelf.put("account", "self", _settings(account))
    for channel, name in demo.SALES_CHANNELS:
        shelf.put("sales_channel", channel, {"id": channel, "name": name, "active": True})
    for id_, name, priority in demo.WAREHOUSES:
        shelf.put("warehouse", id_, {"id": id_, "name": name, "priority": priority, "active": True})
    for number, name in demo.BRANDS:
        shelf.put("brand", number, {"id": number, "name": name, "active": True})
    for number, name, parent in demo.CATEGORIES:
        shelf.put("category", number, {"id": number, "name": name, "parent": parent})
    now = world.clock.now().isoformat()
    for product in demo.PRODUCTS:
        shelf.put("product", product.id, _product(product))
        for sku in product.skus:
            _seed_sku(shelf, product, sku, now)
    # the form of the address that VTEX documents for an external marketplace, behind the hub's door
    endpoint = f"{world.hub_url.rstrip('/')}/hooks/loja/sandbox/api/notification/" if world.hub_url else None
    shelf.put("affiliate", AFFILIATE, affiliate(AFFILIATE, "Hub de integração", "1", endpoint))


def affiliate(id_: str, name: str, sales_channel: str, search_endpoint: str | None) -> dict[str, Any]:
    """An affiliate as the Marketplace API shows it."""
    return {
        "id": id_, "followUpEmail": "integracao@aurora.example", "useSellerPaymentMethod": False, "name": name,
        "salesChannel": sales_channel, "searchURIEndpoint": search_endpoint, "searchURIEndpointVersion": "1.x.x",
        "searchURIEndpointAvailableVersions": ["1.x.x"], "minimumValueAccumulated": None,
    }  # fmt: skip


def _settings(account: str) -> dict[str, Any]:
    return {
        "keys": {f"vtexappkey-{account}-SANDBOX": "sandbox-token"},
        "cnpj": "11222333000181", "uf": "SP", "zip": "01310100",
        "custom_apps": ["marketplace-integration"],
        "price_divergence_percent": None,  # a number: the merchant uses a Price Divergence rule
        "decides_cancellation": "auto",  # or manual: an act accepts or denies
    }  # fmt: skip


def _product(product: demo.DemoProduct) -> dict[str, Any]:
    return {
        "id": product.id, "name": product.name, "ref": product.ref, "brand": product.brand,
        "category": product.category, "ncm": product.ncm, "description": product.description,
        "features": [list(feature) for feature in product.features], "active": product.active,
        "visible": product.active, "channels": [id_ for id_, _ in demo.SALES_CHANNELS],
    }  # fmt: skip


def _seed_sku(shelf: Shelf, product: demo.DemoProduct, sku: demo.DemoSku, now: str) -> None:
    specs = [[*field, value] for field, value in sku.specs]
    shelf.put("sku", sku.id, {
        "id": sku.id, "product": product.id, "name": sku.name, "ref": sku.ref, "specs": specs,
        "eans": [sku.ean] if sku.ean else [], "packed": list(sku.packed), "active": True,
        "parts": [list(part) for part in sku.parts], "images": [sku.id * 10 + place for place in (1, 2, 3)],
        "updated": now,
    })  # fmt: skip
    base, cost = Decimal(sku.price), (Decimal(sku.price) / 2).quantize(Decimal("0.01"))
    shelf.put("price", sku.id, {"base": base, "list": Decimal(sku.was), "cost": cost, "fixed": []})
    if not sku.parts:
        for (warehouse, _, _), units in zip(demo.WAREHOUSES, sku.stock, strict=True):
            balance = {"total": units, "reserved": 0, "unlimited": False, "lead_time": "1.00:00:00"}
            shelf.put("balance", f"{sku.id}:{warehouse}", balance)
