"""Orders API: reading orders, starting to handle them, and payment notifications of a store's own orders."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from sandbox.operation import Answer, Call, Operation
from sandbox.vtex import workflow
from sandbox.vtex.order import find, missing, move, shown
from sandbox.vtex.refuse import ORDERS, refuse

Doc = dict[str, Any]
_LIST = f"{ORDERS}: GET /api/oms/pvt/orders"
_LAG_S = 240  # orders are listed only once they are indexed
_RANGE = re.compile(r"(creationDate|authorizedDate):\[(\S+) TO (\S+)\]")
_ORDER_FIELDS = ("creationDate", "orderId", "totalValue", "origin")


def _get(call: Call) -> Answer:
    order = find(call)
    created = datetime.fromisoformat(order["_inner"]["created"])
    if created + timedelta(seconds=call.lag()) > call.world.clock.now():
        raise missing(f"{ORDERS}: getting a new order, with a fault switched on")
    return Answer(shown(order))


def _list(call: Call) -> Answer:
    page, size = _number(call, "page", 1, 30), _number(call, "per_page", 15, 100)
    rows = _sorted(call, [row for row in _indexed(call) if _wanted(call, row)])
    pages = min(30, -(-len(rows) // size))
    shown_rows = [
        {key: value for key, value in row.items() if key != "indexed"} for row in rows[(page - 1) * size : page * size]
    ]
    paging = {"total": len(rows), "pages": pages, "currentPage": page, "perPage": size}
    return Answer({"list": shown_rows, "facets": [], "paging": paging, "stats": {"stats": {}}})


def _number(call: Call, name: str, default: int, most: int) -> int:
    given = call.query.get(name, str(default))
    if not given.isdecimal() or not 1 <= int(given) <= most:
        raise refuse("400", f"{name} is out of range", f"{_LIST}?{name}: at most {most}")
    return int(given)


def _indexed(call: Call) -> list[Doc]:
    """Rows of orders created before the lag of the index."""
    newest = (call.world.clock.now() - timedelta(seconds=call.lag(_LAG_S))).isoformat()
    return [row for _, row in call.shelf.scan("order_row") if row["indexed"] <= newest]


def _wanted(call: Call, row: Doc) -> bool:
    """The filters that are simulated; others are ignored, as VTEX ignores unknown ones."""
    for name, member in (("f_status", "status"), ("f_affiliateId", "affiliateId"), ("salesChannelId", "salesChannel")):
        if (given := call.query.get(name)) is not None and row[member] not in given.split(","):
            return False
    for name in ("f_creationDate", "f_authorizedDate"):
        if (given := call.query.get(name)) is not None and not _within(row, given, name):
            return False
    found = call.query.get("q")
    return found is None or found in (row["orderId"], row["marketPlaceOrderId"], row["sequence"])


def _within(row: Doc, given: str, name: str) -> bool:
    match = _RANGE.fullmatch(given)
    if match is None:
        raise refuse("400", f"{name} is not a range of dates", f"{_LIST}?{name}")
    try:
        first, last = (datetime.fromisoformat(moment).astimezone(UTC) for moment in match.groups()[1:])
    except ValueError:
        raise refuse("400", f"{name} has no valid dates", f"{_LIST}?{name}") from None
    value = row[match[1]]
    return value is not None and first <= datetime.fromisoformat(value) <= last


def _sorted(call: Call, rows: list[Doc]) -> list[Doc]:
    field, _, direction = call.query.get("orderBy", "creationDate,desc").partition(",")
    if field not in _ORDER_FIELDS or direction not in ("asc", "desc"):
        raise refuse("400", "orderBy is not valid", f"{_LIST}?orderBy")
    return sorted(rows, key=itemgetter(field), reverse=direction == "desc")


def _start_handling(call: Call) -> Answer:
    order = find(call)
    if order["status"] != "ready-for-handling":
        said = "Order status should be ready-for-handling to perform this action"
        raise refuse("OMS003", said, f"{ORDERS}: start-handling, 409", 409)
    workflow.start_handling(call.world, call.account, order)
    return Answer(status=204)


def _payment_notification(call: Call) -> Answer:
    """A store's own order is paid offline; an order of a marketplace is authorised, never notified of payment."""
    order = find(call)
    source = f"{ORDERS}: payment-notification, 400"
    if order["origin"] == "Fulfillment":
        raise refuse("OMS001", "Orders of a marketplace have no payment to notify", source)
    ids = [payment["id"] for one in order["paymentData"]["transactions"] for payment in one["payments"]]
    if call.params["paymentId"] not in ids:
        raise refuse("OMS007", "Payment not found", f"{ORDERS}: payment-notification, 404", 404)
    if order["status"] != "payment-pending":
        raise refuse("OMS003", "Order status should be payment-pending to perform this action", source)
    move(call.world, call.account, order, "approve-payment")
    workflow.authorise(call.world, call.account, order)
    return Answer(b"")


_PATH = "/api/oms/pvt/orders"
OPERATIONS = (
    Operation("list_orders", "GET", _PATH, _list),
    Operation("get_order", "GET", f"{_PATH}/{{orderId}}", _get),
    Operation("start_handling", "POST", f"{_PATH}/{{orderId}}/start-handling", _start_handling),
    Operation(
        "notify_payment",
        "POST",
        f"{_PATH}/{{orderId}}/payments/{{paymentId}}/payment-notification",
        _payment_notification,
    ),
)
