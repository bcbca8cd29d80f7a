"""Rule sets in the store: kept by digest, activated per seller, compiled once a process."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import zstandard
from sqlalchemy import Connection, select

from cais.clock import Clock
from cais.errors import NotFound
from cais.model import wire
from cais.rules.files import RuleFiles
from cais.rules.ruleset import RuleSet, compile_rules
from cais.store.engine import Store
from cais.store.tables import active as active_table
from cais.store.tables import rule_set
from cais.store.upsert import insert_new, upsert

Hashes = Mapping[str, str]
"""Mapping name to hash, as of one activation."""

ACTIVE_FOR: Final = timedelta(seconds=1)
"""How long a process may go on with the rule set it knows to be active (nominal)."""

COMPILED_SETS: Final = 16
"""Compiled rule sets kept in memory: the active ones of many sellers, and what older orders' plans name."""


@dataclass(frozen=True)
class Active:
    """The rule set of a seller that is in force. `generation` grows by one with each activation."""

    digest: str
    generation: int
    hashes: Hashes


def activate(
    conn: Connection, clock: Clock, files: RuleFiles, digest: str, sellers: Mapping[str, Hashes]
) -> dict[str, frozenset[str]]:
    """Keep `files` under `digest` and put them in force for each seller; call it after a whole check.

    Gives, per seller whose digest changed, the names of the mappings whose hash differs: what is parked on one of
    them wakes in the same transaction. A seller already at this digest is left alone.
    """
    row = {"digest": digest, "files": _packed(files), "stored_at": clock.now()}
    insert_new(conn, rule_set, row)
    changed = {seller: _move(conn, clock, seller, digest, hashes) for seller, hashes in sorted(sellers.items())}
    return {seller: names for seller, names in changed.items() if names is not None}


def active(conn: Connection, seller: str) -> Active:
    """What is in force for the seller. Raises `NotFound` if nothing was activated."""
    found = _active(conn, seller)
    if found is None:
        raise NotFound(f"no rules are active for seller {seller}")
    return found


def active_sellers(conn: Connection) -> dict[str, Active]:
    """All sellers with rules in force."""
    rows = conn.execute(select(active_table).order_by(active_table.c.seller))
    return {row.seller: Active(row.digest, row.generation, wire.as_object(row.hashes)) for row in rows}


def load(conn: Connection, digest: str) -> RuleFiles:
    """The files of a rule set. Raises `NotFound`."""
    packed = conn.execute(select(rule_set.c.files).where(rule_set.c.digest == digest)).scalar_one_or_none()
    if packed is None:
        raise NotFound(f"no rule set {digest[:12]}… in the store")
    return RuleFiles(wire.as_object(zstandard.decompress(packed)))


def _active(conn: Connection, seller: str, *, lock: bool = False) -> Active | None:
    asked = select(active_table.c.digest, active_table.c.generation, active_table.c.hashes)
    asked = asked.where(active_table.c.seller == seller)
    row = conn.execute(asked.with_for_update() if lock else asked).first()
    return None if row is None else Active(row.digest, row.generation, wire.as_object(row.hashes))


def _move(conn: Connection, clock: Clock, seller: str, digest: str, hashes: Hashes) -> frozenset[str] | None:
    before = _active(conn, seller, lock=True)
    if before is not None and before.digest == digest:
        return None
    generation = 1 if before is None else before.generation + 1
    row = {"seller": seller, "digest": digest, "generation": generation}
    upsert(conn, active_table, {**row, "hashes": wire.dumps(dict(hashes)).decode(), "activated_at": clock.now()})
    old = {} if before is None else before.hashes
    return frozenset(name for name in {*old, *hashes} if old.get(name) != hashes.get(name))


def _packed(files: RuleFiles) -> bytes:
    return zstandard.compress(wire.dumps(dict(files.texts)), level=9)


class RuleShelf:
    """Compiled rule sets by digest, and which is in force for a seller; one a process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._compiled: OrderedDict[str, asyncio.Task[RuleSet]] = OrderedDict()
        self._active: dict[str, tuple[float, Active]] = {}

    async def active(self, seller: str) -> tuple[RuleSet, int]:
        """The seller's rule set in force, at most `ACTIVE_FOR` old, and its generation.

        Raises `NotFound` if the seller has none.
        """
        known = self._active.get(seller)
        if known is None or known[0] < time.monotonic():
            expires = time.monotonic() + self._store.clock.real(ACTIVE_FOR).total_seconds()
            known = (expires, await self._store.read(active, seller))
            self._active[seller] = known
        return await self.by_digest(known[1].digest), known[1].generation

    async def by_digest(self, digest: str) -> RuleSet:
        """A rule set, compiled. Raises `NotFound`, or `RulesInvalid` if this release no longer reads it."""
        task = self._compiled.get(digest)
        if task is None or (task.done() and task.exception() is not None):
            task = self._compiled[digest] = asyncio.ensure_future(self._compile(digest))
            while len(self._compiled) > COMPILED_SETS:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(digest)
        return await asyncio.shield(task)

    async def _compile(self, digest: str) -> RuleSet:
        files = await self._store.read(load, digest)
        return await asyncio.to_thread(compile_rules, files)
