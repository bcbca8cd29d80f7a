"""Buying. A purchase is what one buyer buys of one seller at once. It becomes one order for each line (an order is
"sempre de um único item"), a pack when there are several, and one shipment.

Source: gestao-packs (updated 2025-12-29).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sandbox.mercado_livre import orders, payments, stock
from sandbox.mercado_livre.item_rules import attribute
from sandbox.mercado_livre.site import SITE_ID, Document, Site, cents, stamp

SHIPMENT_DELAY_S: Final = 5.0  # "o envio demore para ser criado": some seconds
UNPAID_LIFE_S: Final = 48 * 3600.0  # "após certo tempo, não foi paga, por isso é automaticamente cancelada"
_FEES: Final = {"gold_special": Decimal("0.12"), "gold_pro": Decimal("0.17"), "free": Decimal(0)}
PAYMENTS: Final = ("approved", "pending", "none", "later")


@dataclass(frozen=True)
class Line:
    """Units of one item (of one of its variations, on the legacy model)."""

    item: Document
    quantity: int
    variation: int | None = None


@dataclass(frozen=True)
class Terms:
    """How a purchase is paid and sent. `payment`: approved at once, pending, none (required), later (the order
    is only confirmed). Money in BRL; `buffer_s` virtual seconds during which the shipment waits as `buffered`."""

    payment: str = "approved"
    method: str = "pix"
    installments: int = 1
    freight: Decimal = Decimal(0)
    interest: Decimal = Decimal(0)
    mode: str = ""
    type: str = ""
    buffer_s: float = 0.0
    pack: bool = False


def place(site: Site, buyer: Document, lines: list[Line], terms: Terms) -> Document:
    """Buy; returns the purchase. Raises ValueError when an item is not for sale or there are too few units."""
    for line in lines:
        _check(site, line)
    pack = site.number("pack", 2000007654321001) if terms.pack or len(lines) > 1 else None
    made = [_order(site, buyer, line, terms, pack) for line in lines]
    shipping = lines[0].item["shipping"]
    purchase = {
        "id": pack or made[0]["id"],
        "pack": pack,
        "orders": [order["id"] for order in made],
        "shipment": None,
        "seller": lines[0].item["seller_id"],
        "buyer": buyer["id"],
        "mode": terms.mode or shipping["mode"],
        "type": terms.type or shipping["logistic_type"],
        "freight": terms.freight,
        "buffer_s": str(terms.buffer_s),
        "date_created": stamp(site.now),
    }
    site.put("purchase", purchase["id"], purchase)
    for place_, order in enumerate(made):
        order["_"]["purchase"] = purchase["id"]
        _begin_paying(site, order, terms, terms.freight if place_ == 0 else Decimal(0))
    site.later(SHIPMENT_DELAY_S, "shipment_appears", {"purchase": purchase["id"]})
    return purchase


def _check(site: Site, line: Line) -> None:
    item = line.item
    if item["status"] != "active":
        raise ValueError(f"item {item['id']} is {item['status']}: nobody can buy it")
    left = stock.available(site, item, line.variation)
    if not 0 < line.quantity <= left:
        raise ValueError(f"item {item['id']} has {left} units, not {line.quantity}")


def _order(site: Site, buyer: Document, line: Line, terms: Terms, pack: int | None) -> Document:
    number, now = site.number("order", 2000009876543210), stamp(site.now)
    total = cents(line.item["price"] * line.quantity)
    billing = str(site.number("billing", 677487519924850001))
    site.put("billing", billing, {"buyer": buyer["id"], "seller": line.item["seller_id"]})
    return {
        "id": number,
        "date_created": now,
        "date_closed": None,
        "last_updated": now,
        "manufacturing_ending_date": None,
        "comment": None,
        "pack_id": pack,
        "pickup_id": None,
        "order_request": {"return": None, "change": None},
        "fulfilled": None,
        "mediations": [],
        "buying_mode": "buy_equals_pay",
        "shipping_cost": None if pack else terms.freight,
        "total_amount": total,
        "paid_amount": Decimal(0),
        "coupon": {"id": None, "amount": Decimal(0)},
        "order_items": [_order_item(line)],
        "currency_id": "BRL",
        "payments": [],
        "shipping": {"id": None},
        "status": "confirmed" if terms.payment == "later" else "payment_required",
        "status_detail": None,
        "tags": ["not_paid", *(["pack_order"] if pack else [])],
        "feedback": {"buyer": None, "seller": None},
        "context": {"channel": "marketplace", "site": SITE_ID, "flows": []},
        "buyer": {"id": buyer["id"], "nickname": buyer["nickname"]},
        "seller": {"id": line.item["seller_id"]},
        "taxes": {"amount": None, "currency_id": None, "id": None},
        "cancel_detail": None,
        "_": {"billing": billing, "taken": False, "variation": line.variation},
    }


def _order_item(line: Line) -> Document:
    item, price = line.item, line.item["price"]
    variation = next((one for one in item["variations"] if one["id"] == line.variation), None)
    warranty = attribute({"attributes": item["sale_terms"]}, "WARRANTY_TYPE")
    return {
        "item": {
            "id": item["id"],
            "title": item["title"],
            "category_id": item["category_id"],
            "variation_id": line.variation,
            "seller_custom_field": item["seller_custom_field"],
            "variation_attributes": variation["attribute_combinations"] if variation else [],
            "warranty": warranty,
            "condition": item["condition"],
            "seller_sku": attribute(variation or item, "SELLER_SKU"),
            "global_price": None,
            "net_weight": None,
            "user_product_id": item["user_product_id"] if item["family_name"] else None,
            "release_date": None,
        },
        "quantity": line.quantity,
        "requested_quantity": {"measure": "unit", "value": line.quantity},
        "picked_quantity": None,
        "unit_price": price,
        "full_unit_price": price,
        "gross_price": cents(price * line.quantity),
        "currency_id": "BRL",
        "manufacturing_days": None,
        "sale_fee": cents(price * _FEES[item["listing_type_id"]]),
        "listing_type_id": item["listing_type_id"],
        "element_id": 1,
    }


def _begin_paying(site: Site, order: Document, terms: Terms, freight: Decimal) -> None:
    extras = {
        "freight": freight,
        "interest": terms.interest,
        "method": terms.method,
        "installments": terms.installments,
    }
    order["_"]["extras"] = extras
    if terms.payment == "approved":
        payments.add(site, order, "approved", order["total_amount"], extras)
        orders.settle_payment(site, order)
        return
    if terms.payment == "pending":
        payments.add(site, order, "pending", order["total_amount"], extras)
        order["status"] = payments.status(order)
    orders.save(site, order)
    site.later(UNPAID_LIFE_S, "unpaid_expires", {"order": order["id"]})
