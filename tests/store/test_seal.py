"""Sealed bytes come back under their subject alone, and never after its key is erased."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from cais.errors import Misconfigured, NotFound
from cais.store import archive, blobs
from cais.store.engine import Store
from cais.store.seal import KeyRing, MasterKey
from cais.store.tables import data_key

pytestmark = pytest.mark.security

ANA = b"Ana Souza, CPF 111.444.777-35"


@given(plain=st.binary(max_size=4096))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_sealed_comes_back(store: Store, plain: bytes) -> None:
    with store.begin() as conn:
        sealed = store.keys.seal(conn, "order:1", "aurora", plain)
        assert store.keys.unseal(conn, "order:1", sealed) == plain
        assert not plain or plain not in sealed or len(plain) < 4


def test_the_same_bytes_look_different_each_time(store: Store) -> None:
    with store.begin() as conn:
        assert len({store.keys.seal(conn, "order:1", "aurora", ANA) for _ in range(20)}) == 20


def test_erasing_the_key_erases_everything_of_the_subject(store: Store) -> None:
    with store.begin() as conn:
        first = store.keys.seal(conn, "order:1", "aurora", ANA)
        other = store.keys.seal(conn, "order:2", "aurora", ANA)
        assert store.keys.erase(conn, "order:1")
        assert not store.keys.erase(conn, "order:1")
        with pytest.raises(NotFound):
            store.keys.unseal(conn, "order:1", first)
        assert store.keys.unseal(conn, "order:2", other) == ANA
        store.keys.seal(conn, "order:1", "aurora", b"a new order of the same number")
        with pytest.raises(NotFound):
            store.keys.unseal(conn, "order:1", first)


def test_sealed_bytes_cannot_be_moved_to_another_subject(store: Store) -> None:
    with store.begin() as conn:
        sealed = store.keys.seal(conn, "order:1", "aurora", ANA)
        store.keys.seal(conn, "order:2", "aurora", b"x")
        wrapped = conn.execute(select(data_key.c.wrapped).where(data_key.c.subject == "order:1")).scalar_one()
        conn.execute(update(data_key).where(data_key.c.subject == "order:2").values(wrapped=wrapped))
        with pytest.raises(Misconfigured):
            store.keys.unseal(conn, "order:2", sealed)


@pytest.mark.parametrize("spoil", [lambda s: s[:-1], lambda s: s[:-1] + bytes([s[-1] ^ 1]), lambda s: b"\x02" + s[1:]])
def test_spoilt_bytes_are_not_unsealed(store: Store, spoil) -> None:  # type: ignore[no-untyped-def]
    with store.begin() as conn:
        sealed = store.keys.seal(conn, "order:1", "aurora", ANA)
        with pytest.raises(NotFound):
            store.keys.unseal(conn, "order:1", spoil(sealed))


def test_without_the_master_key_nothing_opens(store: Store) -> None:
    with store.begin() as conn:
        sealed = store.keys.seal(conn, "order:1", "aurora", ANA)
        with pytest.raises(Misconfigured, match="another master key"):
            KeyRing(bytes(32)).unseal(conn, "order:1", sealed)
        with pytest.raises(Misconfigured, match="no master key"):
            KeyRing(None).unseal(conn, "order:1", sealed)


def test_the_master_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    key = MasterKey.make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert MasterKey.read(path) == key
    assert len(key) == 32
    with pytest.raises(FileExistsError):
        MasterKey.make(path)
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match="readable by others"):
        MasterKey.read(path)
    with pytest.raises(Misconfigured):
        MasterKey.read(tmp_path / "none.key")


def test_keys_do_not_show_in_text(store: Store) -> None:
    assert "…" in repr(store.keys)
    assert bytes(range(32)).hex() not in repr(vars(store.keys))


def test_no_personal_data_lies_open_in_the_files(store: Store, tmp_path: Path) -> None:
    subject, document = "order:aurora:ml:1", b'{"buyer": "' + ANA + b'"}'
    where = {"seller": "aurora", "connection": "ml", "kind": "order", "object_id": "1", "subject": subject}

    async def keep() -> archive.Archived:
        await store.write(blobs.keep, store.keys, "aurora", subject, "nfe", ANA)
        await archive.put(store, **where, as_of=store.clock.now(), document=document)
        return await archive.newest(store, "ml", "order", "1")

    assert asyncio.run(keep()).document == document
    if store.book.sqlite:
        store.close()
        files = [file for file in tmp_path.iterdir() if file.is_file()]
        assert len(files) >= 2
        assert not any(b"Souza" in file.read_bytes() for file in files)
