"""Sellers as their applications see them, and what is registered of their company.

Sources: preco-variacao (the tag `user_product_seller`), mercado-envios (shipping preferences).
"""

from __future__ import annotations

from typing import Final

from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.site import Document, Site, public
from sandbox.operation import Answer, Call

_PAGE: Final = "consulta-de-usuarios"


def me(call: Call) -> Answer:
    """GET /users/me."""
    return Answer(public(user(Site(call.world), call.account)))


def read(call: Call) -> Answer:
    """GET /users/{user}."""
    return Answer(public(user(Site(call.world), call.params["user"])))


def shipping_preferences(call: Call) -> Answer:
    """GET /users/{user}/shipping_preferences."""
    known = user(Site(call.world), call.params["user"])["_"]
    own(call, call.params["user"])
    modes = [{"mode": mode, "types": [{"type": type_, "status": "active"}]} for mode, type_ in known["logistics"]]
    return Answer({"modes": [mode for mode, _ in known["logistics"]], "logistics": modes, "site_id": "MLB"})


def user(site: Site, id_: str | int) -> Document:
    """The user's document; a Refusal 404 when there is none."""
    found = site.get("user", id_)
    if found is None:
        raise refuse(404, "resource not found", f"The user with id {id_} does not exist.", _PAGE)
    return found


def own(call: Call, user_id: str) -> None:
    """Only the user itself may ask; a Refusal 403 otherwise."""
    if call.account != str(user_id):
        raise refuse(403, "forbidden", "The caller is not authorized to access this resource", "erro-403")


def sells_user_products(document: Document) -> bool:
    """Whether the seller is on the User Products model (else on the legacy one, with title and variations)."""
    return "user_product_seller" in document["tags"]
