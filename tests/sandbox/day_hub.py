"""A hub made by hand, just good enough for a selling day: it publishes, exports, sends the NF-e, cancels both ways.

It speaks to both simulated platforms over HTTP in a thread of its own, and keeps nothing: each round looks at both.
"""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

from ml_seller import NEW, XML, Seller
from vtex_hub import Hub, logistics, order_body

Doc = dict[str, Any]
SKUS = {
    "0012-AZ-P": (2001, "249.90"), "0012-AZ-M": (2002, "249.90"), "0012-VM-P": (2003, "249.90"),
    "0007-BR-P": (2005, "79.90"), "0007-BR-M": (2006, "79.90"), "0007-PT-M": (2008, "79.90"),
    "0031-PT-38": (2009, "189.90"), "0031-PT-40": (2010, "189.90"), "BAT-01-RUBI": (2012, "39.90"),
    "BAT-01-NUDE": (2013, "39.90"), "PERF-10-50": (2014, "159.90"),
}  # fmt: skip
_CANCEL = {"fulfilled": False, "rating": "neutral", "reason": "OUT_OF_STOCK", "message": "Sem estoque"}


class HandHub(threading.Thread):
    """Runs until `stop()`."""

    def __init__(self, ml: Seller, vtex: Hub) -> None:
        super().__init__(daemon=True)
        self.ml, self.vtex, self._over = ml, vtex, threading.Event()

    def publish(self) -> None:
        """List every SKU of the day."""
        for sku, (_, price) in SKUS.items():
            self.ml.publish(sku, family_name=f"Produto {sku}", price=float(price), available_quantity=15)

    def run(self) -> None:
        while not self._over.wait(0.2):
            if self.ml.call("GET", "/users/me").status_code == 401:
                self.ml.refresh()  # six virtual hours are over
            self.round()

    def stop(self) -> None:
        self._over.set()
        self.join(5)

    def round(self) -> None:
        """Look at each purchase once."""
        exported = {
            order["marketplaceOrderId"]: order for order in self.vtex.running.control("state/vtex/order").values()
        }
        for purchase in self.ml.running.control("state/ml/purchase").values():
            orders = [self.ml.get(f"/orders/{id_}") for id_ in purchase["orders"]]
            target = exported.get(str(purchase["id"]))
            statuses = {order["status"] for order in orders}
            if target is None:
                if statuses == {"paid"} and purchase["shipment"]:
                    self.export(purchase, orders)
            elif statuses == {"cancelled"}:
                self.cancel_at_vtex(target)
            elif target["status"] == "canceled":
                self.cancel_at_ml(orders)
            else:
                self.send_invoice(purchase, target)

    def export(self, purchase: Doc, orders: list[Doc]) -> None:
        order_id = self.vtex.placed(str(purchase["id"]), **self.order(purchase, orders))
        assert self.vtex.authorise(order_id).status_code == 200

    def order(self, purchase: Doc, orders: list[Doc]) -> Doc:
        """The order as VTEX takes it."""
        shipment = self.ml.get(f"/shipments/{purchase['shipment']}", NEW)
        billing = self.ml.get(f"/orders/billing-info/MLB/{orders[0]['buyer']['billing_info']['id']}")
        person, address = billing["buyer"]["billing_info"], shipment["destination"]["shipping_address"]
        freight, given = _cents(shipment["lead_time"]["cost"]), order_body("1", self.vtex.callback)
        items = [
            {"id": str(SKUS[line["item"]["seller_sku"]][0]), "quantity": line["quantity"], "seller": "1",
             "price": _cents(line["unit_price"]), "priceTags": [], "attachments": []}
            for line in (order["order_items"][0] for order in orders)
        ]  # fmt: skip
        client = given["clientProfileData"] | {
            "firstName": person["name"], "lastName": person["last_name"],
            "document": person["identification"]["number"],
        }  # fmt: skip
        place = given["shippingData"]["address"] | {
            "postalCode": address["zip_code"], "city": address["city"]["name"], "state": address["state"]["id"][3:],
            "street": address["street_name"], "number": address["street_number"],
        }  # fmt: skip
        costs = [logistics(at, freight if at == 0 else 0) for at in range(len(items))]
        shipping = given["shippingData"] | {"address": place, "logisticsInfo": costs, "isFob": True}
        total = freight + sum(item["price"] * item["quantity"] for item in items)
        return {"items": items, "clientProfileData": client, "shippingData": shipping,
                "marketplacePaymentValue": total}  # fmt: skip

    def send_invoice(self, purchase: Doc, target: Doc) -> None:
        packages = target["packageAttachment"]["packages"]
        shipment = self.ml.get(f"/shipments/{purchase['shipment']}", NEW)
        known = self.ml.call("GET", f"/shipments/{shipment['id']}/invoice_data?siteId=MLB").status_code == 200
        if packages and shipment["substatus"] == "invoice_pending" and not known:
            path = f"/shipments/{shipment['id']}/invoice_data/?siteId=MLB"
            xml = packages[0]["embeddedInvoice"].encode()
            answer = self.ml.call("POST", path, content=xml, headers=XML)
            assert answer.status_code == 200, answer.text

    def cancel_at_vtex(self, target: Doc) -> None:
        if target["status"] not in ("cancel", "canceled", "cancellation-requested"):
            path = f"/api/oms/pvt/orders/{target['orderId']}/cancel"
            self.vtex.call("POST", path, {"reason": "Cancelado pelo comprador"})

    def cancel_at_ml(self, orders: list[Doc]) -> None:
        for order in orders:
            if order["status"] != "cancelled":
                self.ml.call("POST", f"/orders/{order['id']}/feedback", json=_CANCEL)


def _cents(amount: Any) -> int:
    return int(Decimal(str(amount)) * 100)
