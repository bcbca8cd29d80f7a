"""What the seller and the platform do with the account: prices, company, application, authorisation, faults."""

from __future__ import annotations

from typing import Any

from sandbox.faults import Rule
from sandbox.mercado_livre import oauth, stock
from sandbox.mercado_livre.act_given import Given, known_keys
from sandbox.mercado_livre.site import NAME, Site
from sandbox.world import World


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
    known_keys(given, *seller["_"]["company"])
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
    known_keys(given, "app", "callback", "topics", "patience_s")
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
    known_keys(given, "name", "value")
    Site(world).put("note", given["name"], given["value"])
    return given["value"]
