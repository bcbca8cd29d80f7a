"""Feedback on a sale: the seller's only way to cancel an order.

Source: feedback-de-uma-venda (updated 2025-12-29). What happens to the order is told in two ways: the page of
orders still says that its status stays `confirmed`, the page of packs that a paid order whose payment is
returned becomes `cancelled`; the sandbox does the latter. That a shipped order refuses it is unconfirmed.
"""

from __future__ import annotations

from typing import Any, Final

from sandbox.mercado_livre import items, order_api, orders, shipments
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.notifications import announce
from sandbox.mercado_livre.site import Document, Site, stamp
from sandbox.operation import Answer, Call

_PAGE: Final = "feedback-de-uma-venda"
REASONS: Final = {
    "OUT_OF_STOCK": "Sem estoque",
    "BUYER_NOT_ENOUGH_MONEY": "Comprador não tem dinheiro suficiente",
    "BUYER_REGRETS": "Comprador se arrependeu da operação",
    "SELLER_REGRETS": "Vendedor se arrependeu da operação",
    "BUYER_DID_NOT_ANSWER": "Comprador não responde",
    "THEY_NOT_HONORING_POLICIES": "Comprador não está atendendo às políticas",
    "OTHER_MY_RESPONSIBILITY": "Responsabilidade própria (outro motivo)",
    "OTHER_THEIR_RESPONSIBILITY": "Responsabilidade da contraparte (outro motivo)",
    "DUBIOUS_BUYER": "Comprador não confiável",
    "HIGH_ML_COMISSION": "Comissão de venda muito alta",
    "HIGH_TAXES": "Taxas muito altas",
    "SELLER_HOLIDAY": "Não há operação por férias",
    "UNFRIENDLY_SHIPMENT_POLICY": "Comprador não aceita política de envio",
    "UNAVAILABLE_PRODUCT": "Produto não disponível",
    "SELLER_ADDRESS_WITHDRAWAL": "Comprador prefere retirar pessoalmente",
    "WRONG_RECEIVER_ADDRESS": "Endereço de entrega errado",
    "HIGH_SHIPMENT_COST": "Custos de envio muito altos",
    "WRONG_SHIPMENT_COST": "Custo de envio mal calculado",
    "UNPRINTED_LABEL": "Etiqueta não pode ser impressa",
    "UNWITHDRAWN_PRODUCT_BY_DELIVER_COMPANY": "Empresa de envio não retirou o produto para entrega",
    "DENIED_PACKAGE": "Empresa de envio não aceita o pacote por causa do tamanho ou peso",
    "UNABLE_TO_READ_LABEL": "Empresa de envio não consegue ler a etiqueta",
    "MANUFACTURING_PRODUCT_NOT_FINISHED": "Produto manufaturado sem acabar",
    "SHIPMENT_PROBLEM_OTHER": "Envio teve algum outro problema",
    "DELIVERY_COMPANY_PROBLEM_OTHER": "Empresa de envio teve outro problema",
}


def create(call: Call) -> Answer:
    """POST /orders/{order}/feedback."""
    site, order, body = Site(call.world), order_api.owned(call), items.json_object(call)
    _check(body)
    if order["feedback"]["seller"] is not None:
        raise refuse(400, "feedback_already_exists", "The feedback was given already", _PAGE)
    if order["status"] == "cancelled":
        raise refuse(400, "invalid_order_status", "The order is cancelled already", _PAGE)
    number = site.number("feedback", 9041207880001)
    if body["fulfilled"]:
        _fulfil(site, order)
    else:
        _cancel(site, order, body)
    order["feedback"]["seller"] = {"id": number, "fulfilled": body["fulfilled"], "rating": body["rating"]}
    site.put("order", order["id"], order)
    feedback = body | {"id": number, "order_id": order["id"], "role": "seller", "date_created": stamp(site.now)}
    site.put("feedback", order["id"], feedback)
    announce(site, order["seller"]["id"], "orders_feedback", f"/orders/{order['id']}/feedback")
    return Answer(feedback, 201)


def read(call: Call) -> Answer:
    """GET /orders/{order}/feedback."""
    order = order_api.owned(call)
    return Answer({"sale": Site(call.world).get("feedback", order["id"]), "purchase": None})


def _check(body: Document) -> None:
    fulfilled = body.get("fulfilled")
    if not isinstance(fulfilled, bool):
        raise refuse(400, "invalid_fulfilled", "fulfilled must be true or false", _PAGE)
    if body.get("rating") not in (("positive", "neutral", "negative") if fulfilled else ("neutral", "negative")):
        raise refuse(400, "invalid_rating", f"rating {body.get('rating')} is invalid", _PAGE)
    message: Any = body.get("message")
    if not isinstance(message, str) or not message or len(message) > 160:
        raise refuse(400, "invalid_message", "message is required, with at most 160 characters", _PAGE)
    if not fulfilled and body.get("reason") not in REASONS:
        raise refuse(400, "invalid_reason", f"reason {body.get('reason')} is not a seller's", _PAGE)
    if not isinstance(body.get("restock_item", False), bool):
        raise refuse(400, "invalid_restock_item", "restock_item must be true or false", _PAGE)


def _fulfil(site: Site, order: Document) -> None:
    shipment = site.get("shipment", order["shipping"]["id"] or 0)
    if shipment is not None and shipment["logistic"]["mode"] == "me2":
        raise refuse(400, "invalid_shipment_mode", "Mercado Envios says itself what is delivered", _PAGE)
    order["fulfilled"] = True
    if shipment is not None and shipment["status"] != "delivered":
        shipments.move(site, shipment, "delivered", "fulfilled_feedback")


def _cancel(site: Site, order: Document, body: Document) -> None:
    shipment = site.get("shipment", order["shipping"]["id"] or 0)
    if shipment is not None and shipments.gone(shipment):
        raise refuse(400, "shipment_already_shipped", "The shipment has left; it cannot be cancelled", _PAGE)
    reason = body["reason"]
    order["fulfilled"] = False
    order["tags"] = [*order["tags"], "unfulfilled"]
    why = orders.Cancel("seller", reason.lower(), REASONS[reason], "seller", body.get("restock_item", False))
    orders.cancel(site, order, why)
