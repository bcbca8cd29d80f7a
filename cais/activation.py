"""Activation: the checked rule files of a folder become what the hub works by, in one transaction.

It moves `active`, lists the connections, wakes what is parked on a mapping that changed, and asks for all values of
the channels of a seller whose rules changed. A set with a mistake changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from watchfiles import awatch

from cais.clock import Clock
from cais.errors import RulesInvalid
from cais.model.vocabulary import Flow
from cais.outbound import parked, wake, wanted
from cais.ownership import check_seller
from cais.rules.connection import ConnectionRules
from cais.rules.files import RuleFiles
from cais.rules.problem import errors
from cais.rules.ruleset import RuleSet, compile_rules
from cais.store import connections, rulesets
from cais.store.connections import Listed
from cais.store.engine import Store


@dataclass(frozen=True)
class Activation:
    """What came of it. `changed`: mapping names by seller; empty where the seller was at this digest already."""

    digest: str
    sellers: tuple[str, ...]
    changed: dict[str, frozenset[str]]
    woken: int


async def activate(store: Store, root: Path) -> Activation:
    """Activate the rule files below `root`. Raises `RulesInvalid` with every problem; then nothing has changed."""
    files = await asyncio.to_thread(RuleFiles.read, root)
    rules = await asyncio.to_thread(compile_rules, files, check_seller)
    return await store.write(_activate, store.clock, files, rules)


def _activate(conn: Connection, clock: Clock, files: RuleFiles, rules: RuleSet) -> Activation:
    for seller in sorted(rules.sellers):
        parked.hold(conn, seller)
    hashes = {name: seller.hashes for name, seller in rules.sellers.items()}
    changed = rulesets.activate(conn, clock, files, rules.digest, hashes)
    connections.sync(conn, rules.sellers, [_listed(each) for each in _connections(rules, rules.sellers)])
    woken = sum(wake.activated(conn, seller, names, clock.now()) for seller, names in changed.items())
    for connection in _connections(rules, changed):
        if connection.flow is Flow.SALES_CHANNEL:
            wanted.raise_connection(conn, connection.name, clock.now())
    return Activation(rules.digest, tuple(sorted(rules.sellers)), changed, woken)


def _connections(rules: RuleSet, sellers: Iterable[str]) -> list[ConnectionRules]:
    return [connection for name in sellers for connection in rules.sellers[name].connections.values()]


def _listed(connection: ConnectionRules) -> Listed:
    return Listed(connection.name, connection.seller, connection.platform.name, connection.flow.value)


class Watch:
    """The one watcher: activates on save, and says what came of it. An invalid edit never takes effect."""

    def __init__(self, store: Store, root: Path) -> None:
        self._store, self._root = store, root

    async def follow(self, say: Callable[[str], None]) -> None:
        """Watch until cancelled."""
        folders = [self._root / name for name in ("mappings", "sellers")]
        async for _ in awatch(*folders, debounce=300):
            say(await self._saved())

    async def _saved(self) -> str:
        try:
            done = await activate(self._store, self._root)
        except RulesInvalid as error:
            first = errors(error.problems)[0]
            more = f" and {len(error.problems) - 1} more" if len(error.problems) > 1 else ""
            return f"rules NOT activated, nothing has changed: {first}{more}; see `cais check`"
        except (OSError, UnicodeDecodeError) as error:
            return f"rules NOT activated: {error}"
        names = sorted({name for names in done.changed.values() for name in names})
        if not done.changed:
            return "rules saved, nothing in them changed"
        return f"rules {done.digest[:12]} are active; changed: {', '.join(names) or 'no mapping'}; woken: {done.woken}"
