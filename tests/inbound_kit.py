"""What tests of the inbound side stand on: rules put in force, a starter that notes what it is told."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy import update

from cais.inbound.door import Pointer
from cais.model.base import Value
from cais.model.claim import OrderStart
from cais.model.observation import Observed
from cais.model.selection import ListingObserved, ListingStart, Selected, Unselected
from cais.model.vocabulary import ObjectKind
from cais.outbound import wake
from cais.rules.files import RuleFiles
from cais.rules.ruleset import compile_rules
from cais.store import rulesets
from cais.store.connections import Listed, sync
from cais.store.engine import Store
from cais.store.tables import connection

HOOK_SECRET = "hook-secret"


def put_in_force(store: Store, files: RuleFiles) -> None:
    """Activate the files as `cais rules activate` does, with a hook secret that tests know."""
    rules = compile_rules(files)
    hashes = {name: seller.hashes for name, seller in rules.sellers.items()}
    listed = [
        Listed(each.name, each.seller, each.platform.name, each.flow.value)
        for seller in rules.sellers.values()
        for each in seller.connections.values()
    ]
    with store.begin() as conn:
        changed = rulesets.activate(conn, store.clock, files, rules.digest, hashes)
        sync(conn, hashes, listed)
        conn.execute(update(connection).values(hook_secret=HOOK_SECRET))
        for seller, mappings in changed.items():
            wake.activated(conn, seller, mappings, store.clock.now())


class NotingStarter:
    """A `Starter` that writes what it is told into a file, as the server of Temporal would: for good."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def observe(self, start: OrderStart, observed: Observed) -> None:
        self._note("observe", start, observed)

    async def select(self, start: ListingStart, word: Selected | Unselected) -> None:
        self._note("select" if isinstance(word, Selected) else "unselect", start, word)

    async def observe_listing(self, start: ListingStart, observed: ListingObserved) -> None:
        self._note("observe_listing", start, observed)

    def _note(self, what: str, start: Value, word: Value) -> None:
        line = {"what": what, "start": start.model_dump(mode="json"), "word": word.model_dump(mode="json")}
        with self._file.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


def told(file: Path) -> list[dict[str, Any]]:
    """What the starter was told so far."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def pointer(object_id: str = "2000", event: str = "e1", **changes: Any) -> Pointer:
    """A hook's pointer to an order of the market."""
    values = {"seller": "aurora", "connection": "market", "kind": ObjectKind.ORDER, "object_id": object_id}
    return Pointer(**{**values, "event_id": event, "door": "hook", **changes})
