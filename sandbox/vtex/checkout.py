"""Fulfillment simulation: what a trade policy sells, at which price (cents), and how it can be delivered."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.operation import Answer, Call, Operation
from sandbox.state import Shelf
from sandbox.vtex.body import field_refusal, object_body, text, whole
from sandbox.vtex.demo import cents
from sandbox.vtex.logistics import allocate
from sandbox.vtex.pricing import price_of
from sandbox.vtex.refuse import PLACEMENT, wrong_code
from sandbox.world import World

Doc = dict[str, Any]
_SOURCE = f"{PLACEMENT}: orderForms/simulation"
POSTAL_CODE = re.compile(r"\d{5}-?\d{3}")
SLAS = (  # id, courier id, courier, estimate, price in cents
    ("Normal", "pac", "Correios PAC", "5bd", 1990),
    ("Expressa", "sedex", "Correios SEDEX", "2bd", 3490),
)


def sold_sku(shelf: Shelf, sku_id: str, channel: str) -> Doc | None:
    """The SKU if the trade policy sells it: active, of an active product, assigned to it, with a price."""
    sku: Doc | None = shelf.get("sku", sku_id)
    product = shelf.get("product", sku["product"]) if sku else None
    if not sku or not product or not (sku["active"] and product["active"]):
        return None
    priced = shelf.get("price", sku_id) is not None
    return sku if int(channel) in product["channels"] and priced else None


def promotion_of(shelf: Shelf, sku_id: str, channel: str, unit: int) -> Doc | None:
    """The promotion on a SKU in a trade policy, with its discount of the unit price in cents."""
    promotion = shelf.get("promotion", f"{sku_id}:{channel}")
    if promotion is None:
        return None
    off = (Decimal(unit) * promotion["percent"] / 100).quantize(Decimal(1), ROUND_HALF_UP)
    return {"name": promotion["name"], "off": int(off)}


def unit_cents(world: World, shelf: Shelf, sku_id: str, channel: str, quantity: int) -> int:
    """The unit price before promotions, in cents; the SKU has a price."""
    price = price_of(shelf, sku_id, channel, quantity, world.clock.now())
    assert price is not None
    return cents(price)


def channel_of(call: Call) -> str:
    """The trade policy that the query names; the affiliate's if it names only that, else 1."""
    affiliate_id = call.query.get("affiliateId")
    affiliate = call.shelf.get("affiliate", affiliate_id) if affiliate_id else None
    if affiliate_id and affiliate is None:
        raise wrong_code("FMT0021", "Invalid affiliate id")
    channel = call.query.get("sc") or (affiliate["salesChannel"] if affiliate else "1")
    if call.shelf.get("sales_channel", channel) is None:
        raise wrong_code("FMT0036", "Invalid sales channel")
    return str(channel)


def _simulate(call: Call) -> Answer:
    body, channel = object_body(call, _SOURCE), channel_of(call)
    wanted = _wanted(body)
    delivered = _delivered(body)
    items: list[Doc] = []
    logistics: list[Doc] = []
    messages: list[Doc] = []
    for index, (sku_id, quantity) in enumerate(wanted):
        if sold_sku(call.shelf, sku_id, channel) is None:
            messages.append(_message(sku_id))  # and it is absent from the items
            continue
        logistics.append(_logistics(call.shelf, len(items), sku_id, quantity, delivered=delivered))
        items.append(_item(call, index, sku_id, quantity, channel))
    return Answer({
        "items": items, "ratesAndBenefitsData": {"rateAndBenefitsIdentifiers": [], "teaser": []},
        "paymentData": None, "selectableGifts": [], "marketingData": None, "postalCode": body.get("postalCode"),
        "country": body.get("country"), "logisticsInfo": logistics, "messages": messages,
        "purchaseConditions": {"itemPurchaseConditions": []}, "pickupPoints": [], "subscriptionData": None,
        "totals": _totals(items), "itemMetadata": None,
    })  # fmt: skip


def _wanted(body: Doc) -> list[tuple[str, int]]:
    wrong = field_refusal(_SOURCE)
    items = body.get("items")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise wrong("items")
    for item in items:
        if text(item, "seller", wrong) != "1":
            raise wrong_code("FMT0040", "Invalid seller for item")
    return [(text(item, "id", wrong), whole(item, "quantity", wrong, least=1)) for item in items]


