"""Cancelling an order, and denying a cancellation that was asked for."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.operation import Answer, Call, Operation
from sandbox.vtex import workflow
from sandbox.vtex.body import field_refusal, object_body, text
from sandbox.vtex.moment import zulu
from sandbox.vtex.order import find, partly_invoiced, receipt
from sandbox.vtex.refuse import ORDERS, refuse, wrong_code

Doc = dict[str, Any]
_SOURCE = f"{ORDERS}: POST …/cancel"
_DENY = "VTEX guide: Order canceling improvements"
_AT_ONCE = (
    "waiting-ffmt-authorization", "waiting-for-manual-authorization", "authorize-fulfillment", "window-to-cancel",
    "payment-pending", "payment-approved",
)  # fmt: skip
_BY_DECISION = ("ready-for-handling", "handling")


def _cancel(call: Call) -> Answer:
    """200 says that the cancellation began. In the window it goes through; later the merchant decides."""
    order, body = find(call), object_body(call, _SOURCE)
    if not (body.get("reason") is None or isinstance(body["reason"], str)):
        raise field_refusal(_SOURCE)("reason")
    if body.get("requestedByUser") not in (True, False, None):
        raise field_refusal(_SOURCE)("requestedByUser")
    _check(order)
    by_user = body.get("requestedByUser") is True
    if order["status"] in _AT_ONCE:
        by = "RequestedByUser" if by_user else "RequestedBySystem"
        workflow.begin_cancel(call.world, call.account, order, by, body.get("reason"))
    else:
        workflow.request_cancel(call.world, call.account, order, _request(call, body, by_user=by_user))
    return receipt(call, order)


def _check(order: Doc) -> None:
    if partly_invoiced(order):
        said = "Partially invoiced orders cannot be canceled"
        raise refuse("OMS004", said, f"{_SOURCE}: '{said}'")
    if order["status"] not in _AT_ONCE + _BY_DECISION:
        # also for an order that is canceled, or being so: a repeated cancellation is not documented as accepted
        raise wrong_code("CHK0202", f"Order {order['orderId']} cannot be cancelled in status {order['status']}")


def _request(call: Call, body: Doc, *, by_user: bool) -> Doc:
    number = call.shelf.next_id("cancellation")
    return {
        "id": hashlib.md5(f"{call.account}:{number}".encode(), usedforsecurity=False).hexdigest(),
        "reason": body.get("reason"), "cancellationRequestDate": zulu(call.world.clock.now()),
        "requestedByUser": by_user, "deniedBySeller": False, "deniedBySellerReason": None,
        "cancellationRequestDenyDate": None,
    }  # fmt: skip


def _deny(call: Call) -> Answer:
    order, body = find(call), object_body(call, _DENY)
    wrong = field_refusal(_DENY)
    request, reason = text(body, "cancellationRequestId", wrong), text(body, "denyReason", wrong)
    if order["status"] != "cancellation-requested":
        raise refuse("OMS005", "Invalid order status", f"{_DENY}: deny, 400")
    if order["cancellationRequests"][-1]["id"] != request:
        raise refuse("OMS006", "Cancellation request ID not found", f"{_DENY}: deny, 400")
    workflow.decide_cancel(call.world, call.account, order, accept=False, reason=reason)
    return Answer(b"")


OPERATIONS = (
    Operation("cancel_order", "POST", "/api/oms/pvt/orders/{orderId}/cancel", _cancel),
    Operation("deny_cancellation", "POST", "/api/orders/pvt/document/{orderId}/deny-cancellation-request", _deny),
)
