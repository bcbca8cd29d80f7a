"""A small correct client of the simulated VTEX, and the order that it places."""

from __future__ import annotations

from typing import Any

import httpx
from served import Running

Doc = dict[str, Any]
HEADERS = {"X-VTEX-API-AppKey": "vtexappkey-lojaaurora-SANDBOX", "X-VTEX-API-AppToken": "sandbox-token"}


class Hub:
    """Calls the commerce host, or with `pricing` the pricing host, of the account lojaaurora."""

    def __init__(self, running: Running, callback: str = "http://127.0.0.1:9/vtex/cb/secret/") -> None:
        self.running = running
        self.callback = callback

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        url = f"/vtex/lojaaurora{path}"
        return self.running.client.request(method, url, json=body, headers=HEADERS | headers)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pricing(self, method: str, path: str, body: Any = None) -> httpx.Response:
        url = f"/vtex-api/lojaaurora/pricing/prices{path}"
        return self.running.client.request(method, url, json=body, headers=HEADERS)

    def act(self, act: str, **given: Any) -> Any:
        return self.running.control("vtex/lojaaurora/act", {"act": act} | given)

    def refused_act(self, act: str, **given: Any) -> str:
        answer = self.running.client.post("/_sandbox/vtex/lojaaurora/act", json={"act": act} | given)
        assert answer.status_code == 400
        return str(answer.json()["error"])

    def advance(self, seconds: float) -> None:
        self.running.control("clock", {"advance": seconds})

    def body(self, number: str = "2000009876543210", **changes: Any) -> Doc:
        """The order of one dress and two lipsticks: 24990 + 2 × 3990 + 1990 freight, in cents."""
        return order_body(number, self.callback) | changes

    def place(self, body: Any = None, query: str = "?sc=1&affiliateId=MKP") -> httpx.Response:
        return self.call("POST", f"/api/fulfillment/pvt/orders{query}", [self.body()] if body is None else body)

    def placed(self, number: str = "2000009876543210", **changes: Any) -> str:
        answer = self.place([self.body(number, **changes)])
        assert answer.status_code == 200, answer.text
        return str(answer.json()[0]["orderId"])

    def authorise(self, order_id: str, **body: Any) -> httpx.Response:
        path = f"/api/fulfillment/pvt/orders/{order_id}/fulfill?sc=1&affiliateId=MKP"
        return self.call("POST", path, body or {"marketplaceOrderId": order_id[4:]})

    def ready(self, number: str = "2000009876543210", **changes: Any) -> str:
        """An order that is paid and past its window: ready for handling."""
        order_id = self.placed(number, **changes)
        assert self.authorise(order_id).status_code == 200
        self.advance(1801)
        assert self.status(order_id) == "ready-for-handling"
        return order_id

    def order(self, order_id: str) -> Doc:
        return dict(self.get(f"/api/oms/pvt/orders/{order_id}"))

    def tried(self, topic: str, attempts: int) -> bool:
        """Whether a notification of the topic has been sent so often, and its outcome is known."""
        every = self.running.control("notifications?platform=vtex")
        return any(one["topic"] == topic and one["attempts"] >= attempts for one in every)

    def status(self, order_id: str) -> str:
        return str(self.order(order_id)["status"])

    def stock(self, sku: int, warehouse: str = "1_1") -> tuple[int, int]:
        """(total, reserved)."""
        rows = self.get(f"/api/logistics/pvt/inventory/skus/{sku}")["balance"]
        row = next(row for row in rows if row["warehouseId"] == warehouse)
        return row["totalQuantity"], row["reservedQuantity"]

    def invoice(self, order_id: str, **changes: Any) -> httpx.Response:
        return self.call("POST", f"/api/oms/pvt/orders/{order_id}/invoice", invoice_body() | changes)


def order_body(number: str, callback: str) -> Doc:
    return {
        "marketplaceOrderId": number, "marketplaceServicesEndpoint": callback, "marketplacePaymentValue": 34960,
        "isCreatedAsync": False,
        "items": [
            {"id": "2001", "quantity": 1, "seller": "1", "price": 24990, "priceTags": [], "attachments": []},
            {"id": "2012", "quantity": 2, "seller": "1", "price": 3990, "priceTags": [], "attachments": []},
        ],
        "clientProfileData": {
            "email": "ana@marketplace.example", "firstName": "Ana", "lastName": "Souza", "documentType": "cpf",
            "document": "11144477735", "phone": "+5511999990000", "corporateName": None, "tradeName": None,
            "corporateDocument": None, "stateInscription": None, "corporatePhone": None, "isCorporate": False,
        },
        "shippingData": {
            "address": {
                "addressType": "residential", "receiverName": "Ana Souza", "addressId": "casa",
                "postalCode": "01310100", "city": "São Paulo", "state": "SP", "country": "BRA",
                "street": "Av. Paulista", "number": "1000", "neighborhood": "Bela Vista", "complement": None,
                "reference": None, "geoCoordinates": [],
            },
            "logisticsInfo": [logistics(0, 1990), logistics(1, 0)], "updateStatus": "updated",
        },
        "openTextField": None, "marketingData": None, "paymentData": None,
        "customData": {"customApps": [{"id": "marketplace-integration", "major": 1, "fields": {"x": number}}]},
    }  # fmt: skip


def logistics(index: int, price: int, sla: str | None = "Normal") -> Doc:
    return {
        "itemIndex": index, "selectedSla": sla, "lockTTL": "8d", "shippingEstimate": "5bd", "price": price,
        "deliveryWindow": None,
    }  # fmt: skip


def invoice_body() -> Doc:
    return {
        "type": "Output", "issuanceDate": "2026-11-24T18:25:43-03:00", "invoiceNumber": "000059579",
        "invoiceValue": "34960", "invoiceKey": "35261112345678000195550010000595791123456784", "invoiceUrl": None,
        "embeddedInvoice": "<nfeProc/>", "courier": "", "trackingNumber": "", "trackingUrl": "",
        "dispatchedDate": None,
        "items": [{"id": "2001", "price": 24990, "quantity": 1}, {"id": "2012", "price": 3990, "quantity": 2}],
    }  # fmt: skip


def error(answer: httpx.Response, status: int = 400) -> str:
    """The code of a refusal in VTEX's shape, which also cites its source."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body["error"]) >= {"code", "message", "exception"}
    assert answer.headers["x-sandbox-source"]
    return str(body["error"]["code"])
