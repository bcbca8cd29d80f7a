"""A SKU's price on a price list."""

from __future__ import annotations

from cais.model.base import Code, Money, Time, Value


class Price(Value):
    """`sale` is what the buyer pays, `list` the crossed-out price; null `sale` means: not for sale on this list."""

    sku: Code
    price_list: Code
    currency: Code = "BRL"
    sale: Money | None
    list: Money | None = None
    valid_until: Time | None = None