def _delivered(body: Doc) -> bool:
    """Whether delivery is asked for: a postal code, which needs its country."""
    if body.get("postalCode") is None:
        return False
    code = body["postalCode"]
    if not isinstance(code, str) or not POSTAL_CODE.fullmatch(code):
        raise field_refusal(_SOURCE)("postalCode")
    if body.get("country") != "BRA":
        raise field_refusal(_SOURCE)("country")
    return True


def _message(sku_id: str) -> Doc:
    said = f"Item {sku_id} not found or unavailable"
    return {"code": "ORD027", "text": said, "status": "error", "fields": {"id": sku_id}}


def _item(call: Call, index: int, sku_id: str, quantity: int, channel: str) -> Doc:
    unit = unit_cents(call.world, call.shelf, sku_id, channel, quantity)
    promotion = promotion_of(call.shelf, sku_id, channel, unit)
    selling = unit - (promotion["off"] if promotion else 0)
    tags = [_tag(promotion, quantity)] if promotion else []
    listed = (call.shelf.get("price", sku_id) or {})["list"]
    until = call.world.clock.now() + timedelta(days=365)
    enough = allocate(call.shelf, sku_id, quantity)
    return {
        "id": sku_id, "requestIndex": index, "quantity": quantity, "seller": "1", "sellerChain": ["1"], "tax": 0,
        "priceValidUntil": until.strftime("%Y-%m-%dT%H:%M:%SZ"), "price": unit,
        "listPrice": unit if listed is None else cents(listed), "rewardValue": 0, "sellingPrice": selling,
        "offerings": [], "priceTags": tags, "measurementUnit": "un", "unitMultiplier": Decimal("1.0"),
        "parentItemIndex": None, "parentAssemblyBinding": None,
        "availability": "available" if enough else "withoutStock",
        "priceDefinition": {
            "calculatedSellingPrice": selling, "total": selling * quantity,
            "sellingPrices": [{"value": selling, "quantity": quantity}],
        },
    }  # fmt: skip


def _tag(promotion: Doc, quantity: int) -> Doc:
    value = -promotion["off"] * quantity
    return {
        "name": f"discount@price-{promotion['name']}", "value": value, "rawValue": Decimal(value) / 100,
        "isPercentual": False, "identifier": promotion["name"], "owner": None,
    }  # fmt: skip


def _logistics(shelf: Shelf, index: int, sku_id: str, quantity: int, *, delivered: bool) -> Doc:
    # no `stockBalance`: guides name it, the response schema of this endpoint does not have it
    served = allocate(shelf, sku_id, quantity)
    slas = [sla(entry, served) for entry in SLAS] if delivered and served else []
    return {
        "itemIndex": index, "addressId": None, "selectedSla": None, "selectedDeliveryChannel": None,
        "quantity": quantity, "shipsTo": ["BRA"], "slas": slas, "deliveryChannels": [{"id": "delivery"}],
    }  # fmt: skip


def delivery_ids(entry: tuple[str, str, str, str, int], served: list[tuple[str, int]]) -> list[Doc]:
    """Which warehouse and carrier deliver how many units."""
    return [
        {"courierId": entry[1], "courierName": entry[2], "warehouseId": warehouse, "dockId": f"{warehouse}_1",
         "quantity": units, "kitItemDetails": []}
        for warehouse, units in served
    ]  # fmt: skip


def sla(entry: tuple[str, str, str, str, int], served: list[tuple[str, int]]) -> Doc:
    """One way of delivery."""
    return {
        "id": entry[0], "deliveryChannel": "delivery", "name": entry[0], "deliveryIds": delivery_ids(entry, served),
        "shippingEstimate": entry[3], "shippingEstimateDate": None, "lockTTL": "10d",
        "availableDeliveryWindows": [], "deliveryWindow": None, "price": entry[4], "listPrice": entry[4], "tax": 0,
        "pickupPointId": None, "pickupDistance": Decimal("0.0"), "polygonName": None, "transitTime": entry[3],
    }  # fmt: skip


def _totals(items: list[Doc]) -> list[Doc]:
    full = sum(item["price"] * item["quantity"] for item in items)
    off = sum(tag["value"] for item in items for tag in item["priceTags"])
    totals = [{"id": "Items", "name": "Total dos Itens", "value": full}]
    return [*totals, {"id": "Discounts", "name": "Total dos Descontos", "value": off}] if off else totals


OPERATIONS = tuple(
    Operation("simulate", "POST", path, _simulate, writes=False)
    for path in ("/api/fulfillment/pvt/orderForms/simulation", "/api/checkout/pub/orderForms/simulation")
)
