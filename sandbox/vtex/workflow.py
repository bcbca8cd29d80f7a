"""The automatic part of an order's life: windows, deadlines, and what happens once a marketplace has answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.vtex.callback import call_back
from sandbox.vtex.logistics import acknowledge, release
from sandbox.vtex.moment import offset, zulu
from sandbox.vtex.order import INNER, WINDOW_S, load, move, save
from sandbox.world import World

Doc = dict[str, Any]
DECISION_S = 5 * 60  # until a merchant who decides nothing by hand accepts a cancellation


def blank_order(order_id: str, sequence: str, now: str) -> Doc:
    """The members of an order that are the same for all new ones."""
    return {
        "orderId": order_id, "sequence": sequence, "orderGroup": order_id, "merchantName": None,
        "workflowIsInError": False, "statusDescription": "", "creationDate": now, "lastChange": now,
        "lastMessage": None, "hostname": None, "isCompleted": True, "roundingError": 0, "orderFormId": None,
        "allowCancellation": True, "allowEdition": False, "isCheckedIn": False, "authorizedDate": None,
        "invoicedDate": None, "cancelReason": None, "checkedInPickupPointId": None,
        "sellers": [{"id": "1", "name": "Loja Aurora", "logo": None, "fulfillmentEndpoint": ""}],
        "clientPreferencesData": None, "cancellationData": None, "cancellationRequests": None, "taxData": None,
        "subscriptionData": None, "marketingData": None, "commercialConditionData": None, "invoiceData": None,
        "changesAttachment": None, "callCenterOperatorData": None, "packageAttachment": {"packages": []},
        "paymentData": {"giftCards": [], "transactions": []}, "ratesAndBenefitsData": None,
        "storePreferencesData": {"countryCode": "BRA", "currencyCode": "BRL", "currencySymbol": "R$",
                                 "currencyLocale": 1046, "timeZone": "E. South America Standard Time"},
    }  # fmt: skip


def totals(items: int, discounts: int, freight: int) -> list[Doc]:
    """The four totals of an order, in cents."""
    return [
        {"id": "Items", "name": "Total dos Itens", "value": items},
        {"id": "Discounts", "name": "Total dos Descontos", "value": discounts},
        {"id": "Shipping", "name": "Total do Frete", "value": freight},
        {"id": "Tax", "name": "Total da Taxa", "value": 0},
    ]


def authorise(world: World, account: str, order: Doc) -> None:
    """Paid: the order waits in the window to cancel, then it is ready for handling."""
    order["authorizedDate"] = offset(world.clock.now())
    first = "authorize-fulfillment" if order["origin"] == "Fulfillment" else "payment-approved"
    move(world, account, order, first, "window-to-cancel")
    due = world.clock.now() + timedelta(seconds=WINDOW_S)
    world.timers.at(due, "vtex", "window_over", {"account": account, "order": order["orderId"]})


def start_handling(world: World, account: str, order: Doc) -> None:
    """Handling begins: the reservations are the merchant's affair from now on."""
    _acknowledge(world, account, order)
    move(world, account, order, "start-handling", "handling")


def _acknowledge(world: World, account: str, order: Doc) -> None:
    order[INNER]["reservations"] = acknowledge(world, account, order[INNER]["reservations"])


def begin_cancel(world: World, account: str, order: Doc, by: str, reason: str | None) -> None:
    """Cancel: units that are still VTEX's are given back, the marketplace is called, then it is `canceled`.

    `by`: one of the RequestedBy… members of cancellationData.
    """
    release(world, account, order[INNER]["reservations"])
    order[INNER]["reservations"] = []
    flags = ("RequestedByUser", "RequestedBySystem", "RequestedBySellerNotification", "RequestedByPaymentNotification")
    order["cancelReason"] = reason
    order["cancellationData"] = {flag: flag == by for flag in flags} | {
        "Reason": reason,
        "CancellationDate": zulu(world.clock.now()),
    }
    move(world, account, order, "cancel")
    body = {"reason": reason or "Cancelado"}
    if not call_back(world, account, order, "cancel_callback", body, "cancel_called_back"):
        move(world, account, order, "canceled")


def invoiced(world: World, account: str, order: Doc) -> None:
    """All is invoiced: verified with the marketplace, then `invoiced`."""
    _acknowledge(world, account, order)
    move(world, account, order, "invoice")


def _cancel_called_back(world: World, args: Mapping[str, Any]) -> None:
    order = load(world, args["account"], args["order"])
    if order is not None and order["status"] == "cancel":
        order["workflowIsInError"] = not args["delivered"]
        move(world, args["account"], order, "canceled")


def _invoice_called_back(world: World, args: Mapping[str, Any]) -> None:
    order = load(world, args["account"], args["order"])
    if order is None:
        return
    order["workflowIsInError"] = not args["delivered"]
    if order["status"] != "invoice":
        save(world, args["account"], order)
        return
    order["invoicedDate"] = offset(world.clock.now())
    move(world, args["account"], order, "invoiced")


def _window_over(world: World, args: Mapping[str, Any]) -> None:
    order = load(world, args["account"], args["order"])
    if order is not None and order["status"] == "window-to-cancel":
        move(world, args["account"], order, "ready-for-handling")


def _unauthorised(world: World, args: Mapping[str, Any]) -> None:
    order = load(world, args["account"], args["order"])
    if order is not None and order["status"] in ("waiting-ffmt-authorization", "waiting-for-manual-authorization"):
        begin_cancel(world, args["account"], order, "RequestedBySystem", "Não autorizado em 30 dias")


def request_cancel(world: World, account: str, order: Doc, request: Doc) -> None:
    """After the window the merchant decides, by hand or by doing nothing for some minutes."""
    order[INNER]["resume"] = order["status"]
    order["cancellationRequests"] = [*(order["cancellationRequests"] or []), request]
    move(world, account, order, "cancellation-requested")
    decides = (world.state.shelf("vtex", account).get("account", "self") or {})["decides_cancellation"]
    if decides == "auto":
        due = world.clock.now() + timedelta(seconds=DECISION_S)
        args = {"account": account, "order": order["orderId"], "request": request["id"]}
        world.timers.at(due, "vtex", "cancel_accepted", args)


def decide_cancel(world: World, account: str, order: Doc, *, accept: bool, reason: str) -> None:
    """The merchant accepts the open cancellation request, or denies it and the order goes on where it was."""
    request = order["cancellationRequests"][-1]
    if accept:
        by = "RequestedByUser" if request["requestedByUser"] else "RequestedBySystem"
        begin_cancel(world, account, order, by, request["reason"])
        return
    request |= {
        "deniedBySeller": True, "deniedBySellerReason": reason,
        "cancellationRequestDenyDate": zulu(world.clock.now()),
    }  # fmt: skip
    move(world, account, order, order[INNER]["resume"])


def _cancel_accepted(world: World, args: Mapping[str, Any]) -> None:
    order = load(world, args["account"], args["order"])
    asked = order is not None and order["status"] == "cancellation-requested"
    if order is not None and asked and order["cancellationRequests"][-1]["id"] == args["request"]:
        decide_cancel(world, args["account"], order, accept=True, reason="")


EVENTS = {
    "window_over": _window_over,
    "unauthorised": _unauthorised,
    "cancel_accepted": _cancel_accepted,
    "cancel_called_back": _cancel_called_back,
    "invoice_called_back": _invoice_called_back,
}
