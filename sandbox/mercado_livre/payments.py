"""The payments of an order, and the status that they give it.

Source: gerenciamento-de-vendas (status of the order), gestao-packs (form of a payment).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.notifications import announce
from sandbox.mercado_livre.site import SITE_ID, Document, Site, cents, stamp
from sandbox.operation import Answer, Call

DETAILS: Final = {
    "approved": "accredited",
    "pending": "pending_waiting_transfer",
    "rejected": "cc_rejected_other_reason",
    "refunded": "refunded",
    "cancelled": "expired",
}


def read(call: Call) -> Answer:
    """GET /collections/{payment}: the resource that the topic `payments` names."""
    site = Site(call.world)
    known = site.get("payment", call.params["payment"])
    order = site.get("order", known["order"]) if known else None
    if order is None or str(order["seller"]["id"]) != call.account:
        raise refuse(404, "not_found", "Payment not found", "gerenciamento-de-pagamentos")
    found = next(one for one in order["payments"] if str(one["id"]) == call.params["payment"])
    return Answer({"collection": found})


def add(site: Site, order: Document, status: str, amount: Decimal, extras: Document) -> None:
    """Put a payment on the order. `extras`: freight, interest (BRL), method, installments."""
    payment = _payment(site, order, status, amount, extras)
    order["payments"].append(payment)
    site.put("payment", payment["id"], {"order": order["id"]})
    announce(site, order["seller"]["id"], "payments", f"/collections/{payment['id']}")


def _payment(site: Site, order: Document, status: str, amount: Decimal, extras: Document) -> Document:
    number, now, line = site.number("payment", 91776600001), stamp(site.now), order["order_items"][0]
    method, done = extras["method"], status == "approved"
    return _BLANK | {
        "id": number,
        "order_id": order["id"],
        "payer_id": order["buyer"]["id"],
        "collector": {"id": order["seller"]["id"]},
        "reason": line["item"]["title"],
        "payment_method_id": method,
        "installments": extras["installments"],
        "payment_type": _TYPES.get(method, "credit_card"),
        "available_actions": ["refund"] if done else [],
        "status": status,
        "status_detail": DETAILS[status],
        "transaction_amount": amount,
        "shipping_cost": extras["freight"],
        "total_paid_amount": cents(amount + extras["freight"] + extras["interest"]),
        "date_approved": now if done else None,
        "authorization_code": None if method in _TYPES else f"{number % 1_000_000:06d}",
        "date_created": now,
        "date_last_modified": now,
        "marketplace_fee": cents(line["sale_fee"] * line["quantity"]),
    }


_BLANK: Final[Document] = {
    "card_id": None,
    "site_id": SITE_ID,
    "currency_id": "BRL",
    "issuer_id": None,
    "atm_transfer_reference": {"transaction_id": None, "company_id": None},
    "coupon_id": None,
    "activation_uri": None,
    "operation_type": "regular_payment",
    "status_code": None,
    "transaction_amount_refunded": 0,
    "taxes_amount": 0,
    "coupon_amount": 0,
    "overpaid_amount": 0,
    "installment_amount": None,
    "deferred_period": None,
    "transaction_order_id": None,
}
_TYPES: Final = {"pix": "bank_transfer", "bolbradesco": "ticket", "account_money": "account_money"}


def move(site: Site, order: Document, before: str, after: str) -> None:
    """Take every payment of the order from one status to another."""
    for one in order["payments"]:
        if one["status"] != before:
            continue
        one |= {"status": after, "status_detail": DETAILS[after], "date_last_modified": stamp(site.now)}
        if after == "approved":
            one |= {"date_approved": stamp(site.now), "available_actions": ["refund"]}
        if after == "refunded":
            one |= {"transaction_amount_refunded": one["transaction_amount"], "available_actions": []}
        announce(site, order["seller"]["id"], "payments", f"/collections/{one['id']}")


def approved(order: Document) -> Decimal:
    """The sum of the approved payments, BRL."""
    amounts = [one["transaction_amount"] for one in order["payments"] if one["status"] == "approved"]
    return sum(amounts, Decimal(0))


def status(order: Document) -> str:
    """The status that the payments give the order."""
    if approved(order) >= order["total_amount"]:
        return "paid"
    if approved(order) > 0:
        return "partially_paid"
    waiting = any(one["status"] == "pending" for one in order["payments"])
    return "payment_in_process" if waiting else "payment_required"
