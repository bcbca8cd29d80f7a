"""Checks of a seller file against the flows and platforms that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cais.model.vocabulary import Direction
from cais.rules.flow_file import FlowFile
from cais.rules.library import Loaded
from cais.rules.platform import Platform
from cais.rules.platform_compiler import misfit
from cais.rules.platform_file import PlatformFile
from cais.rules.problem import Problem, nearest
from cais.rules.reader import Path
from cais.rules.seller_file import ConnectionFile, ElseRoute, RouteFile, SellerFile

HUB = "hub"
_LAYERS = ("hub", "hub.rules", "hub.campaigns")


class SellerCheck:
    """All that is wrong with one seller file; `platforms` and `flows` by name."""

    def __init__(
        self, seller: Loaded[SellerFile], platforms: Mapping[str, Platform], flows: Mapping[str, Loaded[FlowFile]]
    ) -> None:
        self.file, self.document = seller.file, seller.document
        self.platforms, self.flows = platforms, {name: flow.file for name, flow in flows.items()}

    def problems(self) -> Iterator[Problem]:
        for name, connection in self.file.connections.items():
            path: Path = ("connections", name)
            if name == HUB:
                yield self._key(path, "R079", "`hub` is the hub itself; a connection needs another name")
            yield from self._references(connection, path)
            if connection.platform in self.platforms:
                yield from self._params(connection, path, self.platforms[connection.platform].file)
                yield from self._secrets(connection, path, self.platforms[connection.platform].file)
            if connection.flow in self.flows:
                yield from self._directions(connection, path, self.flows[connection.flow])
        yield from self._places()
        yield from self._routes()
        yield from self._address()

    def _at(self, path: Path, code: str, message: str, hint: str | None = None) -> Problem:
        return self.document.problem(path, code, message, hint)

    def _key(self, path: Path, code: str, message: str, hint: str | None = None) -> Problem:
        return self.document.key_mark(path).problem(code, message, hint)

    def _references(self, connection: ConnectionFile, path: Path) -> Iterator[Problem]:
        if connection.platform not in self.platforms:
            hint = nearest(connection.platform, self.platforms)
            yield self._at((*path, "platform"), "R070", f"unknown platform '{connection.platform}'", hint)
        if connection.flow not in self.flows:
            hint = nearest(connection.flow, self.flows)
            yield self._at((*path, "flow"), "R071", f"unknown flow '{connection.flow}'", hint)

    def _params(self, connection: ConnectionFile, path: Path, platform: PlatformFile) -> Iterator[Problem]:
        at: Path = (*path, "params")
        for name, value in connection.params.items():
            param = platform.params.get(name)
            if param is None:
                message = f"{platform.platform} has no parameter '{name}'"
                yield self._key((*at, name), "R062", message, nearest(name, platform.params))
            elif why := misfit(param, value):
                yield self._at((*at, name), "R073", f"the value {why}")
        for name, param in platform.params.items():
            if name not in connection.params and param.default is None and not param.optional:
                yield self._at(at, "R072", f"the parameter '{name}' is missing", param.title)
        for name in connection.hosts:
            if name not in platform.hosts:
                hint = nearest(name, platform.hosts)
                yield self._key((*path, "hosts", name), "R058", f"{platform.platform} has no host '{name}'", hint)

    def _secrets(self, connection: ConnectionFile, path: Path, platform: PlatformFile) -> Iterator[Problem]:
        at: Path = (*path, "secrets")
        for name in connection.secrets:
            if name not in platform.secrets:
                hint = nearest(name, platform.secrets)
                yield self._key((*at, name), "R074", f"{platform.platform} has no secret '{name}'", hint)
        for name in platform.secrets:
            if name not in connection.secrets:
                yield self._at(at, "R074", f"the secret '{name}' is missing", "write env:NAME")

    def _directions(self, connection: ConnectionFile, path: Path, flow: FlowFile) -> Iterator[Problem]:
        for direction in Direction:
            key = direction.value
            said = connection.settings(direction)
            if key not in flow.gives and key not in flow.takes and said.model_fields_set:
                yield self._key((*path, key), "R081", f"the flow {flow.flow} has no {key}")
        order = flow.gives.get("order")
        settings = connection.order
        if order is not None and order.since == "required" and not settings.off and settings.since is None:
            yield self._at((*path, "order"), "R076", "a sales channel needs `order: {since: …}`", "such as 2026-11-01")
        taken = flow.takes.get("order")
        exported_at = set() if taken is None else {taken.at, *taken.at_may_be}
        # A channel says when its orders are exported; a backoffice, when it takes those of all.
        if settings.at is not None and order is None and settings.at not in exported_at:
            yield self._at((*path, "order", "at"), "R081", f"the flow {flow.flow} exports no orders at {settings.at}")
        yield from self._operations(connection, path, flow)

    def _operations(self, connection: ConnectionFile, path: Path, flow: FlowFile) -> Iterator[Problem]:
        platform = self.platforms.get(connection.platform)
        if platform is None:
            return
        for direction, operation in needed_operations(connection, flow, platform.file):
            if operation not in platform.file.operations:
                message = f"{platform.name} has no operation '{operation}', which {direction} needs"
                yield self._key(path, "R056", message, f"add it, or say `{direction}: off`")

    def _places(self) -> Iterator[Problem]:
        connections, locations = self.file.connections, self.file.locations
        for name, location in locations.items():
            yield from self._known(location.connection, connections, ("locations", name, "connection"))
        for name, connection in connections.items():
            for n, place in enumerate(connection.stock.locations or ()):
                yield from self._known(place, locations, ("connections", name, "stock", "locations", n), "location")
        for scope_name, scope in self.file.scopes.items():
            for n, place in enumerate(scope.locations or ()):
                yield from self._known(place, locations, ("scopes", scope_name, "locations", n), "location")
        for n, layer in enumerate(self.file.price):
            yield from self._known(layer, [*connections, *_LAYERS], ("price", n))
        for name in self.file.overlays:
            if name not in connections:
                yield self._key(("overlays", name), "R078", f"unknown connection '{name}'", nearest(name, connections))

    def _routes(self) -> Iterator[Problem]:
        routes = self.file.routes.order
        for n, route in enumerate(routes):
            path: Path = ("routes", "order", n)
            if isinstance(route, ElseRoute):
                yield from self._known(route.else_, [*self.file.connections, HUB], (*path, "else"))
                if n < len(routes) - 1:
                    yield self._at(path, "R061", "what stands after `else` is never reached")
            else:
                yield from self._route(route, path)
        if routes and not isinstance(routes[-1], ElseRoute):
            yield self._at(("routes", "order"), "R082", "the last route must be `else`", "{else: hub}")

    def _route(self, route: RouteFile, path: Path) -> Iterator[Problem]:
        yield from self._known(route.to, [*self.file.connections, HUB], (*path, "to"))
        for channel in route.when.channel or ():
            yield from self._known(channel, self.file.connections, (*path, "when", "channel"))
        for place in route.when.location or ():
            yield from self._known(place, self.file.locations, (*path, "when", "location"), "location")

    def _known(self, name: str, known: Any, path: Path, kind: str = "connection") -> Iterator[Problem]:
        if name not in known:
            yield self._at(path, "R078", f"unknown {kind} '{name}'", nearest(name, known))

    def _address(self) -> Iterator[Problem]:
        hooked = [
            name
            for name, connection in self.file.connections.items()
            if (platform := self.platforms.get(connection.platform)) and platform.hooks is not None
        ]
        if hooked and self.file.public_url is None:
            yield self._at((), "R084", "no `public_url`: hooks cannot reach the hub, it polls only")


def needed_operations(connection: ConnectionFile, flow: FlowFile, platform: PlatformFile) -> Iterator[tuple[str, str]]:
    """Each operation that a connection's directions need of its platform, with the direction."""
    sides = [*flow.gives.items(), *flow.takes.items()]
    off = {direction.value for direction in Direction if connection.is_off(direction)}
    off |= {other for name, taken in flow.takes.items() if name in off for other in taken.off_with}
    for name, direction in sides:
        if name in off or direction.optional:
            continue
        yield from ((name, operation) for operation in direction.operations)
        for capability, choices in direction.by_capability.items():
            chosen = choices.get(str(getattr(platform.capabilities, capability, "")), ())
            yield from ((name, operation) for operation in chosen)
