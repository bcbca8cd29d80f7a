"""The price asked on a channel: what its giver asks, by the channel's rule, in the cents that the seller likes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from sqlalchemy import Connection, and_, select

from cais.errors import ActError, MappingError
from cais.model.price import Price
from cais.model.product import Product, Variant
from cais.model.vocabulary import ObjectKind
from cais.rules.ruleset import ConnectionRules
from cais.store.tables import inbox
from cais.store.tables import price as price_table
from cais.store.tables import sku as sku_table

MISSING: Final = "price:missing"
_CENT: Final = Decimal("0.01")


class Unpriced(ActError):
    """There is no price to ask. `cause` is what somebody has to mend: `price:missing`, `price:ambiguous` or
    `price:not-positive`."""

    def __init__(self, word: str) -> None:
        super().__init__(f"price {word}")
        self.cause = f"price:{word}"


def asked(conn: Connection, rules: ConnectionRules, layers: Sequence[str], product: Product, variant: Variant) -> Price:
    """The price of a variant on a channel. `layers` names the givers, the first that has a price counts.

    Raises `Unpriced`: a price that is zero or negative is never asked. Raises `MappingError` from the rule.
    """
    given = _given(conn, rules, layers, variant.sku)
    if given.sale is None:
        raise Unpriced("missing")
    sale = _ruled(rules, given, product, variant)
    if rules.file.price.round is not None:
        sale = ending(sale, rules.file.price.round)
    if sale <= 0:
        raise Unpriced("not-positive")
    crossed_out = given.list if given.list is not None and given.list > sale else None
    return given.model_copy(update={"sale": sale, "list": crossed_out})


def is_awaited(conn: Connection, seller: str, sku: str, since: datetime) -> bool:
    """Whether a price of the SKU is on its way: its product's owner was asked for it at or after `since`, and what
    it answers is not read yet."""
    owner = and_(inbox.c.connection == sku_table.c.connection, inbox.c.object_id == sku_table.c.remote_id)
    asked_for = (sku_table.c.seller == seller, sku_table.c.sku == sku, inbox.c.kind == ObjectKind.PRICE.value)
    unread = (inbox.c.state.in_(("open", "leased")), inbox.c.received_at >= since)
    found = select(inbox.c.id).join(sku_table, owner).where(*asked_for, *unread)
    return conn.execute(found.limit(1)).first() is not None


def ending(amount: Decimal, cents: Decimal) -> Decimal:
    """The nearest amount that ends in the cents of `cents` (`0.90`); of two as near the higher."""
    tail = cents % 1
    return (amount - tail).quantize(Decimal(1), ROUND_HALF_UP) + tail


def _given(conn: Connection, rules: ConnectionRules, layers: Sequence[str], sku: str) -> Price:
    columns = (price_table.c.connection, price_table.c.document)
    held = select(*columns).where(price_table.c.seller == rules.seller, price_table.c.sku == sku)
    if rules.file.price.list is not None:
        held = held.where(price_table.c.price_list == rules.file.price.list)
    rows = conn.execute(held).all()
    first = next((layer for layer in layers if any(row.connection == layer for row in rows)), None)
    counted = [row for row in rows if first is None or row.connection == first]
    if not counted:
        raise Unpriced("missing")
    if len(counted) > 1:
        raise Unpriced("ambiguous")
    return Price.model_validate(counted[0].document)


def _ruled(rules: ConnectionRules, given: Price, product: Product, variant: Variant) -> Decimal:
    if rules.price_rule is None:
        assert given.sale is not None
        return given.sale
    return _amount(rules, rules.price({"price": given, "product": product, "variant": variant}))


def _amount(rules: ConnectionRules, made: Any) -> Decimal:
    if made is None:
        raise Unpriced("missing")
    if isinstance(made, bool) or not isinstance(made, int | Decimal):
        raise MappingError("R203", f"the price rule of {rules.name} gives no amount", at="price.rule")
    return Decimal(made).quantize(_CENT, ROUND_HALF_UP)
