"""What VTEX demands of an order that a marketplace places (route A: the fulfillment protocol)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from sandbox.operation import Call
from sandbox.refusal import Refusal
from sandbox.vtex.body import declared, text, whole
from sandbox.vtex.checkout import POSTAL_CODE, SLAS, sold_sku, unit_cents
from sandbox.vtex.document import valid_cnpj, valid_cpf
from sandbox.vtex.logistics import allocate, available
from sandbox.vtex.refuse import COLLECT, PLACEMENT, refuse, wrong_code

Doc = dict[str, Any]
_NULLABLE = ("openTextField", "marketingData", "paymentData")
_NULLABLE_CLIENT = (
    "phone", "corporateName", "tradeName", "corporateDocument", "stateInscription", "corporatePhone", "isCorporate",
)  # fmt: skip
_NULLABLE_ADDRESS = ("complement", "reference", "neighborhood")


def check(call: Call, order: Doc, channel: str) -> None:
    """Raise the refusal that the order deserves, in the order in which VTEX's list of codes goes."""
    marketplace_id = order.get("marketplaceOrderId")
    if not isinstance(marketplace_id, str) or not marketplace_id:
        raise wrong_code("FMT015", "Marketplace id has not been provided")
    declared(order, _NULLABLE, _undeclared)
    _check_endpoint(order)
    _check_custom_data(call, order)
    _check_open_text(order)
    _check_items(call, order, channel)
    _check_client(order)
    _check_shipping(order)
    _check_total(order)
    _check_divergence(call, order, channel)
    _check_delivery(call, order)


def _undeclared(name: str) -> Refusal:
    source = f"{COLLECT}: 'All parameters must be declared … you must still send it as null'"
    return refuse("ORD002", f"The purchase cannot be done due to invalid data: {name} is not declared", source)


def _check_endpoint(order: Doc) -> None:
    endpoint = order.get("marketplaceServicesEndpoint")
    if not isinstance(endpoint, str) or not re.fullmatch(r"https?://[^\s/]+\S*", endpoint):
        raise wrong_code("FMT0070", "The endpoint to marketplace's service has not been provided")


def _check_custom_data(call: Call, order: Doc) -> None:
    """A custom app has to be configured in the store before an order may use it."""
    known = (call.shelf.get("account", "self") or {})["custom_apps"]
    for app in (order.get("customData") or {}).get("customApps", []):
        if app.get("id") not in known:
            said = f"The purchase cannot be done due to invalid data: custom app {app.get('id')}"
            raise refuse("ORD002", said, f"{COLLECT}: customData.customApps")


def _check_open_text(order: Doc) -> None:
    """The specification has a string, the guide an object with `value`: both are taken."""
    given = order["openTextField"]
    if not (given is None or isinstance(given, str) or (isinstance(given, dict) and set(given) == {"value"})):
        raise refuse("ORD002", "The purchase cannot be done due to invalid data", f"{PLACEMENT}: openTextField")


def _check_items(call: Call, order: Doc, channel: str) -> None:
    items = order.get("items")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise wrong_code("ORD005", "The purchase cannot be done without items")
    for item in items:
        id_ = text(item, "id", lambda _: wrong_code("FMT0039", "Invalid id for item"))
        whole(item, "quantity", lambda _: wrong_code("FMT0038", "Invalid quantity for item"), least=1)
        if item.get("seller") != "1":
            raise wrong_code("FMT0040", "Invalid seller for item")
        whole(item, "price", lambda _: wrong_code("FMT0041", "Invalid price for item"), least=0)
        _check_tags(item)
        if sold_sku(call.shelf, id_, channel) is None:
            raise wrong_code("ORD027", f"Item {id_} not found or unavailable")


def _check_tags(item: Doc) -> None:
    for tag in item.get("priceTags") or []:
        whole(tag, "value", lambda _: wrong_code("CHK0053", "Invalid price tag"), least=-(10**12))
        if not isinstance(tag.get("name"), str):
            raise wrong_code("CHK0053", "Invalid price tag")


def _check_client(order: Doc) -> None:
    client = order.get("clientProfileData")
    if not isinstance(client, dict):
        raise wrong_code("FMT0045", "The purchase cannot be done without a profile")
    declared(client, _NULLABLE_CLIENT, _undeclared)
    for name in ("firstName", "lastName"):
        text(client, name, _wrong_client)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text(client, "email", _wrong_client)):
        raise _wrong_client("email")
    valid = {"cpf": valid_cpf, "cnpj": valid_cnpj}.get(str(client.get("documentType")).lower())
    if valid is None:
        raise _wrong_client("documentType")
    if not valid(text(client, "document", _wrong_client)):
        raise _wrong_client("document")
    _check_company(client)


def _check_company(client: Doc) -> None:
    if client["isCorporate"] is True:
        if not valid_cnpj(text(client, "corporateDocument", _wrong_client)):
            raise _wrong_client("corporateDocument")
        text(client, "corporateName", _wrong_client)
    elif client["isCorporate"] not in (False, None):
        raise _wrong_client("isCorporate")
    if not (client["phone"] is None or isinstance(client["phone"], str)):
        raise _wrong_client("phone")


