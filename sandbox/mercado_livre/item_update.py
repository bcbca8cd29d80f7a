"""PUT /items: what may be changed, when, and what the vendor silently ignores.

Source: produto-sincronizacao-de-publicacoes (updated 2026-03-24).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sandbox.mercado_livre import item_rules, stock
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.item_new import picture
from sandbox.mercado_livre.item_rules import cause
from sandbox.mercado_livre.notifications import announce
from sandbox.mercado_livre.site import Document, Site, utc_stamp

_PAGE: Final = "produto-sincronizacao-de-publicacoes"
_FIELDS: Final = frozenset(
    {
        "price", "available_quantity", "status", "pictures", "attributes", "sale_terms", "shipping", "deleted",
        "variations", "family_name", "title", "listing_type_id", "seller_custom_field", "channels", "video_id",
    }
)  # fmt: skip
_DYNAMIC: Final = "Cannot modify price on items with dynamic pricing"


def update(site: Site, item: Document, body: Document) -> list[Document]:
    """Change the item as the body says; returns warnings, raises a Refusal."""
    _check_fields(item, body)
    _check_state(site, item, body)
    warnings = _price(site, item, body)
    _content(site, item, body)
    if "status" in body:
        _status(site, item, body["status"])
    if body.get("deleted") in ("true", True):
        item["sub_status"] = ["deleted"]
    if not _quantities(site, item, body):
        stock.save(site, item)
    return warnings


def _check_fields(item: Document, body: Document) -> None:
    unknown = sorted(set(body) - _FIELDS)
    if item["family_name"] is not None:
        unknown += [name for name in ("title", "variations") if name in body]
    if unknown:
        item_rules.refuse_fields(unknown)
    causes = [
        *(item_rules.price_causes(body["price"]) if "price" in body else ()),
        *(item_rules.quantity_causes(body["available_quantity"]) if "available_quantity" in body else ()),
    ]
    if causes:
        raise refuse(400, "validation_error", "Validation error", _PAGE, causes)


def _check_state(site: Site, item: Document, body: Document) -> None:
    if "deleted" in body and item["status"] == "closed":
        closed_at = item["_"].get("closed", "")
        if closed_at > utc_stamp(site.now - timedelta(seconds=3)):
            raise refuse(409, "conflict", "item optimistic locking error", _PAGE)
        return
    if item["status"] == "closed" or "deleted" in body:
        _refuse_update(item, "field_not_updatable", f"is not possible to change [{', '.join(sorted(body))}]")
    sold = [name for name in ("title", "family_name") if name in body and item["sold_quantity"]]
    if sold:
        _refuse_update(item, "field_not_updatable", f"{sold[0]} is not modifiable: the item has sales")
    if item["variations"] and "available_quantity" in body:
        _refuse_update(item, "field_not_updatable", "available_quantity is not modifiable: it has variations")


def _refuse_update(item: Document, code: str, message: str) -> None:
    whole = f"Cannot update item {item['id']} [status:{item['status']}]"
    causes = [cause(code, message, "item", 401)]
    raise refuse(400, "validation_error", whole, _PAGE, causes)


def _price(site: Site, item: Document, body: Document) -> list[Document]:
    if "price" not in body:
        return []
    if item["_"]["automated_price"]:
        if set(body) == {"price"}:
            raise refuse(400, "item.price.not_modifiable", _DYNAMIC, _PAGE)
        return [{"code": "item.price.not_modifiable", "message": _DYNAMIC}]
    if item["price"] != body["price"]:
        item["price"] = item["base_price"] = body["price"]
        announce(site, item["seller_id"], "items_prices", f"/items/{item['id']}")
    return []


def _content(site: Site, item: Document, body: Document) -> None:
    for name in ("sale_terms", "title", "family_name", "listing_type_id", "seller_custom_field", "channels"):
        if name in body:
            item[name] = body[name]
    if "pictures" in body:
        item["pictures"] = [picture(site, one) for one in body["pictures"]]
    if "attributes" in body:
        given = {one.get("id"): one for one in body["attributes"]}
        kept = [given.pop(one["id"], one) for one in item["attributes"]]
        item["attributes"] = kept + list(given.values())
    if "shipping" in body:
        item["shipping"] |= body["shipping"]


def _status(site: Site, item: Document, status: Any) -> None:
    match status:
        case "paused":
            item["status"], item["sub_status"] = "paused", ["paused_by_seller"]
        case "active" if stock.available(site, item) > 0:
            item["status"], item["sub_status"] = "active", []
        case "closed":
            item["status"], item["sub_status"] = "closed", []
            item["_"]["closed"] = utc_stamp(site.now)
        case "active":
            _refuse_update(item, "item.status.invalid", "an item without stock becomes active by adding units")
        case _:
            _refuse_update(item, "item.status.invalid", f"status {status} is invalid")


def _quantities(site: Site, item: Document, body: Document) -> bool:
    """Write the quantities that the body names; says whether that saved the item."""
    if "available_quantity" in body:
        stock.write(site, item, body["available_quantity"])
        return True
    if "variations" not in body:
        return False
    # A variation that the list leaves out is gone.
    named = {one.get("id"): one for one in body["variations"]}
    item["variations"] = [one for one in item["variations"] if one["id"] in named]
    for one in item["variations"]:
        one |= {key: value for key, value in named[one["id"]].items() if key in ("price", "attributes")}
        quantity = named[one["id"]].get("available_quantity", one["available_quantity"])
        stock.write(site, item, quantity, one["id"])
    return bool(item["variations"])
