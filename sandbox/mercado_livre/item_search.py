"""The items of a seller, out of the index: by SKU, by status, page by page or by scan.

Source: itens-e-buscas (updated 2026-08-31).
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Final

from sandbox.mercado_livre import index, users
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.site import Document, Site
from sandbox.operation import Answer, Call

_PAGE: Final = "itens-e-buscas"
_MOST: Final = 1000  # beyond, only search_type=scan
_SCROLL_LIFE: Final = timedelta(minutes=5)
_FILTERS: Final = frozenset(
    {"seller_sku", "sku", "status", "user_product_id", "search_type", "scroll_id", "offset", "limit", "orders"}
)


def search(call: Call) -> Answer:
    """GET /users/{user}/items/search: ids only."""
    users.own(call, call.params["user"])
    if unknown := sorted(set(call.query) - _FILTERS):
        raise refuse(400, "bad_request", f"Invalid filter {unknown[0]}", _PAGE)
    limit = _number(call, "limit", 50, 100)
    return _scan(call, limit) if call.query.get("search_type") == "scan" else _page(call, limit)


def _page(call: Call, limit: int) -> Answer:
    offset = _number(call, "offset", 0, _MOST)
    if offset + limit > _MOST:
        raise refuse(400, "bad_request", f"offset + limit must be at most {_MOST}; use search_type=scan", _PAGE)
    found = _matching(call)
    return Answer(_body(call, found[offset : offset + limit], len(found), offset, limit))


def _scan(call: Call, limit: int) -> Answer:
    site, scroll = Site(call.world), call.query.get("scroll_id")
    if scroll is None:
        scroll = base64.b64encode(f"scan:{site.number('scroll', 1)}".encode()).decode()
        known: Document = {"ids": _matching(call), "at": 0, "until": ""}
    else:
        known = site.get("scroll", scroll) or {"until": "0001-01-01T00:00:00+00:00"}
        if datetime.fromisoformat(known["until"]) < site.now:
            raise refuse(400, "bad_request", "scroll_id is expired or unknown", _PAGE)
    page = known["ids"][known["at"] : known["at"] + limit]
    until = (site.now + _SCROLL_LIFE).isoformat()
    site.put("scroll", scroll, known | {"at": known["at"] + len(page), "until": until})
    body = _body(call, page, len(known["ids"]), 0, limit)
    return Answer(body | {"scroll_id": scroll if page else None})


def _matching(call: Call) -> list[str]:
    seller, query = int(call.params["user"]), call.query
    shown = index.visible(Site(call.world), "item", call.lag(index.ITEM_LAG_S))
    return [
        id_
        for id_, fields in shown
        if fields["seller"] == seller
        and ("seller_sku" not in query or query["seller_sku"] in fields["skus"])
        and query.get("sku") in (None, fields["custom"])
        and query.get("status") in (None, fields["status"])
        and ("user_product_id" not in query or fields["user_product"] in query["user_product_id"].split(","))
    ]


def _number(call: Call, name: str, default: int, most: int) -> int:
    given = call.query.get(name, str(default))
    if not given.isdigit() or int(given) > most:
        raise refuse(400, "bad_request", f"{name} must be a number up to {most}", _PAGE)
    return int(given)


def _body(call: Call, results: list[str], total: int, offset: int, limit: int) -> Document:
    return {
        "seller_id": call.params["user"],
        "query": None,
        "paging": {"limit": limit, "offset": offset, "total": total},
        "results": results,
        "orders": [{"id": "stop_time_asc", "name": "Order by stop time ascending"}],
        "available_orders": [{"id": "stop_time_asc", "name": "Order by stop time ascending"}],
    }
