"""The canonical product with its variants (SKUs)."""

from __future__ import annotations

from pydantic import Field

from cais.model.base import Code, Units, Value


class Attribute(Value):
    """A named property; the names are the seller's (`Cor`, `Tamanho`)."""

    name: Code
    value: str


class Image(Value):
    url: Code
    main: bool = False


class Dimensions(Value):
    """The packed unit: grams and millimetres."""

    weight_g: Units | None = None
    height_mm: Units | None = None
    width_mm: Units | None = None
    length_mm: Units | None = None


class KitPart(Value):
    sku: Code
    quantity: Units


class Variant(Value):
    """One SKU: what has a price and a stock."""

    sku: Code
    remote_id: Code
    """The platform's id of the SKU."""
    title: str | None = None
    ean: str | None = None
    """GTIN as printed, leading zeros kept; null: the product has none (`SEM GTIN`)."""
    attributes: tuple[Attribute, ...] = ()
    """What tells it from its sisters."""
    images: tuple[Image, ...] = ()
    dimensions: Dimensions = Dimensions()
    active: bool = True
    kit: tuple[KitPart, ...] = ()


class Product(Value):
    """A product as its owner shows it."""

    code: Code
    """The seller's code; the default listing code."""
    remote_id: Code
    title: Code
    brand: str | None = None
    description: str | None = None
    """Plain text or simple HTML."""
    category: str | None = None
    category_path: tuple[str, ...] = ()
    ncm: str | None = None
    """Nomenclatura Comum do Mercosul, eight digits."""
    cest: str | None = None
    origin: str | None = None
    """Origem da mercadoria, one digit 0-8."""
    attributes: tuple[Attribute, ...] = ()
    active: bool = True
    variants: tuple[Variant, ...] = Field(min_length=1)
