"""The addresses at which the hub is told of changes: one per connection, each with its own secret."""

from __future__ import annotations

from cais.store.connections import all_connections
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf


async def hook_addresses(store: Store) -> dict[str, str]:
    """Connection → address, for the sellers whose file has a `public_url`."""
    shelf = RuleShelf(store)
    rows = [row for row in await store.read(all_connections) if row.listed]
    addresses = {}
    for row in rows:
        rules, _ = await shelf.active(row.seller)
        public_url = rules.sellers[row.seller].public_url
        if public_url:
            addresses[row.name] = f"{public_url.rstrip('/')}/hooks/{row.name}/{row.hook_secret}"
    return addresses
