"""A listing: one offer on a sales channel, with its variants."""

from __future__ import annotations

from pydantic import Field

from cais.model.base import Code, Money, Units, Value
from cais.model.product import Attribute, Variant
from cais.model.vocabulary import ListingStatus


class ListedVariant(Value):
    """One variant of a listing as the channel shows it. Amounts in major units."""

    sku: Code
    remote_id: Code
    remote_sku: str | None = None
    price: Money | None = None
    units: Units | None = None


class Listing(Value):
    """A listing as the channel shows it."""

    remote_id: Code
    status: ListingStatus
    problem: str | None = None
    """The channel's own words on what is wrong, without values of people."""
    variants: tuple[ListedVariant, ...] = ()


class Offer(Value):
    """What the hub wants to sell on a channel: content of a listing, made from the product and the seller's rules."""

    code: Code
    title: Code
    brand: str | None = None
    description: str | None = None
    category: str | None = None
    category_path: tuple[str, ...] = ()
    ncm: str | None = None
    attributes: tuple[Attribute, ...] = ()
    variants: tuple[Variant, ...] = Field(min_length=1)
