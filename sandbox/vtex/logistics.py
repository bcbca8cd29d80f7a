"""Logistics API: warehouses, inventory, and the reservations that orders hold on it.

`total` is what the merchant counted, `reserved` what orders hold of it. Starting to handle an order acknowledges
its reservations; they stay counted until the merchant's next count, made after that moment, replaces them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.operation import Answer, Call, Operation
from sandbox.refusal import Refusal
from sandbox.state import Shelf
from sandbox.vtex.affiliate import notify_sku
from sandbox.vtex.body import field_refusal, flag, object_body, whole
from sandbox.vtex.refuse import LOGISTICS, not_found
from sandbox.world import World

Doc = dict[str, Any]
UNLIMITED = 1_000_000


def balance_of(shelf: Shelf, sku_id: str | int, warehouse: str) -> Doc:
    """The SKU's balance in a warehouse. A kit's is what its parts allow."""
    parts = (shelf.get("sku", sku_id) or {}).get("parts") or []
    if parts:
        rows = [(balance_of(shelf, part, warehouse), quantity) for part, quantity in parts]
        least = min(_free(row) // quantity for row, quantity in rows)
        return {"total": least, "reserved": 0, "unlimited": False, "lead_time": "1.00:00:00"}
    stored: Doc | None = shelf.get("balance", f"{sku_id}:{warehouse}")
    return stored or {"total": 0, "reserved": 0, "unlimited": False, "lead_time": "00:00:00"}


def _free(balance: Doc) -> int:
    return UNLIMITED if balance["unlimited"] else max(0, balance["total"] - balance["reserved"])


def available(shelf: Shelf, sku_id: str | int) -> int:
    """Units that can be sold, over all active warehouses."""
    return sum(_free(balance_of(shelf, sku_id, warehouse)) for warehouse in _warehouse_ids(shelf))


def _warehouse_ids(shelf: Shelf) -> list[str]:
    active = [doc for _, doc in shelf.scan("warehouse") if doc["active"]]
    return [doc["id"] for doc in sorted(active, key=lambda doc: doc["priority"])]


def allocate(shelf: Shelf, sku_id: str | int, quantity: int) -> list[tuple[str, int]]:
    """(warehouse, units) that serve the quantity, by priority, one warehouse alone if one can; [] if too few."""
    ids = _warehouse_ids(shelf)
    free = {id_: _free(balance_of(shelf, sku_id, id_)) for id_ in ids}
    for id_ in ids:
        if free[id_] >= quantity:
            return [(id_, quantity)]
    taken: list[tuple[str, int]] = []
    for id_ in ids:
        units = min(free[id_], quantity - sum(got for _, got in taken))
        taken += [(id_, units)] if units else []
    return taken if sum(got for _, got in taken) == quantity else []


def reserve(world: World, account: str, sku_id: str, warehouse: str, quantity: int) -> list[Doc]:
    """Hold units for an order; a kit holds its parts. The reservations, to be kept with the order."""
    shelf = world.state.shelf("vtex", account)
    parts = (shelf.get("sku", sku_id) or {}).get("parts") or [[int(sku_id), 1]]
    held = [
        {"sku": str(part), "warehouse": warehouse, "quantity": units * quantity, "acknowledged": None}
        for part, units in parts
    ]
    for reservation in held:
        _hold(world, account, reservation, reservation["quantity"])
    return held


def release(world: World, account: str, reservations: list[Doc]) -> None:
    """Give held units back; acknowledged ones are no longer VTEX's to give back."""
    for reservation in reservations:
        if reservation["acknowledged"] is None:
            _hold(world, account, reservation, -reservation["quantity"])


def acknowledge(world: World, account: str, reservations: list[Doc]) -> list[Doc]:
    """Handling has begun: the units stay reserved until the next count made after now."""
    shelf, now = world.state.shelf("vtex", account), world.clock.now().isoformat()
    acknowledged = []
    for reservation in reservations:
        if reservation["acknowledged"] is None:
            reservation = reservation | {"acknowledged": now}
            shelf.put("acknowledged", shelf.next_id("acknowledged"), reservation)
        acknowledged.append(reservation)
    return acknowledged


def _hold(world: World, account: str, reservation: Doc, quantity: int) -> None:
    shelf = world.state.shelf("vtex", account)
    id_ = f"{reservation['sku']}:{reservation['warehouse']}"
    balance = balance_of(shelf, reservation["sku"], reservation["warehouse"])
    if not balance["unlimited"]:
        shelf.put("balance", id_, balance | {"reserved": balance["reserved"] + quantity})
        notify_sku(world, account, int(reservation["sku"]), "StockModified")


