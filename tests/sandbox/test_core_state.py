"""The durable documents: transactions, order, restart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.state import State
from sandbox.wire import dumps, loads


@pytest.fixture
def state() -> State:
    return State()


def test_a_transaction_that_raises_leaves_nothing(state: State) -> None:
    with state.transaction():
        state.put("p", "k", "1", {"v": 1})
    ran = []

    def failing() -> None:
        with state.transaction():
            state.put("p", "k", "1", {"v": 2})
            state.put("p", "k", "2", {})
            state.delete("p", "k", "1")
            state.after_commit(lambda: ran.append(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert dict(state.scan("p", "k")) == {"1": {"v": 1}}
    assert ran == []


def test_a_transaction_sees_its_own_writes(state: State) -> None:
    with state.transaction():
        state.put("p", "k", "a", 1)
        state.put("p", "k", "b", 2)
        state.delete("p", "k", "a")
        assert state.get("p", "k", "a") is None
        assert list(state.scan("p", "k")) == [("b", 2)]
    assert list(state.scan("p", "k")) == [("b", 2)]


def test_an_inner_transaction_joins_the_outer(state: State) -> None:
    def failing() -> None:
        with state.transaction():
            with state.transaction():
                state.put("p", "k", "1", 1)
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert state.get("p", "k", "1") is None


def test_a_write_outside_a_transaction_is_refused(state: State) -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        state.put("p", "k", "1", 1)


def test_a_document_read_is_a_copy(state: State) -> None:
    with state.transaction():
        state.put("p", "k", "1", {"list": []})
    state.get("p", "k", "1")["list"].append("changed")  # type: ignore[index]
    assert state.get("p", "k", "1") == {"list": []}


def test_a_new_process_finds_documents_in_order_and_counters(tmp_path: Path) -> None:
    first = State(tmp_path / "deep" / "s.db")
    with first.transaction():
        shelf = first.shelf("p", "acc")
        for name in ("z", "a", "m"):
            shelf.put("k", name, {"v": name})
        assert [shelf.next_id("n", 100) for _ in range(2)] == [100, 101]
    with first.transaction():
        first.shelf("p", "acc").put("k", "z", {"v": "again"})  # keeps its place
    # no close(): what was committed must be there for a process that finds the file as a kill left it
    second = State(tmp_path / "deep" / "s.db").shelf("p", "acc")
    assert list(second.scan("k")) == [("z", {"v": "again"}), ("a", {"v": "a"}), ("m", {"v": "m"})]
    with second.state.transaction():
        assert second.next_id("n", 100) == 102


def test_accounts_are_apart(state: State) -> None:
    with state.transaction():
        state.shelf("p", "one").put("k", 7, 1)
        state.shelf("p", "one-more").put("k", 8, 2)
    assert state.shelf("p", "one").ids("k") == ["7"]
    assert state.shelf("p", "one").get("k", 8) is None


def test_numbers_on_the_wire_are_exact() -> None:
    read = loads(b'{"price": 229.90, "cents": 22990}')
    assert read == {"price": Decimal("229.90"), "cents": 22990}
    assert isinstance(read["price"], Decimal)
    assert dumps(read) == b'{"price":229.90,"cents":22990}'
    with pytest.raises(ValueError):
        loads(b"{")
