"""User products: the variant that one or more items offer, and its stock by location.

Sources: user-products, preco-variacao, estoque-multi-origem (`x-version`, 409 on a mismatch).
"""

from __future__ import annotations

from typing import Any, Final

from sandbox.mercado_livre import items, stock, users
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.site import Document, Site
from sandbox.operation import Answer, Call

_PAGE: Final = "estoque-multi-origem"


def read(call: Call) -> Answer:
    """GET /user-products/{product}."""
    product = _owned(call)
    hidden = ("quantity", "version", "items")
    return Answer({key: value for key, value in product.items() if key not in hidden})


def read_stock(call: Call) -> Answer:
    """GET /user-products/{product}/stock; the header `x-version` goes with it."""
    product = _owned(call)
    place = {"type": "selling_address", "quantity": product["quantity"]}
    if _has_warehouses(call):
        place = {"type": "seller_warehouse", "store_id": "54936888", "network_node_id": "1"} | place
    body = {"locations": [place], "user_id": product["user_id"], "id": product["id"]}
    return Answer(body, headers={"x-version": str(product["version"])})


def write_stock(call: Call) -> Answer:
    """PUT /user-products/{product}/stock/type/seller_warehouse, for sellers with `warehouse_management`."""
    product, body = _owned(call), items.json_object(call)
    if not _has_warehouses(call):
        raise refuse(400, "bad_request", "The user does not manage warehouses", _PAGE)
    version = call.headers.get("x-version")
    if version is None:
        raise refuse(400, "bad_request", "The header x-version is required", _PAGE)
    if version != str(product["version"]):
        raise refuse(409, "conflict", "Version mismatch", _PAGE)
    quantity = sum(_quantity(one) for one in body.get("locations", []))
    site = Site(call.world)
    stock.write(site, site.need("item", product["items"][0]), quantity)
    return read_stock(call)


def _owned(call: Call) -> Document:
    product = Site(call.world).get("user_product", call.params["product"])
    if product is None:
        raise refuse(404, "not_found", "user product not found", _PAGE)
    users.own(call, str(product["user_id"]))
    return product


def _has_warehouses(call: Call) -> bool:
    return "warehouse_management" in users.user(Site(call.world), call.account)["tags"]


def _quantity(location: Any) -> int:
    quantity = location.get("quantity") if isinstance(location, dict) else None
    if not isinstance(quantity, int) or quantity < 0:
        raise refuse(400, "bad_request", "each location has a quantity", _PAGE)
    return quantity
