"""206 Partial Content: an answer in which some fields could not be had, switched on by the act `partial`.

Sources: gerenciamento-de-vendas, publicacao-de-produtos (206 and `X-Content-Missing`).
"""

from __future__ import annotations

from sandbox.mercado_livre.site import Document, Site
from sandbox.operation import Answer, Call


def partly(call: Call, body: Document) -> Answer:
    """The whole body with 200, or with 206 and empty objects in place of the fields that are missing."""
    site = Site(call.world)
    wish = site.get("partial", call.operation)
    if wish is None or wish["times"] <= 0:
        return Answer(body)
    site.put("partial", call.operation, wish | {"times": wish["times"] - 1})
    missing: dict[str, Document] = {name: {} for name in wish["fields"]}
    return Answer(body | missing, 206, {"X-Content-Missing": ", ".join(wish["fields"])})
