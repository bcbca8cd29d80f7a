"""The rules by which one round works: one rule set, one generation, one connection's settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from cais.identity.claim import Planner
from cais.inbound.selection import Channel
from cais.model.product import Product, Variant
from cais.model.vocabulary import Direction, Flow
from cais.outbound.settings import Settings
from cais.ownership import plan_for
from cais.rules.ruleset import ConnectionRules, RuleSet


@dataclass(frozen=True)
class RulesInForce:
    """What a round reads once, so that all of it is by the same rules."""

    rules: RuleSet
    generation: int
    connection: ConnectionRules
    settings: Settings = field(default_factory=dict, repr=False)

    @property
    def planner(self) -> Planner:
        """Makes plans of the seller's orders."""
        return partial(plan_for, self.rules, self.generation, self.connection.seller)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The seller's connections that take listings."""
        seller = self.rules.of_seller(self.connection.seller)
        return tuple(
            _channel(connection, seller.digest)
            for connection in seller.connections.values()
            if connection.flow is Flow.SALES_CHANNEL and connection.takes(Direction.LISTING)
        )


def _channel(connection: ConnectionRules, digest: str) -> Channel:
    def selects(product: Product, variant: Variant) -> bool:
        return connection.selects({"product": product, "variant": variant})

    unit = connection.platform.capabilities.listing_unit
    return Channel(connection.seller, connection.name, selects, unit, digest, connection.mode)
