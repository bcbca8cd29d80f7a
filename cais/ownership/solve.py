"""The solver: who gives and who takes each cell. A pure function over a finite table.

Cells of orders are (channel, logistics, direction); cells of the catalogue are (direction, scope).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cais.model.vocabulary import Direction, Logistics
from cais.ownership.role import HUB, Place, Role, SellerRoles

ORDER_DIRECTIONS = (
    Direction.ORDER,
    Direction.PAYMENT,
    Direction.INVOICE,
    Direction.SHIPPING_INFO,
    Direction.DISPATCH,
    Direction.DELIVERY,
    Direction.CANCEL_BY_BUYER,
    Direction.CANCEL_BY_SELLER,
    Direction.RETURN,
)
ONE_GIVER_OF_ALL = (Direction.CATALOGUE, Direction.PRICE)


@dataclass(frozen=True)
class Finding:
    """Why a configuration is refused; `code` is one of `cais.rules.codes`. `path`: who would say what to whom."""

    code: str
    message: str
    place: Place
    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class OrderCells:
    """Who gives and takes what of an order of one channel and logistics."""

    backoffice: str
    gives: Mapping[Direction, tuple[str, ...]]
    takes: Mapping[str, tuple[Direction, ...]]


@dataclass(frozen=True)
class Ownership:
    """The solved table, and why it must be refused (empty: it may run)."""

    orders: Mapping[tuple[str, Logistics], OrderCells]
    catalogue: Mapping[Direction, tuple[str, ...]]
    findings: tuple[Finding, ...] = field(default=())


def solve(seller: SellerRoles) -> Ownership:
    """Solve all cells of a seller. Never raises: what is wrong is in `findings`."""
    orders: dict[tuple[str, Logistics], OrderCells] = {}
    findings = [*_places(seller), *_catalogue(seller)]
    for channel in seller.channels():
        for logistics in Logistics:
            takers, found = _takers(seller, channel, logistics)
            findings.extend(found)
            orders[channel.connection, logistics] = _cells(seller, channel, logistics, takers)
    findings.extend(_two_givers(orders, seller))
    findings.extend(_blind(seller, orders))
    catalogue = {
        d: tuple(r.connection for r in seller.roles if d in r.gives) for d in (*ONE_GIVER_OF_ALL, Direction.STOCK)
    }
    return Ownership(orders, catalogue, tuple(sorted(set(findings), key=lambda f: (f.place, f.code, f.message))))


def _role(seller: SellerRoles, name: str) -> Role | None:
    return next((role for role in seller.roles if role.connection == name), None)


def _places(seller: SellerRoles) -> Iterator[Finding]:
    first: dict[tuple[str, str], str] = {}
    for name, (connection, remote_id, place) in seller.locations.items():
        other = first.setdefault((connection, remote_id), name)
        if other != name:
            yield Finding("R110", f"locations {other} and {name} are the same place of {connection}", place)
        giver = _role(seller, connection)
        if giver is not None and Direction.STOCK not in giver.gives:
            yield Finding("R111", f"location {name} is counted by {connection}, which does not give stock", place)


def _catalogue(seller: SellerRoles) -> Iterator[Finding]:
    for direction in ONE_GIVER_OF_ALL:
        givers = [role for role in seller.backoffices() if direction in role.gives]
        for extra in givers[1:]:
            yield _two(direction, givers[0], extra, extra.gives[direction].place)
        if not givers and seller.channels() and seller.backoffices():
            yield Finding(
                "R111", f"nobody gives {direction}: no listing could be made of it", seller.backoffices()[0].place
            )


def _two(direction: Direction, one: Role, other: Role, place: Place) -> Finding:
    return Finding(
        "R110",
        f"{one.connection} and {other.connection} both give {direction}",
        place,
        (f"{one.connection} gives {direction}", f"{other.connection} gives {direction}"),
    )


def _takers(seller: SellerRoles, channel: Role, logistics: Logistics) -> tuple[list[Role], list[Finding]]:
    """The backoffices that get the channel's orders of these logistics: none (the hub keeps them) or one."""
    able = [
        role
        for role in seller.backoffices()
        if Direction.ORDER in role.takes and logistics in role.takes[Direction.ORDER].logistics
    ]
    route = next((r for r in seller.routes if r.matches(channel.connection, logistics)), None)
    if route is not None:
        return [role for role in able if role.connection == route.to], []
    if len(able) < 2:
        return able, []
    names = " and ".join(role.connection for role in able)
    finding = Finding(
        "R113",
        f"{names} both take the orders of {channel.connection} (logistics {logistics}); say which by routes.order",
        able[1].takes[Direction.ORDER].place,
        tuple(f"{channel.connection} order → {role.connection}" for role in able),
    )
    return able[:1], [finding]


def _cells(seller: SellerRoles, channel: Role, logistics: Logistics, takers: list[Role]) -> OrderCells:
    parties = [channel, *takers]
    gives = {d: _givers(d, logistics, parties, managed=bool(takers)) for d in ORDER_DIRECTIONS}
    takes = {
        role.connection: tuple(d for d in ORDER_DIRECTIONS if d in role.takes and logistics in role.takes[d].logistics)
        for role in parties
    }
    return OrderCells(takers[0].connection if takers else HUB, gives, takes)


def _givers(direction: Direction, logistics: Logistics, parties: list[Role], *, managed: bool) -> tuple[str, ...]:
    """Who may say it. People may always cancel; they give all that no platform gives."""
    named = [r.connection for r in parties if direction in r.gives and logistics in r.gives[direction].logistics]
    if direction is Direction.CANCEL_BY_SELLER or not named or (not managed and direction is Direction.RETURN):
        named.append(HUB)
    return tuple(named)


def _two_givers(orders: Mapping[tuple[str, Logistics], OrderCells], seller: SellerRoles) -> Iterator[Finding]:
    for (channel, logistics), cells in orders.items():
        for direction in ORDER_DIRECTIONS:
            roles = [role for name in cells.gives[direction] if (role := _role(seller, name))]
            if direction is Direction.RETURN or len(roles) < 2:
                continue
            finding = _two(direction, roles[0], roles[1], roles[1].gives[direction].place)
            yield Finding(
                finding.code,
                f"{finding.message} of {channel}'s orders (logistics {logistics})",
                finding.place,
                finding.path,
            )


def _blind(seller: SellerRoles, orders: Mapping[tuple[str, Logistics], OrderCells]) -> Iterator[Finding]:
    """A giver that is not told what its word depends on."""
    told: dict[str, set[tuple[str, Direction]]] = defaultdict(set)
    for (channel, logistics), cells in orders.items():
        if logistics is Logistics.FULFILLED:
            continue
        for connection, directions in cells.takes.items():
            told[connection].update((channel, direction) for direction in directions)
    for role in seller.backoffices():
        give = role.gives.get(Direction.STOCK)
        if give is None or role.told_outside:
            continue
        blind = [
            c.connection
            for c in seller.channels()
            if any((c.connection, n) not in told[role.connection] for n in give.needs)
        ]
        if blind:
            yield Finding(
                "R112",
                f"{role.connection} gives stock but is not told of orders from {', '.join(blind)}: it would oversell",
                give.place,
                tuple(f"{name} sells → {role.connection} does not know" for name in blind),
            )
