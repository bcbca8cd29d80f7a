"""What buyers do: buy, pay, regret; and what a fraud alert does."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.mercado_livre import checkout, orders, shipments, stock
from sandbox.mercado_livre.act_given import Given, each_order, known_keys
from sandbox.mercado_livre.checkout import Line, Terms
from sandbox.mercado_livre.site import Document, Site
from sandbox.world import World


def buy(world: World, user: str, given: Given) -> Any:
    """A buyer buys: `lines` [{sku or item, quantity, variation}], `buyer` (id), `payment` approved | pending |
    none | later, `method`, `installments`, `freight`, `interest`, `mode`, `type`, `buffer_s`, `pack`. With a
    `reference` seen before, nothing is bought again and the answer is that of the first time."""
    site = Site(world)
    known_keys(given, "lines", "buyer", "payment", "method", "installments", "freight", "interest", "mode", "type",
          "buffer_s", "pack", "reference")  # fmt: skip
    known = site.get("reference", given.get("reference", ""))
    if known is not None:
        return known
    lines = [_line(site, user, one) for one in given.get("lines") or []]
    if not lines:
        raise ValueError("a purchase has lines")
    terms = _terms(given)
    purchase = checkout.place(site, _buyer(site, given.get("buyer")), lines, terms)
    bought = {"purchase": purchase["id"], "pack": purchase["pack"], "orders": purchase["orders"]}
    if "reference" in given:
        site.put("reference", given["reference"], bought)
    return bought


def pay(world: World, user: str, given: Given) -> Any:
    """The payment of `order` (or of each order of `pack`) is approved; `amount` for a part."""
    amount = Decimal(given["amount"]) if "amount" in given else None
    return each_order(world, given, lambda site, order: orders.pay(site, order, amount))


def refuse_payment(world: World, user: str, given: Given) -> Any:
    """The pending payment of `order` is rejected."""
    return each_order(world, given, orders.refuse_payment)


def buyer_cancel(world: World, user: str, given: Given) -> Any:
    """The buyer regrets `order` (or each order of `pack`), as long as nothing has been shipped."""

    def cancel(site: Site, order: Document) -> None:
        shipment = site.get("shipment", order["shipping"]["id"] or 0)
        if shipment is not None and shipments.gone(shipment):
            raise ValueError(f"order {order['id']} has left: the buyer can only return it")
        orders.cancel(site, order, orders.Cancel("buyer", "buyer_cancel", "O comprador se arrependeu", "buyer"))

    return each_order(world, given, cancel)


def fraud(world: World, user: str, given: Given) -> Any:
    """A fraud alert on `order`: tagged, and to be cancelled by the seller."""
    return each_order(world, given, orders.mark_fraud)


def _line(site: Site, user: str, given: Any) -> Line:
    if not isinstance(given, Mapping) or not ({"sku", "item"} & set(given)):
        raise ValueError("a line names an item or a sku")
    item = site.need("item", given["item"]) if "item" in given else _by_sku(site, user, given["sku"])
    if str(item["seller_id"]) != user:
        raise ValueError(f"item {item['id']} is another seller's")
    return Line(item, int(given.get("quantity", 1)), given.get("variation"))


def _by_sku(site: Site, user: str, sku: str) -> Document:
    for _, item in site.scan("item"):
        if str(item["seller_id"]) == user and item["status"] == "active" and sku in stock.skus(item):
            return item
    raise ValueError(f"no active item of {user} with SELLER_SKU {sku}")


def _buyer(site: Site, id_: Any) -> Document:
    if id_ is not None:
        return site.need("buyer", id_)
    every = [buyer for _, buyer in site.scan("buyer")]
    return every[site.number("buyer_turn", 0) % len(every)]


def _terms(given: Given) -> Terms:
    if given.get("payment", "approved") not in checkout.PAYMENTS:
        raise ValueError(f"payment is one of {', '.join(checkout.PAYMENTS)}")
    return Terms(
        payment=given.get("payment", "approved"),
        method=given.get("method", "pix"),
        installments=int(given.get("installments", 1)),
        freight=Decimal(given.get("freight", 0)),
        interest=Decimal(given.get("interest", 0)),
        mode=given.get("mode", ""),
        type=given.get("type", ""),
        buffer_s=float(given.get("buffer_s", 0)),
        pack=bool(given.get("pack", False)),
    )
