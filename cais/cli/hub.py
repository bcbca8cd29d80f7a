"""What commands stand on: the configuration, the store, a Temporal client, names typed by people made whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Column, Connection, Table, make_url, select
from sqlalchemy.exc import OperationalError
from temporalio.client import Client

from cais.config import Config
from cais.environment import load
from cais.errors import Misconfigured, NotFound, WrongUse
from cais.store.engine import Store
from cais.store.rulesets import active_sellers
from cais.store.seal import MasterKey
from cais.store.tables import listing, order_book
from cais.temporal.connect import connect


@contextmanager
def open_store() -> Iterator[Store]:
    """The hub's store. Raises `Misconfigured` when no hub was ever started here, or the database is away."""
    load(Path(".env"))
    config = Config.read()
    if not config.master_key.exists():
        raise Misconfigured(f"no hub was started here: {config.var} holds no master key; `cais up` makes one")
    key = MasterKey.read(config.master_key)
    store = Store.open(config.store_url, archive_url=config.archive_url, clock=config.clock, master_key=key)
    try:
        yield store
    except OperationalError:
        where = make_url(config.store_url).render_as_string(hide_password=True)
        raise Misconfigured(f"the store {where} does not answer, or has no tables yet; `cais up` makes them") from None
    finally:
        store.close()


async def temporal_client() -> Client:
    """A client of the hub's Temporal. Raises `Misconfigured` with the address when nothing answers there."""
    return await connect(Config.read().temporal)


def find_order(conn: Connection, name: str) -> str:
    """The workflow id of the order that a person names: by id, remote id, or the number that people see."""
    return _find(conn, order_book, name, "order", (order_book.c.id, order_book.c.remote_id, order_book.c.number))


def find_listing(conn: Connection, name: str) -> str:
    """The workflow id of the listing that a person names: by id or listing code."""
    return _find(conn, listing, name, "listing", (listing.c.id, listing.c.code))


def the_seller(conn: Connection, name: str | None) -> str:
    """The seller that is meant: the named one, or the only one. Raises `NotFound`, `WrongUse`."""
    known = list(active_sellers(conn))
    if name in known or (name is None and len(known) == 1):
        return name or known[0]
    if name is None and known:
        raise WrongUse(f"say which seller: {', '.join(known)}")
    raise NotFound(f"no rules are active for seller {name}" if name else "no rules are active; `cais rules activate`")


def _find(conn: Connection, table: Table, name: str, noun: str, columns: Sequence[Column[str]]) -> str:
    for column in columns:
        found = conn.execute(select(table.c.id).where(column == name).limit(3)).scalars().all()
        if len(found) == 1:
            return str(found[0])
        if found:
            raise WrongUse(f"{name} names several {noun}s; give the whole id: {', '.join(found)}")
    raise NotFound(f"no {noun} is named {name}; `cais {noun} list` shows them")