def count(world: World, account: str, sku_id: str, warehouse: str, change: Doc, at: datetime | None) -> None:
    """Take the merchant's count (`change`: keys of a balance) made at `at` (None: now); it discards the
    reservations of orders whose handling began before."""
    shelf, moment = world.state.shelf("vtex", account), (at or world.clock.now()).isoformat()
    balance = balance_of(shelf, sku_id, warehouse) | change
    for id_, reservation in list(shelf.scan("acknowledged")):
        here = (reservation["sku"], reservation["warehouse"]) == (sku_id, warehouse)
        if here and reservation["acknowledged"] <= moment:
            balance["reserved"] = max(0, balance["reserved"] - reservation["quantity"])
            shelf.delete("acknowledged", id_)
    shelf.put("balance", f"{sku_id}:{warehouse}", balance)
    notify_sku(world, account, int(sku_id), "StockModified")


def _place(call: Call) -> tuple[str, str]:
    """The SKU and warehouse of the path, both known."""
    sku_id, warehouse = call.params["skuId"], call.params["warehouseId"]
    source = f"{LOGISTICS}: inventory/skus/{{skuId}}/warehouses/{{warehouseId}}"
    if call.shelf.get("sku", sku_id) is None:
        raise not_found("SKU", source)
    if call.shelf.get("warehouse", warehouse) is None:
        raise not_found("Warehouse", source)
    return sku_id, warehouse


def locked(call: Call) -> Refusal:
    """The answer to a second write of a SKU in a warehouse within milliseconds (here: by a fault alone)."""
    lock = f"{call.account}_item_logistics_{call.params.get('skuId')}_{call.params.get('warehouseId')}"
    said = f"Unable to acquire lock for key: {lock}."
    return Refusal(423, "423", said, source=f"{LOGISTICS}: PUT inventory, 423")


def _counted_at(body: Doc, source: str) -> datetime | None:
    given = body.get("dateUtcOnBalanceSystem")
    if given in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        raise field_refusal(source)("dateUtcOnBalanceSystem") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _patch_quantity(call: Call) -> Answer:
    source = f"{LOGISTICS}: PATCH …/quantity"
    body, wrong = object_body(call, source), field_refusal(source)
    change = {
        "total": whole(body, "quantity", wrong),
        "unlimited": flag(body, "unlimitedQuantity", wrong),
    }
    counted = _counted_at(body, source)
    count(call.world, call.account, *_place(call), change, counted)
    return Answer(status=204)


def _put_inventory(call: Call) -> Answer:
    """Whatever is missing becomes 0, and the answer is still 200 `true`, as the specification warns."""
    source = f"{LOGISTICS}: PUT inventory"
    body, wrong = object_body(call, source), field_refusal(source)
    change = {
        "total": 0 if body.get("quantity") is None else whole(body, "quantity", wrong),
        "unlimited": body.get("unlimitedQuantity") is True,
        "lead_time": body.get("leadTime") or "00:00:00",
    }
    counted = _counted_at(body, source)
    count(call.world, call.account, *_place(call), change, counted)
    return Answer(True)


def _inventory(call: Call) -> Answer:
    sku_id = call.params["skuId"]
    if call.shelf.get("sku", sku_id) is None:
        raise not_found("SKU", f"{LOGISTICS}: inventory/skus/{{skuId}}")
    rows = [_row(call.shelf, sku_id, doc) for _, doc in call.shelf.scan("warehouse")]
    return Answer({"skuId": sku_id, "balance": rows})


def _row(shelf: Shelf, sku_id: str, warehouse: Doc) -> Doc:
    balance = balance_of(shelf, sku_id, warehouse["id"])
    return {
        "warehouseId": warehouse["id"], "warehouseName": warehouse["name"],
        "totalQuantity": UNLIMITED if balance["unlimited"] else balance["total"],
        "reservedQuantity": balance["reserved"], "hasUnlimitedQuantity": balance["unlimited"],
        "timeToRefill": None, "dateOfSupplyUtc": None, "leadTime": balance["lead_time"],
    }  # fmt: skip


def _warehouses(call: Call) -> Answer:
    return Answer([
        {"id": doc["id"], "name": doc["name"],
         "warehouseDocks": [{"dockId": f"{doc['id']}_1", "time": "1.00:00:00", "cost": 0}], "pickupPointIds": [],
         "priority": doc["priority"], "isActive": doc["active"]}
        for _, doc in call.shelf.scan("warehouse")
    ])  # fmt: skip


_PATH = "/api/logistics/pvt/inventory/skus/{skuId}"
OPERATIONS = (
    Operation("list_warehouses", "GET", "/api/logistics/pvt/configuration/warehouses", _warehouses),
    Operation("get_inventory", "GET", _PATH, _inventory),
    Operation("patch_quantity", "PATCH", f"{_PATH}/warehouses/{{warehouseId}}/quantity", _patch_quantity),
    Operation("put_inventory", "PUT", f"{_PATH}/warehouses/{{warehouseId}}", _put_inventory),
)
