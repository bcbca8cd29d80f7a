"""A few categories, with the attributes that they ask for.

Sources: atributos (tags of attributes), categorizacao-de-produtos (predictor), publicacao-de-produtos.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sandbox.mercado_livre.errors import refuse
from sandbox.operation import Answer, Call

NEW: Final = "2230284"
CONDITIONS: Final = {NEW: "Novo", "2230581": "Usado", "2230582": "Recondicionado"}
NO_GTIN: Final = {
    "17055158": "O produto é uma peça artesanal",
    "17055159": "O produto não tem código registrado",
    "17055160": "Outro motivo",
    "17055161": "O produto é um kit ou um pack",
}
WARRANTY_TYPES: Final = {
    "2230280": "Garantia do vendedor",
    "2230279": "Garantia de fábrica",
    "6150835": "Sem garantia",
}


@dataclass(frozen=True)
class Category:
    """A leaf category. `required` attributes must be given; `varying` ones tell variants apart (CHILD_PK)."""

    id: str
    name: str
    domain: str
    words: tuple[str, ...]
    required: tuple[str, ...] = ("BRAND",)
    varying: tuple[str, ...] = ("COLOR",)
    attributes: Mapping[str, str] = field(default_factory=lambda: {"BRAND": "Marca", "MODEL": "Modelo", "COLOR": "Cor"})
    max_title: int = 60


_SIZED = {"BRAND": "Marca", "MODEL": "Modelo", "COLOR": "Cor", "SIZE": "Tamanho", "GENDER": "Gênero"}
_VOLUME = {"BRAND": "Marca", "PERFUME_NAME": "Nome do perfume", "UNIT_VOLUME": "Volume da unidade"}
# The real fashion categories ask for a size chart (SIZE_GRID_ID), which this sandbox leaves out.
CATEGORIES: Final = {
    one.id: one
    for one in (
        Category(
            "MLB31447", "Camisetas e Regatas", "MLB-T_SHIRTS", ("camiseta", "regata"),
            ("BRAND", "MODEL"), ("COLOR", "SIZE"), _SIZED,
        ),
        Category("MLB108704", "Vestidos", "MLB-DRESSES", ("vestido",), ("BRAND", "MODEL"), ("COLOR", "SIZE"), _SIZED),
        Category("MLB188064", "Calças", "MLB-PANTS", ("calça",), ("BRAND", "MODEL"), ("COLOR", "SIZE"), _SIZED),
        Category("MLB1248", "Maquiagem", "MLB-MAKEUP", ("batom", "maquiagem", "rímel")),
        Category("MLB6284", "Perfumes", "MLB-PERFUMES", ("perfume", "colônia"), ("BRAND",), ("UNIT_VOLUME",), _VOLUME),
        Category("MLB437616", "Outros", "MLB-UNCLASSIFIED_PRODUCTS", ()),
    )
}  # fmt: skip
_OTHERS: Final = CATEGORIES["MLB437616"]
_PLAIN: Final = re.compile(r"MLB\d{4,6}")
_ALWAYS: Final = {
    "ITEM_CONDITION": "Condição do item",
    "GTIN": "Código universal de produto",
    "EMPTY_GTIN_REASON": "Motivo de GTIN vazio",
    "SELLER_SKU": "SKU",
}


def find(id_: str) -> Category | None:
    """The category. Beside the few that are described here, each id of four to six digits is a plain category."""
    if id_ in CATEGORIES or not _PLAIN.fullmatch(id_):
        return CATEGORIES.get(id_)
    return replace(_OTHERS, id=id_, name=f"Categoria {id_}")


def category(id_: str) -> Category:
    """The category; a Refusal 404 when there is none."""
    found = find(id_)
    if found is None:
        raise refuse(404, "not_found", f"Category not found: {id_}", "categorizacao-de-produtos")
    return found


def read(call: Call) -> Answer:
    """GET /categories/{category}."""
    one = category(call.params["category"])
    settings = {
        "listing_allowed": True,
        "status": "enabled",
        "max_title_length": one.max_title,
        "currencies": ["BRL"],
        "buying_modes": ["buy_it_now"],
        "catalog_domain": one.domain,
        "max_pictures_per_item": 12,
    }
    root = [{"id": one.id, "name": one.name}]
    return Answer({"id": one.id, "name": one.name, "path_from_root": root, "settings": settings})


def attributes(call: Call) -> Answer:
    """GET /categories/{category}/attributes."""
    one = category(call.params["category"])
    return Answer([_attribute(one, id_, name) for id_, name in {**one.attributes, **_ALWAYS}.items()])


def sale_terms(call: Call) -> Answer:
    """GET /categories/{category}/sale_terms."""
    category(call.params["category"])
    kinds = [{"id": id_, "name": name} for id_, name in WARRANTY_TYPES.items()]
    units = [{"id": unit, "name": unit} for unit in ("dias", "anos", "meses")]
    return Answer(
        [
            {"id": "WARRANTY_TYPE", "name": "Tipo de garantia", "value_type": "list", "values": kinds},
            {
                "id": "WARRANTY_TIME",
                "name": "Tempo de garantia",
                "value_type": "number_unit",
                "allowed_units": units,
                "default_unit": "dias",
            },
        ]
    )


def predict(call: Call) -> Answer:
    """GET /sites/MLB/domain_discovery/search?q=: the category that a title suggests."""
    words = call.query.get("q", "").lower()
    found = [one for one in CATEGORIES.values() if any(word in words for word in one.words)] or [_OTHERS]
    limit = int(call.query.get("limit", 4))
    return Answer(
        [
            {
                "domain_id": one.domain,
                "domain_name": one.name,
                "category_id": one.id,
                "category_name": one.name,
                "attributes": [],
            }
            for one in found[:limit]
        ]
    )


def _attribute(one: Category, id_: str, name: str) -> dict[str, Any]:
    listed = {"ITEM_CONDITION": CONDITIONS, "EMPTY_GTIN_REASON": NO_GTIN}.get(id_)
    tags = {"required": True} if id_ in one.required else {}
    if id_ in one.varying:
        tags["allow_variations"] = True
    if id_ == "GTIN":
        tags["conditional_required"] = True
    shown: dict[str, Any] = {
        "id": id_,
        "name": name,
        "tags": tags,
        "hierarchy": "CHILD_PK" if id_ in one.varying else "PARENT_PK" if id_ in one.required else "ITEM",
        "relevance": 1,
        "value_type": "list" if listed else "string",
        "attribute_group_id": "OTHERS",
        "attribute_group_name": "Outros",
    }
    if listed:
        shown["values"] = [{"id": value, "name": text} for value, text in listed.items()]
    return shown
