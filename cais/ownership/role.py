"""What each connection gives and takes, as plain data: the input of the solver.

A role is a flow file's side of one connection, less what the seller file switches off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cais.model.vocabulary import Direction, Flow, Logistics

HUB = "hub"
"""The reserved connection: the hub itself, driven by people and scripts."""

ALL_LOGISTICS = frozenset(Logistics)


@dataclass(frozen=True, order=True)
class Place:
    """Where in the rule files something is said."""

    file: str
    line: int
    column: int = 1


@dataclass(frozen=True)
class Give:
    """`direction` comes from the connection, for orders of these logistics; `needs`: what it must be told for that."""

    direction: Direction
    place: Place
    logistics: frozenset[Logistics] = ALL_LOGISTICS
    needs: tuple[Direction, ...] = ()


@dataclass(frozen=True)
class Take:
    """`direction` goes to the connection, for orders of these logistics."""

    direction: Direction
    place: Place
    logistics: frozenset[Logistics] = ALL_LOGISTICS


@dataclass(frozen=True)
class Role:
    """One connection's side."""

    connection: str
    flow: Flow
    place: Place
    gives: Mapping[Direction, Give]
    takes: Mapping[Direction, Take]
    told_outside: bool = False
    """The seller file says that somebody else keeps its stock up to date with the hub's orders."""


@dataclass(frozen=True)
class Route:
    """Orders of these channels and logistics go to `to`; the first that matches is taken."""

    to: str
    place: Place
    channels: frozenset[str] | None = None
    logistics: frozenset[Logistics] | None = None

    def matches(self, channel: str, logistics: Logistics) -> bool:
        """Whether an order of that channel and logistics takes this route."""
        return (self.channels is None or channel in self.channels) and (
            self.logistics is None or logistics in self.logistics
        )


@dataclass(frozen=True)
class SellerRoles:
    """All roles of one seller."""

    seller: str
    roles: tuple[Role, ...]
    routes: tuple[Route, ...] = ()
    locations: Mapping[str, tuple[str, str, Place]] = field(default_factory=dict)
    """Location name → (connection, the platform's id of the place, where it is said)."""

    def backoffices(self) -> tuple[Role, ...]:
        """The connections where the seller manages."""
        return tuple(role for role in self.roles if role.flow is Flow.BACKOFFICE)

    def channels(self) -> tuple[Role, ...]:
        """The connections that sell."""
        return tuple(role for role in self.roles if role.flow is Flow.SALES_CHANNEL)
