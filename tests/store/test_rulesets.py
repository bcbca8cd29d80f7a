"""Rule sets in the store: kept by digest, moved into force whole, known to all within a second, compiled once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing.context import ForkServerContext

import pytest

from cais.clock import Clock
from cais.errors import NotFound
from cais.rules import ruleset
from cais.rules.files import RuleFiles
from cais.store import rulesets
from cais.store.engine import Store
from cais.store.rulesets import Active, RuleShelf

FLOW = "rules: 1\nflow: backoffice\ntitle: {}\n"


def files(title: str) -> RuleFiles:
    return RuleFiles({"mappings/flows/backoffice.yaml": FLOW.format(title)})


FIRST, SECOND = files("First"), files("Segundo é este")


def activate(store: Store, chosen: RuleFiles, **sellers: dict[str, str]) -> dict[str, frozenset[str]]:
    with store.begin() as conn:
        return rulesets.activate(conn, store.clock, chosen, chosen.digest, sellers)


def active(store: Store, seller: str = "aurora") -> Active:
    with store.connect() as conn:
        return rulesets.active(conn, seller)


def test_an_activation_moves_its_sellers_and_no_other(store: Store) -> None:
    activate(store, FIRST, aurora={"vtex/order.write": "h1"}, brisa={})
    activate(store, SECOND, aurora={"vtex/order.write": "h2"})
    assert (active(store).digest, active(store).generation) == (SECOND.digest, 2)
    assert (active(store, "brisa").digest, active(store, "brisa").generation) == (FIRST.digest, 1)
    with store.connect() as conn:
        assert set(rulesets.active_sellers(conn)) == {"aurora", "brisa"}


def test_it_tells_which_mappings_changed(store: Store) -> None:
    assert activate(store, FIRST, aurora={"a": "1", "b": "1"}) == {"aurora": {"a", "b"}}
    changed = activate(store, SECOND, aurora={"a": "1", "b": "2", "c": "1"})
    assert changed == {"aurora": {"b", "c"}}
    assert activate(store, FIRST, aurora={"a": "1"}) == {"aurora": {"b", "c"}}, "what is gone has changed too"


def test_the_same_digest_again_is_no_activation(store: Store) -> None:
    activate(store, FIRST, aurora={"a": "1"})
    assert activate(store, FIRST, aurora={"a": "1"}) == {}
    assert active(store).generation == 1


def test_files_come_back_as_they_were(store: Store) -> None:
    activate(store, SECOND, aurora={})
    with store.connect() as conn:
        loaded = rulesets.load(conn, SECOND.digest)
    assert dict(loaded.texts) == dict(SECOND.texts)
    assert loaded.digest == SECOND.digest


def test_what_is_not_there_is_not_found(store: Store) -> None:
    with store.connect() as conn:
        with pytest.raises(NotFound, match="no rules are active for seller aurora"):
            rulesets.active(conn, "aurora")
        with pytest.raises(NotFound, match="no rule set"):
            rulesets.load(conn, "0" * 64)


def activations(url: str, process: int) -> None:
    with closing(Store.open(url, clock=Clock(), threads=1)) as store:
        for n in range(10):
            chosen = files(f"{process}-{n}")
            activate(store, chosen, aurora={"a": str(n)})


def test_activations_of_several_processes_each_count(
    store: Store, store_url: str, processes: ForkServerContext
) -> None:
    activate(store, FIRST, aurora={})
    with ProcessPoolExecutor(3, mp_context=processes) as pool:
        list(pool.map(activations, [store_url] * 3, range(3)))
    assert active(store).generation == 31


async def test_a_shelf_compiles_a_digest_once_and_sees_the_next_in_a_second(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = []
    real = ruleset.compile_rules
    monkeypatch.setattr(rulesets, "compile_rules", lambda f: compiled.append(f.digest) or real(f))  # type: ignore[func-returns-value]
    activate(store, FIRST, aurora={})
    shelf = RuleShelf(store)
    found = await asyncio.gather(*(shelf.active("aurora") for _ in range(10)))
    assert {(rules.digest, generation) for rules, generation in found} == {(FIRST.digest, 1)}
    activate(store, SECOND, aurora={})
    await asyncio.sleep(store.clock.real(rulesets.ACTIVE_FOR).total_seconds() + 0.01)
    rules, generation = await shelf.active("aurora")
    assert (rules.digest, generation) == (SECOND.digest, 2)
    assert (await shelf.by_digest(FIRST.digest)).digest == FIRST.digest
    assert compiled == [FIRST.digest, SECOND.digest]


async def test_a_shelf_asks_again_for_what_it_did_not_find(store: Store) -> None:
    shelf = RuleShelf(store)
    with pytest.raises(NotFound):
        await shelf.by_digest(FIRST.digest)
    activate(store, FIRST, aurora={})
    assert (await shelf.by_digest(FIRST.digest)).digest == FIRST.digest
