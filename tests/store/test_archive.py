"""Raw documents are kept once, found again, and gone with their subject's key; so are blobs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select, update

from cais.errors import NotFound
from cais.store import archive, blobs
from cais.store.engine import Store
from cais.store.tables import blob
from cais.store.tables import document as document_table

SUBJECT = "order:aurora:ml:1"


async def put(store: Store, document: bytes, *, object_id: str = "1", kind: str = "order") -> str:
    where = {"seller": "aurora", "connection": "ml", "kind": kind, "object_id": object_id, "subject": SUBJECT}
    return await archive.put(store, **where, as_of=store.clock.now(), document=document, rule_digest="d1")


async def rows(store: Store) -> int:
    return await store.archive.read(lambda conn: conn.execute(select(func.count(document_table.c.id))).scalar_one())


async def test_the_newest_document_comes_back(store: Store) -> None:
    await put(store, b"first")
    digest = await put(store, b"second " * 1000)
    await put(store, b"of another", object_id="2")
    found = await archive.newest(store, "ml", "order", "1")
    assert (found.document, found.digest, found.rule_digest) == (b"second " * 1000, digest, "d1")
    assert found.subject == SUBJECT


async def test_a_document_seen_again_adds_no_row(store: Store) -> None:
    assert await put(store, b"a") == await put(store, b"a")
    assert await rows(store) == 1
    await put(store, b"b")
    await put(store, b"a")
    assert await rows(store) == 3, "what changed back is news"


async def test_what_was_never_shown_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="ml has shown no order 9"):
        await archive.newest(store, "ml", "order", "9")


async def test_an_erased_subject_has_no_documents(store: Store) -> None:
    await put(store, b"Ana")
    digest = await store.write(blobs.keep, store.keys, "aurora", SUBJECT, "nfe", b"<xml/>")
    await store.write(store.keys.erase, SUBJECT)
    with pytest.raises(NotFound, match="erased"):
        await archive.newest(store, "ml", "order", "1")
    with pytest.raises(NotFound, match="erased"):
        await store.read(blobs.fetch, store.keys, SUBJECT, digest)


async def test_pruning_keeps_each_objects_newest_and_other_kinds(store: Store) -> None:
    for document in (b"1", b"2", b"3"):
        await put(store, document)
    await put(store, b"x", object_id="2")
    await put(store, b"p", kind="product")
    old = store.clock.now() - timedelta(days=400)

    def age(conn: Connection) -> None:
        conn.execute(update(document_table).values(stored_at=old))

    await store.archive.write(age)
    assert await archive.prune(store, "order", store.clock.now()) == 2
    assert (await archive.newest(store, "ml", "order", "1")).document == b"3"
    assert await rows(store) == 3


async def test_a_blob_is_kept_unchanged_and_once(store: Store) -> None:
    xml = "<nfeProc>\r\n  São Paulo </nfeProc>\n".encode("latin-1")
    digests = [await store.write(blobs.keep, store.keys, "aurora", SUBJECT, "nfe", xml) for _ in range(2)]
    assert digests[0] == digests[1]
    assert await store.read(blobs.fetch, store.keys, SUBJECT, digests[0]) == xml
    assert await store.read(lambda conn: conn.execute(select(func.count(blob.c.digest))).scalar_one()) == 1
    with pytest.raises(NotFound, match="has no document"):
        await store.read(blobs.fetch, store.keys, "order:aurora:ml:2", digests[0])
