"""The addresses at which the hub is told of changes: below one per connection, each with its own secret."""

from __future__ import annotations

from dataclasses import dataclass

from cais.rules.connection import ConnectionRules
from cais.rules.platform_file import RouteFile
from cais.store.connections import ConnectionRow, all_connections
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf


@dataclass(frozen=True)
class HookAddress:
    """Where a platform sends to: `base` is the connection's address, `routes` the paths below it that it may call."""

    connection: str
    base: str
    routes: tuple[str, ...]

    @property
    def urls(self) -> tuple[str, ...]:
        """The whole addresses, to be entered in the platform's console where it has no call for that."""
        return tuple(f"{self.base}/{route}" for route in self.routes)


async def hook_addresses(store: Store) -> list[HookAddress]:
    """Every connection whose seller has a `public_url` and whose platform has hooks, by name."""
    shelf = RuleShelf(store)
    found = []
    for row in await store.read(all_connections):
        if row.listed:
            rules, _ = await shelf.active(row.seller)
            connection = rules.connection(row.name)
            if connection.public_url and connection.platform.hooks is not None:
                found.append(HookAddress(row.name, base_address(connection.public_url, row), _routes(connection)))
    return found


def base_address(public_url: str, row: ConnectionRow) -> str:
    """A connection's address. It holds the secret that tells the platform from others."""
    return f"{public_url.rstrip('/')}/hooks/{row.name}/{row.hook_secret}"


def _routes(connection: ConnectionRules) -> tuple[str, ...]:
    hooks = connection.platform.file.hooks
    named = [each.route for each in hooks.routes if isinstance(each, RouteFile) and each.route] if hooks else []
    return tuple(dict.fromkeys(route for route in named if "{" not in route))
