"""What a leased value is worth now: computed from the current causes when it is about to be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from cais.errors import MappingError, NotFound
from cais.model import wire
from cais.model.vocabulary import WantedGroup
from cais.outbound import listed, price, settings, wanted
from cais.outbound.listed import Listed, Shop
from cais.outbound.price import Unpriced
from cais.outbound.wanted import Leased
from cais.rules.operation import Operation
from cais.stock.sellable import sellable

Context = dict[str, Any]


@dataclass(frozen=True)
class Worth:
    """A value ready to be sent. `value` is what is kept once it is acknowledged; `contexts` one for each request that
    it takes (the content of a listing whose variants are listed one by one takes several)."""

    leased: Leased
    value: Mapping[str, Any]
    contexts: tuple[Context, ...]

    @property
    def is_known(self) -> bool:
        """The channel has acknowledged this very value, and nothing has put that in doubt."""
        return self.value == self.leased.value and not self.leased.doubtful and self.leased.cause is None

    @property
    def entry(self) -> Context:
        """Its line in a bulk request: `remote_id`, `sku` and the value."""
        context = self.contexts[0]
        return {"sku": self.leased.sku, "remote_id": context["listing"]["remote_id"], **context["value"]}

    @property
    def names(self) -> frozenset[str]:
        """By what the answer to a bulk request may name it."""
        known = self.contexts[0]["listing"]["variants"]
        ids = {variant["remote_id"] for variant in known if variant["sku"] == self.leased.sku}
        return frozenset({self.leased.sku, self.contexts[0]["listing"]["remote_id"], *ids} - {None})


@dataclass(frozen=True)
class Worthless:
    """Nothing can be sent until `cause` is mended."""

    leased: Leased
    cause: str


def compute(conn: Connection, shop: Shop, operation: Operation, leases: Sequence[Leased]) -> list[Worth | Worthless]:
    """The values of these leases, or why they have none."""
    given = settings.read(conn, shop.seller.name, shop.channel)
    known = {name: _listing(conn, name) for name in {leased.listing for leased in leases}}
    return [_one(conn, shop, operation, known[leased.listing], leased, given) for leased in leases]


def _listing(conn: Connection, name: str) -> Listed | None:
    try:
        return listed.read(conn, name)
    except NotFound:
        return None


def _one(
    conn: Connection, shop: Shop, operation: Operation, shown: Listed | None, leased: Leased, given: settings.Settings
) -> Worth | Worthless:
    if shown is None:
        return Worthless(leased, "not_found:product")
    try:
        value, contexts = _valued(conn, shop, shown, leased)
    except Unpriced as unpriced:
        return Worthless(leased, unpriced.cause)
    except MappingError:
        return Worthless(leased, f"mapping:{shop.channel}/rules")
    except NotFound:
        return Worthless(leased, "not_found:variant")
    if leased.group is WantedGroup.PRICE and _jumps(shop, leased, value["price"]):
        return Worthless(leased, wanted.GUARD)
    by = operation.mappings[0].hash[:16] if operation.mappings else ""
    return Worth(leased, {**value, "by": by}, tuple({**context, "settings": given} for context in contexts))


def _valued(conn: Connection, shop: Shop, shown: Listed, leased: Leased) -> tuple[dict[str, Any], tuple[Context, ...]]:
    match leased.group:
        case WantedGroup.PRICE:
            asked = _asked(conn, shop, shown, leased.sku)
            value = {"price": asked.sale, "list": asked.list}
            return value, ({**listed.shown(shown, shop, leased.sku), "price": asked, "value": value},)
        case WantedGroup.STOCK:
            value = {"units": _units(conn, shop, shown, leased.sku)}
            return value, ({**listed.shown(shown, shop, leased.sku), "value": value},)
        case WantedGroup.CONTENT:
            contexts = listed.published(shown, shop)
            offer = contexts[0]["offer"] if contexts else None
            digest = wire.digest(offer.model_dump(mode="json")) if offer is not None else ""
            return {"digest": digest}, contexts


def _asked(conn: Connection, shop: Shop, shown: Listed, sku: str) -> Any:
    variant = shown.variant(sku)
    if variant is None:
        raise NotFound(f"{sku} is no longer in the product")
    return price.asked(conn, shop.rules, shop.seller.file.price, shown.product, variant)


def _units(conn: Connection, shop: Shop, shown: Listed, sku: str) -> int:
    """What has no price, or is no longer selected, is not for sale at the old one."""
    if not shop.sells(shown, shown.variant(sku)):
        return 0
    try:
        _asked(conn, shop, shown, sku)
    except Unpriced:
        return 0
    return sellable(conn, shop.seller, shop.channel, sku)


def _jumps(shop: Shop, leased: Leased, asked: Decimal) -> bool:
    """Whether the price moves further from the last approved one than the seller lets go out by itself."""
    own, common = shop.rules.file.price.guard, shop.seller.file.guards.price_change
    share = common if own is None else own
    before = None if leased.value is None else Decimal(leased.value["price"])
    return share is not None and before is not None and abs(asked - before) > before * share
