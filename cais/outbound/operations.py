"""Which operation of a platform carries out an act."""

from __future__ import annotations

from typing import Final

from cais.model.handoff import Act
from cais.model.vocabulary import Direction, WantedGroup

DECISION: Final = "decision-"
"""How the ordinal of an answer to a request to cancel begins."""

_OF_ORDER: Final = {
    Direction.ORDER: "create_order",
    Direction.PAYMENT: "pay_order",
    Direction.INVOICE: "send_invoice",
    Direction.SHIPPING_INFO: "send_shipping",
    Direction.DISPATCH: "send_dispatch",
    Direction.DELIVERY: "send_delivery",
    Direction.CANCEL_BY_BUYER: "cancel_order",
    Direction.CANCEL_BY_SELLER: "cancel_order",
    Direction.RETURN: "start_return",
}

OF_GROUP: Final = {
    WantedGroup.PRICE: "put_price",
    WantedGroup.STOCK: "put_stock",
    WantedGroup.CONTENT: "update_listing",
}
"""The operation that writes wanted values."""


def operation_of(act: Act) -> str:
    """Name of the operation."""
    if act.direction is Direction.LISTING:
        return f"{act.item[1:]}_listing" if is_verb(act) else "create_listing"
    if act.item.startswith(DECISION):
        return "decide_cancel"
    return _OF_ORDER[act.direction]


def is_verb(act: Act) -> bool:
    """Whether it does something to a whole listing (`:pause`, `:resume`, `:close`)."""
    return act.direction is Direction.LISTING and act.item.startswith(":")
