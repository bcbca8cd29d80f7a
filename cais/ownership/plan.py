"""An order's plan: the solved cells of its channel and logistics, with the life cycle as plain data."""

from __future__ import annotations

from typing import Literal, cast

from cais.errors import MappingError
from cais.model.order import Order
from cais.model.plan import Milestone, Plan, Target
from cais.model.vocabulary import Direction, Logistics
from cais.ownership.role import Place
from cais.ownership.roles import seller_roles
from cais.ownership.solve import OrderCells, solve
from cais.rules.connection import ConnectionRules, SellerRules
from cais.rules.lifecycle_file import LifecycleFile
from cais.rules.ruleset import RuleSet


def plan_for(rules: RuleSet, generation: int, seller: str, channel: str, order: Order) -> Plan:
    """The plan of an order as the rules have it now. Raises `NotFound` for an unknown seller."""
    whose = rules.of_seller(seller)
    cells = _cells(rules, whose, channel, order.logistics)
    parties = [whose.connections[name] for name in cells.takes if name in whose.connections]
    return Plan(
        digest=rules.digest,
        generation=generation,
        seller=seller,
        channel=channel,
        backoffice=cells.backoffice,
        logistics=order.logistics,
        export_at=_export_at(whose, channel, cells.backoffice),
        gives=dict(cells.gives),
        targets=tuple(_target(party, cells.takes[party.name]) for party in parties if cells.takes[party.name]),
        milestones=milestones(rules.lifecycles[whose.file.lifecycle], order.logistics),
        reserves=order.logistics is not Logistics.FULFILLED,
        mode=whose.connections[channel].mode,
        tags=_tags(whose, order),
    )


def _tags(seller: SellerRules, order: Order) -> tuple[str, ...]:
    """The seller's own search attributes. An expression that fails on this order leaves it without: it is no reason
    to hold an order up."""
    try:
        return seller.tags(order)
    except MappingError:
        return ()


def _cells(rules: RuleSet, seller: SellerRules, channel: str, logistics: Logistics) -> OrderCells:
    operations = {name: platform.operations for name, platform in rules.platforms.items()}
    roles = seller_roles(seller.file, rules.flows, operations, lambda path: Place("", 0))
    return solve(roles).orders[channel, logistics]


def _target(connection: ConnectionRules, takes: tuple[Direction, ...]) -> Target:
    requires = {direction: _requires(connection, direction) for direction in takes}
    return Target(
        connection=connection.name,
        takes=takes,
        requires={direction: first for direction, first in requires.items() if first},
    )


def _requires(connection: ConnectionRules, direction: Direction) -> tuple[Direction, ...]:
    """What the operations of a direction need first there."""
    names = connection.flow_file.takes[direction.value].operations
    operations = [connection.platform.operations[name] for name in names if name in connection.platform.operations]
    return tuple(dict.fromkeys(Direction(word) for operation in operations for word in operation.requires))


def _export_at(seller: SellerRules, channel: str, backoffice: str) -> Literal["placed", "paid"]:
    """The channel's word, else the backoffice's, else the flow's."""
    said = [seller.connections[name].file.order.at for name in (channel, backoffice) if name in seller.connections]
    flow = seller.connections[backoffice].flow_file.takes["order"].at if backoffice in seller.connections else None
    return cast(Literal["placed", "paid"], next((at for at in (*said, flow) if at is not None), "paid"))


def milestones(lifecycle: LifecycleFile, logistics: Logistics) -> tuple[Milestone, ...]:
    """The life cycle as plain data, in the order of its states, less what such orders do not have."""
    absent = {state for row in lifecycle.absent if row.when.logistics is logistics for state in row.milestones}
    return tuple(
        Milestone(
            state=state,
            directions=tuple(Direction(word) for word in said.direction),
            implies=tuple(word for word in said.implies if word not in absent),
            requires=said.requires,
            covers=said.covers,
            from_any=said.from_ == "any",
            final=said.final,
        )
        for state in lifecycle.states
        if state not in absent and (said := lifecycle.milestones.get(state)) is not None
    )
