"""What a new item must carry, by the seller's model.

Sources: preco-variacao (User Products: `family_name`, no `title`, no `variations`), publicacao-de-produtos,
identificadores-de-produtos (GTIN), validacoes (form of the causes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from sandbox.mercado_livre.categories import CONDITIONS, NO_GTIN, WARRANTY_TYPES, Category, find
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.site import Document

PAGE: Final = "publicacao-de-produtos"
LISTING_TYPES: Final = ("gold_special", "gold_pro", "free")
_COMMON: Final = (
    "category_id", "price", "currency_id", "available_quantity", "buying_mode", "listing_type_id",
)  # fmt: skip
_OPTIONAL: Final = frozenset(
    {
        "condition", "pictures", "attributes", "sale_terms", "shipping", "channels", "site_id", "video_id",
        "tags", "seller_custom_field", "official_store_id", "catalog_product_id", "catalog_listing",
        "accepts_mercadopago", "location",
    }
)  # fmt: skip
_WARRANTY_TIME: Final = re.compile(r"\d+ (dias|meses|anos)")
Cause = dict[str, Any]


def cause(code: str, message: str, reference: str, cause_id: int = 100, kind: str = "error") -> Cause:
    """One entry of `cause` of a validation error."""
    return {
        "department": "items",
        "cause_id": cause_id,
        "type": kind,
        "code": code,
        "references": [reference],
        "message": message,
    }


def check_new(body: Document, *, user_products: bool, modes: list[str]) -> None:
    """Raise the Refusal that the vendor would answer a POST /items with, if any."""
    required, forbidden = ("family_name", "title") if user_products else ("title", "family_name")
    unknown = sorted(set(body) - set(_COMMON) - _OPTIONAL - {required, "variations"})
    if unknown or forbidden in body:
        refuse_fields([forbidden] if forbidden in body else unknown)
    causes = [*_missing(body, (required, *_COMMON)), *_by_model(body, required, user_products)]
    if not causes:
        causes = [*_values(body), *_pictures(body), *_shipping(body, modes), *_sale_terms(body)]
        causes += _attributes(body, find(body["category_id"]))
    if causes:
        raise refuse(400, "validation_error", "Validation error", PAGE, causes)


def refuse_fields(fields: list[str]) -> None:
    """The refusal of a body that has fields which this call does not take."""
    message = f"The fields [{', '.join(fields)}] are invalid for requested call."
    # The vendor's page shows the code under `message` and the sentence under `error`.
    raise refuse(400, message, "body.invalid_fields", PAGE)


def price_causes(price: Any) -> Iterator[Cause]:
    """A price is a number above zero with at most two decimals."""
    number = isinstance(price, int | Decimal) and not isinstance(price, bool)
    if not number or price <= 0:
        yield cause("item.price.invalid", f"The price {price} is invalid.", "item.price", 133)
    elif isinstance(price, Decimal) and price != price.quantize(Decimal("0.01")):
        yield cause("item.price.invalid", "Price has more than 2 decimals.", "item.price", 133)


def quantity_causes(quantity: Any) -> Iterator[Cause]:
    """A quantity is a whole number from zero."""
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 0:
        message = f"available_quantity {quantity} is not a valid quantity."
        yield cause("item.available_quantity.invalid", message, "item.available_quantity", 126)


def attribute(holder: Document, id_: str) -> str | None:
    """The value (its name, else its id) of an attribute of an item, a variation or a body."""
    for one in holder.get("attributes") or []:
        if one.get("id") == id_:
            value: str | None = one.get("value_name") or one.get("value_id")
            return value
    return None


def valid_gtin(code: str) -> bool:
    """GTIN-8, 12, 13 or 14 with its check digit (modulo 10, weights 3 and 1 from the right)."""
    if len(code) not in (8, 12, 13, 14) or not code.isdigit():
        return False
    total = sum(int(digit) * (3 - 2 * (place % 2)) for place, digit in enumerate(reversed(code[:-1])))
    return (10 - total % 10) % 10 == int(code[-1])


def _missing(body: Document, required: tuple[str, ...]) -> Iterator[Cause]:
    absent = [name for name in required if body.get(name) in (None, "")]
    if absent:
        listed = ", ".join(absent)
        message = f"The body does not contains some or none of the following properties [{listed}]"
        yield cause("body.required_fields", message, "body", 369)


def _by_model(body: Document, name: str, user_products: bool) -> Iterator[Cause]:
    if user_products and body.get("variations"):
        message = "The field variations is invalid with family name"
        yield cause("body.invalid_fields", message, "body", 374)
    if name in body and not isinstance(body[name], str):
        yield cause(f"item.{name}.invalid", f"{name} is not a text", f"item.{name}")


def _values(body: Document) -> Iterator[Cause]:
    one = find(body["category_id"])
    if one is None:
        message = f"Category {body['category_id']} does not exist"
        yield cause("item.category_id.invalid", message, "item.category_id", 106)
    elif len(body.get("family_name") or body["title"]) > one.max_title:
        message = f"The name is longer than {one.max_title} characters"
        yield cause("item.title.length.invalid", message, "item.title", 111)
    yield from price_causes(body["price"])
    yield from quantity_causes(body["available_quantity"])
    for field, allowed in (
        ("currency_id", ("BRL",)),
        ("buying_mode", ("buy_it_now",)),
        ("listing_type_id", LISTING_TYPES),
    ):
        if body[field] not in allowed:
            yield cause(f"item.{field}.invalid", f"{field} {body[field]} is invalid.", f"item.{field}", 119)


def _pictures(body: Document) -> Iterator[Cause]:
    pictures = body.get("pictures")
    if not isinstance(pictures, list) or not pictures:
        message = "Item pictures are mandatory for listing type"
        yield cause("item.pictures.mandatory", message, "item.pictures", 152)
        return
    for place, picture in enumerate(pictures):
        source = picture.get("source", "") if isinstance(picture, dict) else ""
        if not source.startswith(("http://", "https://")) and not (isinstance(picture, dict) and "id" in picture):
            reference = f"item.pictures[{place}]"
            yield cause("item.pictures.invalid", "The picture has no source and no id", reference, 173)


def _shipping(body: Document, modes: list[str]) -> Iterator[Cause]:
    mode = (body.get("shipping") or {}).get("mode")
    if mode is not None and mode not in modes:
        message = f"User has not mode {mode}"
        yield cause("item.shipping.mode.invalid", message, "item.shipping.mode", 324)


def _sale_terms(body: Document) -> Iterator[Cause]:
    terms = {"attributes": body.get("sale_terms") or []}
    kind, time = attribute(terms, "WARRANTY_TYPE"), attribute(terms, "WARRANTY_TIME")
    if kind is None:
        message = "The sale terms [WARRANTY_TYPE] are required"
        yield cause("item.sale_terms.missing_required", message, "item.sale_terms", 407)
    elif kind not in WARRANTY_TYPES and kind not in WARRANTY_TYPES.values():
        yield cause("item.sale_terms.invalid", f"WARRANTY_TYPE {kind} is invalid", "item.sale_terms", 408)
    elif kind not in ("6150835", "Sem garantia") and not _WARRANTY_TIME.fullmatch(time or ""):
        yield cause("item.sale_terms.invalid", f"WARRANTY_TIME {time} is invalid", "item.sale_terms", 408)


def _attributes(body: Document, known: Category | None) -> Iterator[Cause]:
    given = body.get("attributes")
    if not isinstance(given, list) or not all(_is_attribute(one) for one in given):
        yield cause("item.attributes.invalid", "Attributes are malformed", "item.attributes", 180)
        return
    needed = known.required if known else ()
    absent = [id_ for id_ in needed if attribute(body, id_) is None]
    if absent and known:
        message = f"The attributes [{', '.join(absent)}] are required for category {known.id}."
        yield cause("item.attributes.missing_required", message, "item.attributes", 147)
    yield from _condition(body)
    holders = body.get("variations") or [body]
    for holder in holders:
        yield from _gtin(holder)


def _is_attribute(one: Any) -> bool:
    if not isinstance(one, dict) or not (one.get("id") or one.get("name")):
        return False
    return all(isinstance(one.get(key), str | None) for key in ("id", "name", "value_id", "value_name"))


def _condition(body: Document) -> Iterator[Cause]:
    value = attribute(body, "ITEM_CONDITION") or body.get("condition")
    if value is None:
        message = "The attributes [ITEM_CONDITION] are required."
        yield cause("item.attributes.missing_required", message, "item.attributes", 147)
    elif value not in {*CONDITIONS, *CONDITIONS.values(), "new", "used", "not_specified"}:
        message = f"ITEM_CONDITION {value} is invalid"
        yield cause("item.attributes.invalid", message, "item.attributes", 180)


def _gtin(holder: Document) -> Iterator[Cause]:
    code, reason = attribute(holder, "GTIN"), attribute(holder, "EMPTY_GTIN_REASON")
    if code is None and reason is None:
        message = "The attributes [GTIN] are required: give it, or EMPTY_GTIN_REASON."
        yield cause("item.attribute.missing_conditional_required", message, "item.attributes", 7810)
    elif code is not None and not valid_gtin(code):
        message = f"Product Identifier [{code}] is invalid"
        yield cause("item.attributes.invalid_product_identifier", message, "item.attributes", 3036)
    elif code is None and reason not in NO_GTIN and reason not in NO_GTIN.values():
        message = f"EMPTY_GTIN_REASON {reason} is invalid"
        yield cause("item.attributes.invalid", message, "item.attributes", 180)
