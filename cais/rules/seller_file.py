"""The shape of `sellers/<seller>.yaml`: connections, and where the seller departs from their flows."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from cais.model.base import Name
from cais.model.vocabulary import Direction, Logistics
from cais.rules.file_model import (
    EMPTY,
    Duration,
    FileModel,
    Flag,
    RuleFile,
    Text,
    Whole,
    Word,
    fault,
    has_else,
    one_or_more,
)

Mode = Literal["live", "observe"]
_REFERENCE = re.compile(r"(?:env|file):[^\s]+")
_SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def _reference(written: Any) -> str:
    if isinstance(written, str) and _REFERENCE.fullmatch(written):
        return written
    raise fault("R075", "a secret is written as a reference", "write env:NAME")


SecretRef = Annotated[str, PlainValidator(_reference), WithJsonSchema({"type": "string", "pattern": "^env:"})]
"""Where a secret is found: `env:NAME` or `file:/path`."""


def _since(written: Any) -> datetime:
    try:
        if isinstance(written, str) and len(written) == 10:
            return datetime.combine(date.fromisoformat(written), time(), _SAO_PAULO).astimezone(UTC)
        moment = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        raise fault("R012", "a date is asked for", "write 2026-11-01") from None
    if moment.tzinfo is None:
        raise fault("R012", "a time needs its zone", "write 2026-11-01 or 2026-11-01T00:00:00-03:00")
    return moment.astimezone(UTC)


Since = Annotated[datetime, PlainValidator(_since), WithJsonSchema({"type": "string", "format": "date"})]
"""A day (its beginning in São Paulo) or a moment with its zone; kept in UTC."""


def _amount(written: Any) -> Decimal:
    try:
        return Decimal(written) if isinstance(written, str | int | Decimal) else Decimal("NaN")
    except ArithmeticError:
        raise fault("R012", "an amount is asked for") from None


Amount = Annotated[Decimal, PlainValidator(_amount), WithJsonSchema({"type": ["number", "string"]})]
Names = Annotated[tuple[Text, ...], *one_or_more({"type": "string"})]


class _Settings(FileModel):
    off: Flag = False
    by: Text | None = None
    """Who gives or takes it instead of this connection, from the flow's `may_be`."""


class OrderSettings(_Settings):
    """`since` is the cut-off; `at` the state at which orders are exported to this connection."""

    since: Since | None = None
    at: Literal["placed", "paid"] | None = None


class ListingSettings(_Settings):
    select: Text | None = None
    """Expression over `product` and `variant`: which products are offered here."""
    unlink: Literal["leave", "zero"] = "leave"


class PriceSettings(_Settings):
    list: Text | None = None
    """Name of the price list that this connection reads or is given."""
    rule: Text | None = None
    """Expression over `price`, `product`, `variant`: the price asked here."""
    round: Amount | None = None
    """The cents that prices end in, such as 0.90."""
    guard: Amount | None = None
    """Largest change, as a share, that goes out without approval: 0.3."""


class StockSettings(_Settings):
    buffer: Whole = 0
    pool: Literal["sum", "max"] | None = None
    locations: tuple[Name, ...] | None = None
    cap: Whole | None = None
    seen_outside: Text | None = None
    """Who else tells the giver of these counts about orders that the hub does not send it."""


class OtherSettings(_Settings):
    """Settings of a direction that has none of its own."""


def _settings(written: Any) -> Any:
    return {"off": True} if written == "off" else written


OffOr = BeforeValidator(_settings)


class ConnectionFile(FileModel):
    """One account on one platform in one flow. A direction set to `off` is neither given nor taken."""

    platform: Word
    flow: Word
    title: Text | None = None
    mode: Mode | None = None
    params: dict[Word, Text] = EMPTY
    secrets: dict[Word, SecretRef] = EMPTY
    hosts: dict[Word, Text] = EMPTY
    issuers: tuple[Text, ...] = ()
    """CNPJs that this channel accepts invoices of."""
    catalogue: Annotated[OtherSettings, OffOr] = OtherSettings()
    listing: Annotated[ListingSettings, OffOr] = ListingSettings()
    price: Annotated[PriceSettings, OffOr] = PriceSettings()
    stock: Annotated[StockSettings, OffOr] = StockSettings()
    order: Annotated[OrderSettings, OffOr] = OrderSettings()
    payment: Annotated[OtherSettings, OffOr] = OtherSettings()
    invoice: Annotated[OtherSettings, OffOr] = OtherSettings()
    shipping_info: Annotated[OtherSettings, OffOr] = OtherSettings()
    dispatch: Annotated[OtherSettings, OffOr] = OtherSettings()
    delivery: Annotated[OtherSettings, OffOr] = OtherSettings()
    cancel_by_buyer: Annotated[OtherSettings, OffOr] = OtherSettings()
    cancel_by_seller: Annotated[OtherSettings, OffOr] = OtherSettings()
    return_: Annotated[OtherSettings, OffOr] = Field(OtherSettings(), alias="return")

    def settings(self, direction: Direction) -> _Settings:
        """What the seller says of one direction."""
        found: _Settings = getattr(self, "return_" if direction is Direction.RETURN else direction.value)
        return found

    def is_off(self, direction: Direction) -> bool:
        return self.settings(direction).off


class LocationFile(FileModel):
    """A place with stock; `id` is the platform's."""

    connection: Name
    id: Text
    cnpj: Text | None = None
    uf: Annotated[Text, Field(pattern=r"^[A-Z]{2}$")] | None = None


class RouteWhen(FileModel):
    """Conditions of a route; all that are given must hold."""

    logistics: Annotated[tuple[Logistics, ...], *one_or_more({"type": "string"})] | None = None
    channel: Names | None = None
    location: Names | None = None


class RouteFile(FileModel):
    when: RouteWhen
    to: Name


class ElseRoute(FileModel):
    else_: Name = Field(alias="else")


def _route_kind(written: Any) -> str:
    return "<otherwise>" if has_else(written) else "<route>"


Route = Annotated[
    Annotated[RouteFile, Tag("<route>")] | Annotated[ElseRoute, Tag("<otherwise>")], Discriminator(_route_kind)
]


class RoutesFile(FileModel):
    order: tuple[Route, ...] = ()


class ScopeFile(FileModel):
    """A named set: of SKUs by an expression over `product` and `variant`, or of locations."""

    select: Text | None = None
    locations: tuple[Name, ...] | None = None


class GuardsFile(FileModel):
    """Mass changes that wait for a person. Shares are between 0 and 1."""

    price_change: Amount | None = None
    stock_zero_share: Amount | None = None
    close_share: Amount | None = None
    approve_after: Duration | None = None


class SellerFile(RuleFile):
    """A seller: the connections, places, routes, and the layers of price and stock."""

    seller: Name
    title: Text | None = None
    mode: Mode = "live"
    public_url: Text | None = None
    currency: Text = "BRL"
    lifecycle: Word = "order"
    connections: dict[Name, ConnectionFile] = Field(min_length=1)
    locations: dict[Name, LocationFile] = EMPTY
    routes: RoutesFile = RoutesFile()
    scopes: dict[Name, ScopeFile] = EMPTY
    price: tuple[Text, ...] = ()
    """Layers of the price, the first that has one wins last: `[loja, hub.rules, hub.campaigns]`."""
    guards: GuardsFile = GuardsFile()
    tags: tuple[Text, ...] = Field((), max_length=2)
    """Expressions over `order`: the seller's own two search attributes."""
    overlays: dict[Name, dict[Text, dict[str, Any]]] = EMPTY
    """Connection, mapping, and what of it is replaced or removed for this seller."""
