"""What buyers, carriers and the platform itself do: `POST /_sandbox/ml/<user>/act`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from sandbox.faults import Rule
from sandbox.mercado_livre import checkout, labels, oauth, orders, shipments, stock
from sandbox.mercado_livre.checkout import Line, Terms
from sandbox.mercado_livre.site import NAME, Document, Site
from sandbox.platform import Act
from sandbox.world import World

Given = Mapping[str, Any]


def buy(world: World, user: str, given: Given) -> Any:
    """A buyer buys: `lines` [{sku or item, quantity, variation}], `buyer` (id), `payment` approved | pending |
    none | later, `method`, `installments`, `freight`, `interest`, `mode`, `type`, `buffer_s`, `pack`. With a
    `reference` seen before, nothing is bought again and the answer is that of the first time."""
    site = Site(world)
    _keys(given, "lines", "buyer", "payment", "method", "installments", "freight", "interest", "mode", "type",
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
    return _each_order(world, given, lambda site, order: orders.pay(site, order, amount))


def refuse_payment(world: World, user: str, given: Given) -> Any:
    """The pending payment of `order` is rejected."""
    return _each_order(world, given, orders.refuse_payment)


def buyer_cancel(world: World, user: str, given: Given) -> Any:
    """The buyer regrets `order` (or each order of `pack`), as long as nothing has been shipped."""

    def cancel(site: Site, order: Document) -> None:
        shipment = site.get("shipment", order["shipping"]["id"] or 0)
        if shipment is not None and shipments.gone(shipment):
            raise ValueError(f"order {order['id']} has left: the buyer can only return it")
        orders.cancel(site, order, orders.Cancel("buyer", "buyer_cancel", "O comprador se arrependeu", "buyer"))

    return _each_order(world, given, cancel)


def fraud(world: World, user: str, given: Given) -> Any:
    """A fraud alert on `order`: tagged, and to be cancelled by the seller."""
    return _each_order(world, given, orders.mark_fraud)


def release_buffer(world: World, user: str, given: Given) -> Any:
    """The day of the buffered `shipment` has come."""
    return _move(world, given, shipments.hand_over, ("pending/buffered",))


def print_label(world: World, user: str, given: Given) -> Any:
    """The seller prints the label of `shipment` in the vendor's own pages."""
    return _move(world, given, labels.printed, ("ready_to_ship/ready_to_print", "ready_to_ship/printed"))


def carrier_pickup(world: World, user: str, given: Given) -> Any:
    """The carrier collects `shipment`, or the seller hands it in (by its logistics)."""

    def collect(site: Site, shipment: Document) -> None:
        handed_in = shipment["logistic"]["type"] in ("drop_off", "xd_drop_off")
        shipments.move(site, shipment, "ready_to_ship", "dropped_off" if handed_in else "picked_up")

    return _move(world, given, collect, ("ready_to_ship/printed",))


def ship(world: World, user: str, given: Given) -> Any:
    """`shipment` leaves the hub."""
    before = ("picked_up", "dropped_off", "in_hub", "authorized_by_carrier", "in_warehouse")
    return _to(world, given, "shipped", None, tuple(f"ready_to_ship/{one}" for one in before))


def deliver(world: World, user: str, given: Given) -> Any:
    """`shipment` reaches the buyer."""
    return _to(world, given, "delivered", None, ("shipped",))


def not_deliver(world: World, user: str, given: Given) -> Any:
    """`shipment` does not reach the buyer and comes back (`substatus`, by default returning_to_sender)."""
    return _to(world, given, "not_delivered", given.get("substatus", "returning_to_sender"), ("shipped",))


def set_status(world: World, user: str, given: Given) -> Any:
    """`shipment` goes to any `status` and `substatus` that the vendor lists."""
    return _to(world, given, given.get("status", ""), given.get("substatus"), None)


def automate_price(world: World, user: str, given: Given) -> Any:
    """Switch the price automation of `item` on or off (`on`, default true)."""
    site = Site(world)
    item = site.need("item", given.get("item", ""))
    item["_"]["automated_price"] = given.get("on", True)
    stock.save(site, item)
    return {"item": item["id"], "automated_price": item["_"]["automated_price"]}


def set_company(world: World, user: str, given: Given) -> Any:
    """Change what is registered of the seller's company: cnpj, ie, ie_state, uf, registered, imports_invoices."""
    site = Site(world)
    seller = site.need("user", user)
    _keys(given, *seller["_"]["company"])
    seller["_"]["company"] |= given
    site.put("user", user, seller)
    return seller["_"]["company"]


