"""A seller's application that speaks to the simulated Mercado Livre over HTTP, and the people around it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
from served import Running

from sandbox.nfe import Nfe, NfeLine, build_nfe

NEW = {"x-format-new": "true"}
XML = {"content-type": "application/xml"}


def body(sku: str = "0007-BR-P", **changes: Any) -> dict[str, Any]:
    """A POST /items of the User Products model that is accepted."""
    item = {
        "family_name": "Camiseta Aurora Básica",
        "category_id": "MLB31447",
        "price": 79.9,
        "currency_id": "BRL",
        "available_quantity": 5,
        "buying_mode": "buy_it_now",
        "listing_type_id": "gold_special",
        "sale_terms": [
            {"id": "WARRANTY_TYPE", "value_id": "2230280", "value_name": "Garantia do vendedor"},
            {"id": "WARRANTY_TIME", "value_name": "90 dias"},
        ],
        "pictures": [{"source": "https://loja.example/1.jpg"}],
        "attributes": [
            {"id": "BRAND", "value_name": "Aurora"},
            {"id": "MODEL", "value_name": "Básica"},
            {"id": "COLOR", "value_name": "Branco"},
            {"id": "SIZE", "value_name": "P"},
            {"id": "ITEM_CONDITION", "value_id": "2230284", "value_name": "Novo"},
            {"id": "GTIN", "value_name": "7891000000717"},
            {"id": "SELLER_SKU", "value_name": sku},
        ],
        "shipping": {"mode": "me2", "local_pick_up": False, "free_shipping": False},
        "channels": ["marketplace"],
    }
    return {key: value for key, value in (item | changes).items() if value is not None}


def without(holder: dict[str, Any], attribute: str) -> list[dict[str, Any]]:
    """The attributes of a body without one of them."""
    return [one for one in holder["attributes"] if one["id"] != attribute]


class Seller:
    """User `user` with a token; `act` is what others do."""

    def __init__(self, running: Running, user: int = 123) -> None:
        self.running, self.user = running, user
        self.client = running.client
        self.refresh_token = f"TG-sandbox-{user}-1"
        self.refresh()

    def refresh(self) -> None:
        """Change the refresh token for an access token and the next refresh token."""
        answer = self.token(grant_type="refresh_token", refresh_token=self.refresh_token)
        assert answer.status_code == 200, answer.text
        self.refresh_token = answer.json()["refresh_token"]
        self.access_token = answer.json()["access_token"]

    def authorise(self) -> None:
        """The seller grants the application anew."""
        answer = self.token(grant_type="authorization_code", **self.act("authorise")).json()
        self.access_token, self.refresh_token = answer["access_token"], answer["refresh_token"]

    def token(self, **form: str) -> httpx.Response:
        """POST /oauth/token with the application's credentials."""
        credentials = {"client_id": "4567890123456789", "client_secret": "sandbox-secret"}
        return self.client.post("/ml/oauth/token", data=credentials | form)

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A call with the access token."""
        headers = {"authorization": f"Bearer {self.access_token}"} | more.pop("headers", {})
        return self.client.request(method, f"/ml{path}", headers=headers, **more)

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """A GET that must succeed; its JSON."""
        answer = self.call("GET", path, headers=headers or {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def publish(self, sku: str = "0007-BR-P", **changes: Any) -> dict[str, Any]:
        """Create an item; its document."""
        answer = self.call("POST", "/items", json=body(sku, **changes))
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def act(self, name: str, **given: Any) -> Any:
        """Something that others do, which must succeed."""
        return self.running.control(f"ml/{self.user}/act", {"act": name} | given)

    def refused_act(self, name: str, **given: Any) -> str:
        """Something that others cannot do; why."""
        path = f"/_sandbox/ml/{self.user}/act"
        answer = self.client.post(path, json={"act": name} | given)
        assert answer.status_code == 400, answer.text
        error: str = answer.json()["error"]
        return error

    def later(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.running.control("clock", {"advance": seconds})

    def buy(self, *skus: str, quantity: int = 1, **given: Any) -> dict[str, Any]:
        """A buyer (Ana, unless told) buys one line of each SKU, and the shipment appears."""
        lines = [{"sku": sku, "quantity": quantity} for sku in skus]
        bought: dict[str, Any] = self.act("buy", **({"lines": lines, "buyer": 2212631001} | given))
        self.later(6)  # the shipment appears
        self.later(4)  # and is ready, when all is paid
        return bought

    def order(self, bought: dict[str, Any], place: int = 0) -> dict[str, Any]:
        """An order of a purchase, as the API shows it."""
        shown: dict[str, Any] = self.get(f"/orders/{bought['orders'][place]}")
        return shown

    def shipment(self, bought: dict[str, Any]) -> dict[str, Any]:
        """The shipment of a purchase."""
        shown: dict[str, Any] = self.get(f"/shipments/{self.order(bought)['shipping']['id']}", NEW)
        return shown

    def nfe(self, bought: dict[str, Any], **changes: Any) -> Nfe:
        """The NF-e that a correct ERP would issue for the purchase."""
        orders = [self.order(bought, place) for place in range(len(bought["orders"]))]
        live = [order["order_items"][0] for order in orders if order["status"] != "cancelled"]
        lines = [
            NfeLine(
                one["item"]["seller_sku"],
                one["item"]["title"],
                Decimal(one["quantity"]),
                Decimal(str(one["unit_price"])),
            )
            for one in live
        ]
        arguments: dict[str, Any] = {
            "issuer_cnpj": "11222333000181",
            "uf": "SP",
            "number": orders[0]["id"] % 10**9,
            "series": 1,
            "issued_at": self.now(),
            "lines": lines,
            "total": sum((line.quantity * line.unit_price for line in lines), Decimal(0)),
            "buyer_document": "52998224725",
            "buyer_zip": "20040030",
        }
        return build_nfe(**(arguments | changes))

    def now(self) -> datetime:
        """Virtual time."""
        return datetime.fromisoformat(self.running.control("clock")["now"]).astimezone(UTC)

    def send(self, shipment: int, xml: bytes, query: str = "?siteId=MLB", **headers: str) -> httpx.Response:
        """POST the NF-e."""
        path = f"/shipments/{shipment}/invoice_data/{query}"
        return self.call("POST", path, content=xml, headers=XML | headers)

    def invoiced(self, bought: dict[str, Any]) -> int:
        """Send the right NF-e and let it be processed; the shipment's id."""
        shipment = int(self.shipment(bought)["id"])
        answer = self.send(shipment, self.nfe(bought).xml)
        assert answer.status_code == 200, answer.text
        self.later(10)
        return shipment

    def label(self, shipment: int, kind: str = "pdf") -> httpx.Response:
        """GET the label."""
        return self.call("GET", f"/shipment_labels?shipment_ids={shipment}&response_type={kind}")


def refused(answer: httpx.Response, status: int, error: str) -> dict[str, Any]:
    """The vendor's error body, after checking status, code and that a source is cited."""
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["error"]) == (status, error), told
    assert answer.headers["x-sandbox-source"].startswith("https://developers.mercadolivre.com.br/")
    assert told["status"] == status
    assert isinstance(told["cause"], list)
    return told


def causes(answer: httpx.Response) -> list[str]:
    """The codes of the causes of a validation error."""
    return [one["code"] for one in refused(answer, 400, "validation_error")["cause"]]
