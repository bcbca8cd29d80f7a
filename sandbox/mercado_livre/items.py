"""Items: create, read, change.

Sources: preco-variacao, publicacao-de-produtos, produto-sincronizacao-de-publicacoes (updated 2026-03-24: price
automation), itens-e-buscas (bulk reads).
"""

from __future__ import annotations

from typing import Final

from sandbox.mercado_livre import item_rules, stock, users
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.item_new import join_user_product, new_item
from sandbox.mercado_livre.item_update import update
from sandbox.mercado_livre.site import Document, Site, public
from sandbox.operation import Answer, Call

_BULK: Final = 20


def create(call: Call) -> Answer:
    """POST /items."""
    site, seller, body = Site(call.world), users.user(Site(call.world), call.account), json_object(call)
    modes = [mode for mode, _ in seller["_"]["logistics"]]
    user_products = users.sells_user_products(seller)
    _refuse_quantity(seller, body)
    item_rules.check_new(body, user_products=user_products, modes=modes)
    item = new_item(site, seller, body)
    if user_products:
        join_user_product(site, item)
    stock.write(site, item, item["available_quantity"])
    return Answer(public(item), 201)


def read(call: Call) -> Answer:
    """GET /items/{item}; `attributes` selects fields."""
    site = Site(call.world)
    shown = visible(call, need(site, call.params["item"]))
    fields = call.query.get("attributes")
    return Answer(_select(shown, fields.split(",")) if fields else shown)


def multiget(call: Call) -> Answer:
    """GET /items?ids=: up to 20, each with its own code (being retired in favour of /items/bulk)."""
    fields = [name for name in call.query.get("attributes", "").split(",") if name]
    return Answer([{"code": code, "body": body} for _, code, body in _each(call, fields)])


def bulk(call: Call) -> Answer:
    """GET /items/bulk?ids=: as multiget, with `status_code`, the id outside, and `body.` before each attribute."""
    names = [name for name in call.query.get("attributes", "").split(",") if name]
    if any(not name.startswith("body.") for name in names):
        raise refuse(400, "bad_request", "each attribute has the prefix body.", "itens-e-buscas")
    fields = [name.removeprefix("body.") for name in names]
    return Answer([{"id": id_, "status_code": code, "body": body} for id_, code, body in _each(call, fields)])


def change(call: Call) -> Answer:
    """PUT /items/{item}."""
    site = Site(call.world)
    item, body = owned(call, site), json_object(call)
    _refuse_quantity(users.user(site, call.account), body)
    warnings = update(site, item, body)
    return Answer(public(site.need("item", item["id"])) | {"warnings": warnings})


def prices(call: Call) -> Answer:
    """GET /items/{item}/prices."""
    item = need(Site(call.world), call.params["item"])
    price = {
        "id": "1",
        "type": "standard",
        "amount": item["price"],
        "currency_id": "BRL",
        "last_updated": item["last_updated"],
        "conditions": {"context_restrictions": []},
    }
    return Answer({"id": item["id"], "prices": [price]})


def sale_price(call: Call) -> Answer:
    """GET /items/{item}/sale_price."""
    item = need(Site(call.world), call.params["item"])
    shown = {"price_id": "1", "amount": item["price"], "regular_amount": None, "currency_id": "BRL"}
    return Answer(shown | {"reference_date": item["last_updated"]})


def need(site: Site, id_: str) -> Document:
    """The item; a Refusal 404 when there is none."""
    found = site.get("item", id_)
    if found is None:
        raise refuse(404, "not_found", f"Item with id {id_} not found", "itens-e-buscas")
    return found


def owned(call: Call, site: Site) -> Document:
    """The item of the path, which the caller must own."""
    item = need(site, call.params["item"])
    users.own(call, str(item["seller_id"]))
    return item


def visible(call: Call, item: Document) -> Document:
    """The item as this caller sees it: how many there are and were sold is the owner's matter."""
    shown = public(item)
    if call.account != str(item["seller_id"]):
        for name in ("available_quantity", "sold_quantity", "initial_quantity"):
            del shown[name]
    return shown


def json_object(call: Call) -> Document:
    """The body as a JSON object; a Refusal 400 otherwise."""
    try:
        body = call.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise refuse(400, "bad_request", "The body is not a JSON object", item_rules.PAGE)
    return body


def _refuse_quantity(seller: Document, body: Document) -> None:
    if "warehouse_management" in seller["tags"] and "available_quantity" in body:
        message = "available_quantity is not allowed for a seller with warehouses"
        raise refuse(400, "bad_request", message, "estoque-multi-origem")


def _each(call: Call, fields: list[str]) -> list[tuple[str, int, Document]]:
    site = Site(call.world)
    ids = [id_ for id_ in call.query.get("ids", "").split(",") if id_]
    if not 0 < len(ids) <= _BULK:
        raise refuse(400, "bad_request", f"ids must have from 1 to {_BULK} items", "itens-e-buscas")
    found = []
    for id_ in ids:
        item = site.get("item", id_)
        if item is None:
            missing = {"message": f"Item with id {id_} not found", "error": "not_found", "status": 404, "cause": []}
            found.append((id_, 404, missing))
        else:
            shown = visible(call, item)
            found.append((id_, 200, _select(shown, fields) if fields else shown))
    return found


def _select(item: Document, fields: list[str]) -> Document:
    return {name: item[name] for name in fields if name in item}
