"""What a seller does by hand at Mercado Livre, past the hub."""

from __future__ import annotations

from typing import Any

from running import RunningHub
from sqlalchemy import Connection

from cais.http import token
from cais.http.token import Owner


async def list_by_hand(hub: RunningHub, sku: str) -> str:
    """An item that the hub has not made, with a SKU that it may not know; its id."""
    access = await hub.store.read(_access, hub)
    answer = await hub.http.post("/ml/items", json=_item(sku), headers={"Authorization": f"Bearer {access}"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _access(conn: Connection, hub: RunningHub) -> str:
    held = token.current(conn, hub.store.keys, Owner("ml", "aurora"))
    assert held is not None
    return held.access


def _item(sku: str) -> dict[str, Any]:
    attributes = {
        "SELLER_SKU": sku,
        "BRAND": "Aurora",
        "EMPTY_GTIN_REASON": "O produto não tem código registrado",
        "ITEM_CONDITION": "Novo",
    }
    terms = {"WARRANTY_TYPE": "Garantia do vendedor", "WARRANTY_TIME": "90 dias"}
    return {
        "family_name": f"Feito à mão {sku}",
        "category_id": "MLB437616",
        "price": 25,
        "currency_id": "BRL",
        "available_quantity": 9,
        "buying_mode": "buy_it_now",
        "listing_type_id": "gold_special",
        "sale_terms": [{"id": name, "value_name": value} for name, value in terms.items()],
        "pictures": [{"source": "https://lojaaurora.vteximg.com.br/1.jpg"}],
        "attributes": [{"id": name, "value_name": value} for name, value in attributes.items()],
        "shipping": {"mode": "me2", "local_pick_up": False, "free_shipping": False},
        "channels": ["marketplace"],
    }
