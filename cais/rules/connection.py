"""The rules of one connection and of one seller, ready to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cais.errors import MappingError
from cais.model.order import Order
from cais.model.vocabulary import Direction, Flow
from cais.rules.files import digest_of
from cais.rules.flow_file import FlowFile
from cais.rules.platform import Platform
from cais.rules.reader import Document
from cais.rules.scope import Scope
from cais.rules.seller_file import ConnectionFile, Mode, SellerFile
from cais.rules.text import Text, condition


@dataclass(frozen=True)
class ConnectionRules:
    """One account on one platform in one flow. `secrets` are references, never values."""

    seller: str
    name: str
    flow_file: FlowFile = field(repr=False)
    platform: Platform
    params: Mapping[str, str]
    hosts: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    file: ConnectionFile = field(repr=False)
    mode: Mode = "live"
    public_url: str | None = None
    selection: Text | None = field(default=None, repr=False)
    price_rule: Text | None = field(default=None, repr=False)

    @property
    def flow(self) -> Flow:
        return self.flow_file.flow

    @property
    def account(self) -> tuple[str, ...]:
        """The platform and what tells accounts of it apart."""
        return self.platform.account(self.params)

    def gives(self, direction: Direction) -> bool:
        """Whether the flow says so and the seller has not switched it off."""
        return direction.value in self.flow_file.gives and not self.is_off(direction)

    def takes(self, direction: Direction) -> bool:
        return direction.value in self.flow_file.takes and not self.is_off(direction)

    def is_off(self, direction: Direction) -> bool:
        """Off by itself, or with another direction that it hangs on."""
        if self.file.is_off(direction):
            return True
        return any(
            direction.value in taken.off_with and self.file.is_off(Direction(name))
            for name, taken in self.flow_file.takes.items()
        )

    def selects(self, context: Mapping[str, Any]) -> bool:
        """Whether `product` (and `variant`) is to be listed here; all are where the file says nothing.

        Raises MappingError.
        """
        return self.selection is None or condition(self.selection, Scope.of(context))

    def price(self, context: Mapping[str, Any]) -> Any:
        """What the connection's own rule makes of `price` (`product`, `variant`). Raises MappingError."""
        if self.price_rule is None:
            raise MappingError("R201", f"connection {self.name} has no price rule")
        return self.price_rule.value(Scope.of(context))


@dataclass(frozen=True)
class SellerRules:
    """One seller. `digest` changes with any file that the seller uses, and with no other."""

    name: str
    digest: str
    file: SellerFile = field(repr=False)
    document: Document = field(repr=False)
    connections: Mapping[str, ConnectionRules] = field(repr=False)
    tag_texts: tuple[Text, ...] = field(default=(), repr=False)

    def tags(self, order: Order) -> tuple[str, ...]:
        """The seller's own words for an order, for its search attributes; empty where there is none."""
        scope = Scope.of({"order": order})
        return tuple(" ".join(text.scalars(scope)) for text in self.tag_texts)

    @cached_property
    def hashes(self) -> dict[str, str]:
        """`connection/mapping` to the hash of the mapping and of the operations that use it, and
        `connection/operation` for those without one: what an activation changed is what differs here."""
        return {
            f"{name}/{what}": digest
            for name, connection in self.connections.items()
            for what, digest in _hashes(connection.platform).items()
        }


def _hashes(platform: Platform) -> dict[str, str]:
    used: dict[str, list[str]] = {name: [mapping.hash] for name, mapping in platform.mappings.items()}
    for name, operation in platform.operations.items():
        said = _said(platform, name)
        for mapping in operation.mappings:
            used[mapping.name].append(said)
        if not operation.mappings:
            used[name] = [said]
    return {name: digest_of(parts) for name, parts in used.items()}


def _said(platform: Platform, operation: str) -> str:
    """What the platform file says of an operation, the outcome list that it names included."""
    file = platform.file.operations[operation]
    named = platform.file.outcomes.get(file.outcomes, ()) if isinstance(file.outcomes, str) else ()
    return digest_of([repr(file), repr(named)])
