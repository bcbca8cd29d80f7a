"""GET /orders/search, out of the index: never without a filter, never a cancelled order, hours instead of minutes.

Source: gerenciamento-de-vendas ("search não realiza nenhuma ação se não é seguido por um filtro"; "se você
pesquisar como vendedor, continuará a filtrar os pedidos cancelados"; "Usa até a hora e descarta a informação dos
minutos, segundos e milissegundos"; orders are kept for 12 months).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sandbox.mercado_livre import index, users
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.order_api import PAGE, shown
from sandbox.mercado_livre.site import Document, Site, moment
from sandbox.operation import Answer, Call

_LIMIT: Final = 50
_KEPT: Final = timedelta(days=365)
_DATES: Final = {"date_created": "date_created", "date_last_updated": "last_updated", "date_closed": "date_closed"}
_BOUNDS: Final = frozenset(f"order.{name}.{end}" for name in _DATES for end in ("from", "to"))
_FILTERS: Final = _BOUNDS | {"order.status", "tags", "tags.not", "q", "item"}
_SORTS: Final = ("date_asc", "date_desc")


def search(call: Call) -> Answer:
    """GET /orders/search?seller=…&<a filter>."""
    _check(call)
    site, limit = Site(call.world), _number(call, "limit", _LIMIT)
    offset, sort = _number(call, "offset", 10_000, 0), call.query.get("sort", "date_asc")
    found = [(id_, fields) for id_, fields in _visible(call, site) if _matches(call, id_, fields)]
    # Sellers' results are ordered by the closing date; an order that was never closed has only its creation.
    found.sort(key=lambda one: moment(one[1]["date_closed"] or one[1]["date_created"]), reverse=sort == "date_desc")
    page = [shown(site, site.need("order", id_)) for id_, _ in found[offset : offset + limit]]
    return Answer(
        {
            "query": call.query.get("q", ""),
            "results": [order | {"date_last_updated": order["last_updated"]} for order in page],
            "sort": {"id": sort, "name": sort.replace("_", " ")},
            "available_sorts": [{"id": one, "name": one.replace("_", " ")} for one in _SORTS if one != sort],
            "filters": [],
            "paging": {"total": len(found), "offset": offset, "limit": limit},
            "display": "complete",
        }
    )


def _check(call: Call) -> None:
    query = call.query
    if "seller" not in query:
        raise refuse(400, "bad_request", "seller is a required parameter", PAGE)
    users.own(call, query["seller"])
    if unknown := sorted(set(query) - _FILTERS - {"seller", "sort", "offset", "limit"}):
        raise refuse(400, "bad_request", f"Invalid filter {unknown[0]}", PAGE)
    if not set(query) & _FILTERS:
        raise refuse(400, "bad_request", "the search must be followed by a filter", PAGE)
    if query.get("sort", "date_asc") not in _SORTS:
        raise refuse(400, "bad_request", f"Invalid sort {query['sort']}", PAGE)
    for name in set(query) & _BOUNDS:
        _hour(call, name)


def _visible(call: Call, site: Site) -> list[tuple[str, Document]]:
    oldest = site.now - _KEPT
    return [
        (id_, fields)
        for id_, fields in index.visible(site, "order", call.lag(index.ORDER_LAG_S))
        if str(fields["seller"]) == call.query["seller"]
        and fields["status"] != "cancelled"
        and moment(fields["date_created"]) >= oldest
    ]


def _matches(call: Call, id_: str, fields: Document) -> bool:
    query, tags = call.query, set(fields["tags"])
    return (
        ("order.status" not in query or fields["status"] in query["order.status"].split(","))
        and ("tags" not in query or set(query["tags"].split(",")) <= tags)
        and ("tags.not" not in query or not set(query["tags.not"].split(",")) & tags)
        and ("item" not in query or query["item"] in (fields["item"], fields["title"]))
        and ("q" not in query or query["q"] in (id_, fields["item"], fields["title"], fields["nickname"]))
        and all(_within(call, name, fields[key]) for name, key in _DATES.items())
    )


def _within(call: Call, name: str, value: str | None) -> bool:
    start, end = _hour(call, f"order.{name}.from"), _hour(call, f"order.{name}.to")
    if start is None and end is None:
        return True
    if value is None:
        return False
    at = moment(value)
    return (start is None or at >= start) and (end is None or at <= end)


def _hour(call: Call, name: str) -> datetime | None:
    if name not in call.query:
        return None
    try:
        # A plus sign that was not escaped arrives as a space.
        return moment(call.query[name].replace(" ", "+")).replace(minute=0, second=0, microsecond=0)
    except ValueError:
        raise refuse(400, "bad_request", f"{name} is not a date", PAGE) from None


def _number(call: Call, name: str, most: int, default: int | None = None) -> int:
    given = call.query.get(name, str(most if default is None else default))
    if not given.isdigit() or int(given) > most:
        raise refuse(400, "bad_request", f"{name} must be a number up to {most}", PAGE)
    return int(given)
