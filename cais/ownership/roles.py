"""From rule files to roles: the flow file's side of each connection, less what the seller file switches off."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import TypeVar

from cais.model.vocabulary import Direction, Flow, Logistics
from cais.ownership.role import Give, Place, Role, Route, SellerRoles, Take
from cais.rules.flow_file import FlowFile, GivenDirection, TakenDirection
from cais.rules.seller_file import ConnectionFile, ElseRoute, RouteFile, SellerFile

S = TypeVar("S", GivenDirection, TakenDirection)

Locate = Callable[[tuple[str | int, ...]], Place]
"""Where a path of the seller file is written."""


def seller_roles(
    file: SellerFile, flows: Mapping[str, FlowFile], operations: Mapping[str, Container[str]], locate: Locate
) -> SellerRoles:
    """The roles of a seller's connections. `operations`: platform to the names of what it can do.

    Connections of an unknown flow or platform are left out: another check names them.
    """
    roles = [
        _role(name, connection, flows[connection.flow], operations[connection.platform], locate(("connections", name)))
        for name, connection in file.connections.items()
        if connection.flow in flows and connection.platform in operations
    ]
    routes = tuple(_route(route, locate(("routes", "order", n))) for n, route in enumerate(file.routes.order))
    places = {
        name: (location.connection, location.id, locate(("locations", name)))
        for name, location in file.locations.items()
    }
    return SellerRoles(file.seller, tuple(roles), routes, places)


def _role(name: str, connection: ConnectionFile, flow: FlowFile, able: Container[str], place: Place) -> Role:
    off = _off(connection, flow) | _unable(flow, able)
    gives = {d: _give(d, said, place) for d, said in _directions(flow.gives) if d not in off}
    takes = {d: Take(d, place, frozenset(said.logistics)) for d, said in _directions(flow.takes) if d not in off}
    outside = connection.stock.seen_outside is not None
    return Role(name, Flow(flow.flow), place, gives, takes, told_outside=outside)


def _give(direction: Direction, said: GivenDirection, place: Place) -> Give:
    needs = tuple(Direction(word) for word in said.needs)
    return Give(direction, place, frozenset[Logistics](said.logistics), needs)


def _directions(side: Mapping[str, S]) -> list[tuple[Direction, S]]:
    return [(Direction(word), said) for word, said in side.items()]


def _off(connection: ConnectionFile, flow: FlowFile) -> set[Direction]:
    """What is switched off: by the seller, by naming somebody else, and what hangs on it."""
    off = {d for d in Direction if connection.is_off(d) or connection.settings(d).by is not None}
    for direction in tuple(off):
        for side in (flow.gives, flow.takes):
            said = side.get(direction.value)
            off |= {Direction(word) for word in said.off_with} if said is not None else set()
    return off


def _unable(flow: FlowFile, able: Container[str]) -> set[Direction]:
    """Optional directions whose operations the platform lacks."""
    sides = [*_directions(flow.gives), *_directions(flow.takes)]
    return {d for d, said in sides if said.optional and not all(name in able for name in said.operations)}


def _route(route: RouteFile | ElseRoute, place: Place) -> Route:
    if isinstance(route, ElseRoute):
        return Route(route.else_, place)
    channels = frozenset(route.when.channel) if route.when.channel is not None else None
    logistics = frozenset(route.when.logistics) if route.when.logistics is not None else None
    return Route(route.to, place, channels, logistics)
