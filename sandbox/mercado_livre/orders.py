"""The life of an order: paid, cancelled, marked.

Source: gerenciamento-de-vendas (updated 2026-08-07).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.mercado_livre import index, payments, shipments, stock
from sandbox.mercado_livre.notifications import announce
from sandbox.mercado_livre.site import Document, Site, stamp
from sandbox.world import World


def save(site: Site, order: Document) -> None:
    """Write a changed order, let the index have it and tell its seller's applications."""
    order["last_updated"] = stamp(site.now)
    site.put("order", order["id"], order)
    fields = {
        "seller": order["seller"]["id"],
        "buyer": order["buyer"]["id"],
        "status": order["status"],
        "tags": order["tags"],
        "item": order["order_items"][0]["item"]["id"],
        "title": order["order_items"][0]["item"]["title"],
        "nickname": order["buyer"]["nickname"],
        "date_created": order["date_created"],
        "date_closed": order["date_closed"],
        "last_updated": order["last_updated"],
    }
    index.note(site, "order", order["id"], fields)
    announce(site, order["seller"]["id"], "orders_v2", f"/orders/{order['id']}")


def pay(site: Site, order: Document, amount: Decimal | None = None) -> None:
    """The buyer's payment is approved: a pending one, or a new one (of `amount` BRL; else of what is missing)."""
    if order["status"] in ("paid", "cancelled"):
        raise ValueError(f"order {order['id']} is {order['status']}")
    if any(one["status"] == "pending" for one in order["payments"]):
        payments.move(site, order, "pending", "approved")
    else:
        missing = order["total_amount"] - payments.approved(order)
        payments.add(site, order, "approved", amount or missing, order["_"]["extras"])
    settle_payment(site, order)


def settle_payment(site: Site, order: Document) -> None:
    """Give the order the status of its payments; when it becomes paid, its units are taken from the stock."""
    order["status"] = payments.status(order)
    order["paid_amount"] = payments.approved(order)
    if order["status"] == "paid":
        order["tags"] = [tag for tag in order["tags"] if tag != "not_paid"] + ["paid"]
        order["date_closed"] = order["date_closed"] or stamp(site.now)
        if not _take_units(site, order):
            # "no tempo de processo de aprovação, o item foi pausado/finalizado por falta de estoque"
            cancel(site, order, Cancel("item", "out_of_stock", "Item sem estoque", "mercado_livre"))
            return
    save(site, order)
    shipments.settle(site, order["_"]["purchase"])


def refuse_payment(site: Site, order: Document) -> None:
    """A pending payment is rejected; the order waits for another."""
    if not any(one["status"] == "pending" for one in order["payments"]):
        raise ValueError(f"order {order['id']} has no pending payment")
    payments.move(site, order, "pending", "rejected")
    order["status"] = payments.status(order)
    save(site, order)


class Cancel:
    """Why an order is cancelled, as its `cancel_detail` says."""

    def __init__(self, group: str, code: str, description: str, requested_by: str, restock: bool = True) -> None:
        self.detail = {"group": group, "code": code, "description": description, "requested_by": requested_by}
        self.restock = restock


def cancel(site: Site, order: Document, why: Cancel) -> None:
    """Cancel the order: payments go back, units return (when the cause says so), the shipment follows."""
    if order["status"] == "cancelled":
        raise ValueError(f"order {order['id']} is cancelled already")
    payments.move(site, order, "approved", "refunded")
    payments.move(site, order, "pending", "cancelled")
    order["status"] = "cancelled"
    order["paid_amount"] = Decimal(0)
    order["cancel_detail"] = why.detail | {"date": stamp(site.now), "application_id": None}
    if order["_"]["taken"] and why.restock:
        _return_units(site, order)
    order["_"]["taken"] = False
    save(site, order)
    shipments.settle(site, order["_"]["purchase"])


def mark_fraud(site: Site, order: Document) -> None:
    """A fraud alert after the approval: do not ship, cancel."""
    order["tags"] = [*order["tags"], "fraud_risk_detected"]
    save(site, order)


def unpaid_expires(world: World, args: Mapping[str, Any]) -> None:
    """An order that nobody paid is cancelled in time."""
    site = Site(world)
    order = site.need("order", args["order"])
    if order["status"] not in ("paid", "cancelled"):
        cancel(site, order, Cancel("buyer", "payment_expired", "O pagamento não foi feito", "mercado_livre"))


def _take_units(site: Site, order: Document) -> bool:
    line = order["order_items"][0]
    item, variation = site.need("item", line["item"]["id"]), order["_"]["variation"]
    left = stock.available(site, item, variation) - line["quantity"]
    if left < 0 or item["status"] == "closed":
        return False
    item["sold_quantity"] += line["quantity"]
    stock.write(site, item, left, variation)
    order["_"]["taken"] = True
    return True


def _return_units(site: Site, order: Document) -> None:
    line = order["order_items"][0]
    item, variation = site.need("item", line["item"]["id"]), order["_"]["variation"]
    if item["status"] != "closed":
        stock.write(site, item, stock.available(site, item, variation) + line["quantity"], variation)
