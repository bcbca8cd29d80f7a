"""The description of an item, a resource of its own.

Source: descricao-de-produtos (POST once, then PUT with `api_version=2`; plain text only).
"""

from __future__ import annotations

from typing import Final

from sandbox.mercado_livre import items
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.site import Site, utc_stamp
from sandbox.operation import Answer, Call

_PAGE: Final = "descricao-de-produtos"
_LONGEST: Final = 50_000


def read(call: Call) -> Answer:
    """GET /items/{item}/description."""
    found = Site(call.world).get("description", call.params["item"])
    if found is None:
        raise refuse(404, "not_found", "description not found", _PAGE)
    return Answer(found)


def create(call: Call) -> Answer:
    """POST /items/{item}/description."""
    if Site(call.world).get("description", call.params["item"]) is not None:
        raise refuse(400, "bad_request", "Item already has a description. Use PUT instead of POST.", _PAGE)
    return _write(call, 201)


def change(call: Call) -> Answer:
    """PUT /items/{item}/description?api_version=2."""
    if call.query.get("api_version") != "2":
        raise refuse(400, "bad_request", "api_version=2 is required", _PAGE)
    if Site(call.world).get("description", call.params["item"]) is None:
        raise refuse(404, "not_found", "description not found", _PAGE)
    return _write(call, 200)


def _write(call: Call, status: int) -> Answer:
    site = Site(call.world)
    item, text = items.owned(call, site), items.json_object(call).get("plain_text")
    if not isinstance(text, str) or not text or len(text) > _LONGEST or "<" in text:
        raise refuse(400, "item.description.type.invalid", "plain_text must be plain text", _PAGE)
    body = {"text": "", "plain_text": text, "last_updated": utc_stamp(site.now), "date_created": utc_stamp(site.now)}
    site.put("description", item["id"], body)
    return Answer(body, status)
