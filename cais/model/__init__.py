"""The canonical model: the values that every platform is mapped to and from."""

from __future__ import annotations

from cais.model.base import Value
from cais.model.listing import Listing, Offer
from cais.model.location import Location
from cais.model.order import Order
from cais.model.package import Invoice, Package, Shipping
from cais.model.payment import Payment
from cais.model.price import Price
from cais.model.product import Product, Variant
from cais.model.stock import Stock

CANONICAL: dict[str, type[Value]] = {
    "order": Order,
    "product": Product,
    "variant": Variant,
    "listing": Listing,
    "offer": Offer,
    "price": Price,
    "stock": Stock,
    "location": Location,
    "payment": Payment,
    "package": Package,
    "invoice": Invoice,
    "shipping": Shipping,
}
"""The models that rule files name."""