def set_tags(world: World, user: str, given: Given) -> Any:
    """Give the seller other `tags` (user_product_seller, warehouse_management …)."""
    site = Site(world)
    seller = site.need("user", user) | {"tags": list(given["tags"])}
    site.put("user", user, seller)
    return seller["tags"]


def subscribe(world: World, user: str, given: Given) -> Any:
    """In the application's pages: set the `callback` address and the `topics`. `patience_s`: how many real
    seconds the vendor waits for the 200, on a machine too slow for its 0.5."""
    site = Site(world)
    _keys(given, "app", "callback", "topics", "patience_s")
    app = site.need("app", given.get("app") or next(id_ for id_, _ in site.scan("app")))
    changed = app | {key: value for key, value in given.items() if key != "app"}
    site.put("app", app["id"], changed)
    return {"callback": changed["callback"], "topics": changed["topics"]}


def authorise(world: World, user: str, given: Given) -> Any:
    """The seller authorises the application anew; returns the code to be exchanged within ten minutes."""
    site = Site(world)
    app = site.need("app", given.get("app") or next(id_ for id_, _ in site.scan("app")))
    return {"code": oauth.authorise(site, user, app), "redirect_uri": app["redirect_uri"]}


def revoke(world: World, user: str, given: Given) -> Any:
    """The seller takes the authorisation back."""
    site = Site(world)
    oauth.revoke(site, user, given.get("app") or next(id_ for id_, _ in site.scan("app")))
    return {}


def partial(world: World, user: str, given: Given) -> Any:
    """The next `times` answers of `operation` (get_order, get_shipment) are 206 without `fields`."""
    wish = {"fields": list(given["fields"]), "times": int(given.get("times", 1))}
    Site(world).put("partial", given["operation"], wish)
    return wish


def lose_notification(world: World, user: str, given: Given) -> Any:
    """The next notification of `topic` (default orders_v2) to the user's application is lost, without a trace."""
    rule = Rule(NAME, "lose", operation=given.get("topic", "orders_v2"), account=user, times=1)
    return {"ids": world.faults.add([rule])}


def note(world: World, user: str, given: Given) -> Any:
    """Whoever directs a day keeps `value` under `name`; read at `/_sandbox/state/ml/note`."""
    _keys(given, "name", "value")
    Site(world).put("note", given["name"], given["value"])
    return given["value"]


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


def _each_order(world: World, given: Given, do: Callable[[Site, Document], None]) -> Any:
    site = Site(world)
    ids = site.need("purchase", given["pack"])["orders"] if "pack" in given else [given.get("order", "")]
    for id_ in ids:
        do(site, site.need("order", id_))
    return {str(id_): site.need("order", id_)["status"] for id_ in ids}


def _to(world: World, given: Given, status: str, substatus: str | None, before: tuple[str, ...] | None) -> Any:
    return _move(world, given, lambda site, one: shipments.move(site, one, status, substatus), before)


def _move(world: World, given: Given, do: Callable[[Site, Document], None], before: tuple[str, ...] | None) -> Any:
    """Do it to the shipment named by `shipment`, or by its `order` or `pack`; `before`: from where it may go."""
    site = Site(world)
    shipment = site.need("shipment", _shipment_id(site, given))
    state = "/".join(filter(None, (shipment["status"], shipment["substatus"])))
    if before is not None and state not in before:
        raise ValueError(f"shipment {shipment['id']} is {state}, not {' or '.join(before)}")
    do(site, shipment)
    moved = site.need("shipment", shipment["id"])
    return {"shipment": moved["id"], "status": moved["status"], "substatus": moved["substatus"]}


def _shipment_id(site: Site, given: Given) -> Any:
    if "order" in given:
        return site.need("order", given["order"])["shipping"]["id"]
    return site.need("purchase", given["pack"])["shipment"] if "pack" in given else given.get("shipment", "")


def _keys(given: Given, *known: str) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"unknown key {unknown[0]!r}; known are {', '.join(known)}")


ACTS: Final[Mapping[str, Act]] = {
    act.__name__: act
    for act in (
        buy, pay, refuse_payment, buyer_cancel, fraud, release_buffer, print_label, carrier_pickup, ship, deliver,
        not_deliver, set_status, automate_price, set_company, set_tags, subscribe, authorise, revoke, partial,
        lose_notification, note,
    )
}  # fmt: skip