def _wrong_client(name: str) -> Refusal:
    return wrong_code("ORD007", f"The {name} field in the client profile attachment is invalid")


def _wrong_shipping(name: str) -> Refusal:
    return wrong_code("ORD006", f"The {name} field in the shipping attachment is invalid")


def _check_shipping(order: Doc) -> None:
    shipping = order.get("shippingData")
    if not isinstance(shipping, dict):
        raise wrong_code("FMT001", "Cannot reserve items without shipping data")
    address = shipping.get("address")
    if not isinstance(address, dict):
        raise _wrong_shipping("address")
    declared(address, _NULLABLE_ADDRESS, _undeclared)
    for name in ("addressType", "receiverName", "city", "state", "street", "number"):
        text(address, name, _wrong_shipping)
    if not POSTAL_CODE.fullmatch(text(address, "postalCode", _wrong_shipping)):
        raise _wrong_shipping("postalCode")
    if not re.fullmatch(r"[A-Z]{3}", text(address, "country", _wrong_shipping)):
        raise _wrong_shipping("country")
    if shipping.get("updateStatus", "updated") != "updated":
        raise _wrong_shipping("updateStatus")
    if shipping.get("isFob") not in (True, False, None):
        raise _wrong_shipping("isFob")
    _check_logistics(order["items"], shipping)


def _check_logistics(items: list[Doc], shipping: Doc) -> None:
    entries = shipping.get("logisticsInfo")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _wrong_shipping("logisticsInfo")
    indexes = [whole(entry, "itemIndex", lambda _: wrong_code("FMT0057", "Invalid item index")) for entry in entries]
    if len(set(indexes)) != len(indexes):
        raise wrong_code("FMT0089", "Duplicated item index")
    if sorted(indexes) != list(range(len(items))):
        raise wrong_code("FMT0057", "Invalid item index")
    for entry in entries:
        declared(entry, ("deliveryWindow", "selectedSla"), _undeclared)
        whole(entry, "price", _wrong_shipping)
        if not re.fullmatch(r"\d+(d|bd|h|m)", text(entry, "lockTTL", _no_ttl)):
            raise wrong_code("FMT0077", "Invalid reservation TTL")
        if not re.fullmatch(r"\d+(d|bd|h|m)", text(entry, "shippingEstimate", _no_estimate)):
            raise wrong_code("FMT0079", "Invalid reservation estimate")


def _no_ttl(_: str) -> Refusal:
    return wrong_code("FMT017", "Cannot reserve items without reservation period (TTL)")


def _no_estimate(_: str) -> Refusal:
    return wrong_code("FMT0078", "Cannot reserve items without estimate")


def total_of(order: Doc) -> int:
    """Cents: each price by its quantity, price tags (of the line), and each item's freight."""
    items: int = sum(item["price"] * item["quantity"] for item in order["items"])
    tags: int = sum(tag["value"] for item in order["items"] for tag in item.get("priceTags") or [])
    freight: int = sum(entry["price"] for entry in order["shippingData"]["logisticsInfo"])
    return items + tags + freight


def _check_total(order: Doc) -> None:
    said = "Invalid marketplace payment value or payment data"
    paid = whole(order, "marketplacePaymentValue", lambda _: wrong_code("FMT0042", said))
    if (total := total_of(order)) != paid:
        raise wrong_code("FMT007", f"Payment total ({paid}) differs from store desired value ({total})")


def diverges(call: Call, order: Doc, channel: str) -> bool:
    """Whether a price is further from the store's than the merchant's Price Divergence rule allows."""
    percent = (call.shelf.get("account", "self") or {})["price_divergence_percent"]
    if percent is None:
        return False
    for item in order["items"]:
        store = unit_cents(call.world, call.shelf, item["id"], channel, item["quantity"])
        if abs(item["price"] - store) * 100 > Decimal(percent) * store:
            return True
    return False


def _check_divergence(call: Call, order: Doc, channel: str) -> None:
    if diverges(call, order, channel) and order.get("isCreatedAsync") is not True:
        source = f"{PLACEMENT}: isCreatedAsync, 'must be true if an order is being placed with Price divergence'"
        raise refuse("FMT006", "Order form price is differs from the store price", source)


def _check_delivery(call: Call, order: Doc) -> None:
    """Stock and way of delivery. A marketplace that delivers itself (`isFob`) names no SLA."""
    fob = order["shippingData"].get("isFob") is True
    for entry in order["shippingData"]["logisticsInfo"]:
        item = order["items"][entry["itemIndex"]]
        if available(call.shelf, item["id"]) == 0:
            raise wrong_code("ORD027", f"Item {item['id']} not found or unavailable")
        if not allocate(call.shelf, item["id"], item["quantity"]):
            raise wrong_code("FMT002", "Order reservation couldn't be done")
        chosen = entry["selectedSla"]
        if chosen is None and not fob:
            raise wrong_code("FMT004", f"There is no selected SLA for item {item['id']}({entry['itemIndex']})")
        if chosen is not None and chosen not in [sla[0] for sla in SLAS]:
            said = f"The selected SLA for item {item['id']}({entry['itemIndex']}) is not available"
            raise wrong_code("FMT010", said)
