"""Calls to the marketplace that placed an order: its invoice, its tracking, its cancellation."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sandbox.notify import Message, Retry
from sandbox.world import World

Doc = dict[str, Any]
# The marketplace answers 200 with {date, orderId, receipt}; anything else is tried again. VTEX does not state the
# rule: here within some six hours, after which the order goes on with its workflow marked as in error.
_RETRY = Retry(
    delays=(60, 300, 900, 1800, 3600, 7200, 7200), patience_s=10, accepts=(200,), answer=("date", "orderId", "receipt")
)


def address(order: Doc, path: str) -> str:
    """The order's `marketplaceServicesEndpoint` with a path added before its query string."""
    url = urlsplit(order["marketplaceServicesEndpoint"])
    return urlunsplit(url._replace(path=url.path.rstrip("/") + path))


def call_back(world: World, account: str, order: Doc, topic: str, body: Doc, then: str) -> bool:
    """Call the marketplace; the event `then` hears how it went. False: the order has no marketplace to call."""
    if not order["marketplaceServicesEndpoint"]:
        return False
    path = {
        "invoice_callback": f"/pub/orders/{order['marketplaceOrderId']}/invoice",
        "cancel_callback": f"/pvt/orders/{order['marketplaceOrderId']}/cancel",
    }[topic]
    args = {"account": account, "order": order["orderId"]}
    world.notifier.send(
        Message("vtex", account, topic, address(order, path), body, {"Accept": "application/json"}, _RETRY, then, args)
    )
    return True


def invoice_body(package: Doc) -> Doc:
    """The body of the invoice callback; the same call comes again when tracking is filled in."""
    names = (
        "type", "invoiceNumber", "courier", "trackingNumber", "trackingUrl", "issuanceDate", "invoiceValue",
        "invoiceKey", "invoiceUrl", "embeddedInvoice",
    )  # fmt: skip
    items = [{"id": item["id"], "price": item["price"], "quantity": item["quantity"]} for item in package["items"]]
    return {name: package[name] for name in names} | {"items": items}
