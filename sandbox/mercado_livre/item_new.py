"""The document of a new item, and the user product that it joins.

Source: preco-variacao (answer of POST /items; user product and family).
"""

from __future__ import annotations

import hashlib
from typing import Final

from sandbox.mercado_livre.categories import CONDITIONS, NEW, category
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.item_rules import attribute
from sandbox.mercado_livre.site import SITE_ID, Document, Site, utc_stamp

_ITEMS_PER_PRODUCT: Final = 30


def new_item(site: Site, seller: Document, body: Document) -> Document:
    """The item as the vendor keeps it; `body` has been checked."""
    number, now = site.number("item", 4500000001), utc_stamp(site.now)
    variations = [_variation(site, one) for one in body.get("variations") or []]
    quantity = sum(one["available_quantity"] for one in variations) if variations else body["available_quantity"]
    return {
        "id": f"{SITE_ID}{number}",
        "site_id": SITE_ID,
        **_sold(body),
        "seller_id": seller["id"],
        "user_product_id": f"MLBU{number - 1500000000}",
        "initial_quantity": quantity,
        "available_quantity": quantity,
        "sold_quantity": 0,
        "start_time": now,
        "permalink": f"https://produto.mercadolivre.com.br/{SITE_ID}-{number}-_JM",
        "pictures": [picture(site, one) for one in body["pictures"]],
        "descriptions": [],
        "shipping": _shipping(seller, body.get("shipping") or {}),
        "warnings": [],
        "variations": variations,
        "status": "active" if quantity else "paused",
        "sub_status": [] if quantity else ["out_of_stock"],
        "date_created": now,
        "last_updated": now,
        "health": None,
        "channels": ["marketplace"],
        "_": {"automated_price": False},
    }


def _sold(body: Document) -> Document:
    """What is sold and on which terms."""
    return {
        "title": body.get("title") or _title(body),
        "family_name": body.get("family_name"),
        "category_id": body["category_id"],
        "domain_id": category(body["category_id"]).domain,
        "official_store_id": None,
        "price": body["price"],
        "base_price": body["price"],
        "original_price": None,
        "inventory_id": None,
        "currency_id": "BRL",
        "sale_terms": body["sale_terms"],
        "buying_mode": "buy_it_now",
        "listing_type_id": body["listing_type_id"],
        "condition": "new" if _is_new(body) else "used",
        "accepts_mercadopago": True,
        "attributes": [_attribute(one) for one in body["attributes"]],
        "tags": ["immediate_payment", "cart_eligible", *body.get("tags", [])],
        "catalog_product_id": body.get("catalog_product_id"),
        "seller_custom_field": body.get("seller_custom_field"),
        "parent_item_id": None,
        "catalog_listing": False,
    }


def _title(body: Document) -> str:
    varying = category(body["category_id"]).varying
    told = [body["family_name"], *(attribute(body, id_) for id_ in varying)]
    return " ".join(one for one in told if one)


def _is_new(body: Document) -> bool:
    return (attribute(body, "ITEM_CONDITION") or body.get("condition")) in (NEW, CONDITIONS[NEW], "new")


def _attribute(one: Document) -> Document:
    return {"id": None, "name": one.get("id"), "value_id": None, "value_name": None} | one


def _shipping(seller: Document, given: Document) -> Document:
    mode = given.get("mode") or seller["_"]["logistics"][0][0]
    logistic = next(type_ for known, type_ in seller["_"]["logistics"] if known == mode)
    return {
        "mode": mode,
        "local_pick_up": given.get("local_pick_up", False),
        "free_shipping": given.get("free_shipping", False),
        "logistic_type": logistic,
        "dimensions": given.get("dimensions"),
        "tags": [],
        "store_pick_up": False,
    }


def picture(site: Site, given: Document) -> Document:
    """A picture as the item shows it, by its id or fetched from its source."""
    id_ = given.get("id") or f"{site.number('picture', 700000)}-MLB_112026"
    url = f"http://http2.mlstatic.com/D_{id_}-O.jpg"
    return {"id": id_, "url": url, "secure_url": url.replace("http:", "https:"), "size": "500x500", "quality": ""}


def _variation(site: Site, one: Document) -> Document:
    return {
        "id": site.number("variation", 174390848694),
        "price": one.get("price"),
        "attribute_combinations": one.get("attribute_combinations", []),
        "available_quantity": one["available_quantity"],
        "sold_quantity": 0,
        "picture_ids": one.get("picture_ids", []),
        "attributes": one.get("attributes", []),
    }


def join_user_product(site: Site, item: Document) -> None:
    """Put the item under the user product of the same variant, or under a new one."""
    told = ["GTIN", "BRAND", "MODEL", "COLOR", "SIZE", "UNIT_VOLUME", "VOLTAGE"]
    parts = [str(item["seller_id"]), item["family_name"], item["domain_id"], item["condition"]]
    parts += [attribute(item, id_) or "" for id_ in told]
    identity = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    known = site.get("user_product_identity", identity)
    if known is None:
        site.put("user_product_identity", identity, {"id": item["user_product_id"]})
        product = _user_product(item)
    else:
        product = site.need("user_product", known["id"])
        item["user_product_id"] = product["id"]
    if len(product["items"]) == _ITEMS_PER_PRODUCT:
        message = "Atualmente, cada UserProduct permite um máximo de 30 condições de venda (items)"
        raise refuse(400, "user_product.items.limit", message, "preco-variacao")
    product["items"].append(item["id"])
    site.put("user_product", product["id"], product)


def _user_product(item: Document) -> Document:
    family = int.from_bytes(hashlib.sha256(item["family_name"].encode()).digest()[:6], "big")
    return {
        "id": item["user_product_id"],
        "name": item["title"],
        "family_name": item["family_name"],
        "family_id": family,
        "user_id": item["seller_id"],
        "domain_id": item["domain_id"],
        "attributes": item["attributes"],
        "quantity": item["available_quantity"],
        "version": 1,
        "items": [],
    }
