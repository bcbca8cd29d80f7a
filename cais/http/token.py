"""Access tokens that run out: the sealed row of a connection, and the lease of who renews it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, or_, select, update

from cais.clock import Clock
from cais.rules.ruleset import ConnectionRules
from cais.store.seal import KeyRing
from cais.store.tables import token as table
from cais.store.upsert import insert_new

LEASE: Final = timedelta(seconds=60)
"""For one renewal (nominal): longer than any call's deadline."""


@dataclass(frozen=True)
class Token:
    """A connection's tokens. `version` grows with each renewal; `seed` names the secret that began the chain."""

    access: str
    refresh: str | None
    expires_at: datetime | None
    version: int
    seed: str | None

    def __repr__(self) -> str:
        return f"Token(version={self.version})"

    def good(self, until: datetime) -> bool:
        """Whether it may still be used at `until`."""
        return self.expires_at is None or until < self.expires_at


@dataclass(frozen=True)
class Owner:
    """Whose tokens they are."""

    connection: str
    seller: str

    @classmethod
    def of(cls, connection: ConnectionRules) -> Owner:
        return cls(connection.name, connection.seller)

    @property
    def subject(self) -> str:
        """Whose key seals them."""
        return f"connection:{self.connection}"


def current(conn: Connection, keys: KeyRing, owner: Owner) -> Token | None:
    """The tokens in use; null before the first renewal."""
    row = conn.execute(select(table).where(table.c.connection == owner.connection)).mappings().first()
    if row is None or row["access"] is None:
        return None
    access = keys.unseal(conn, owner.subject, row["access"]).decode()
    refresh = row["refresh"] and keys.unseal(conn, owner.subject, row["refresh"]).decode()
    return Token(access, refresh, row["expires_at"], row["version"], row["seed"])


def lease(conn: Connection, clock: Clock, owner: Owner, version: int) -> bool:
    """Take the right to renew `version`; false if another process has it, or has renewed meanwhile."""
    insert_new(conn, table, {"connection": owner.connection, "seller": owner.seller, "version": 0})
    now = clock.now()
    free = or_(table.c.lease_until.is_(None), table.c.lease_until <= now)
    row = (table.c.connection == owner.connection, table.c.version == version, free)
    return conn.execute(update(table).where(*row).values(lease_until=now + clock.real(LEASE))).rowcount > 0


def keep(conn: Connection, keys: KeyRing, owner: Owner, token: Token) -> None:
    """Commit the renewed tokens and end the lease. The access token is not used before this is done."""
    values = {
        "access": keys.seal(conn, owner.subject, owner.seller, token.access.encode()),
        "refresh": token.refresh and keys.seal(conn, owner.subject, owner.seller, token.refresh.encode()),
        "expires_at": token.expires_at,
        "version": token.version,
        "seed": token.seed,
        "lease_until": None,
    }
    conn.execute(update(table).where(table.c.connection == owner.connection).values(**values))


def release(conn: Connection, owner: Owner) -> None:
    """End the lease without a renewal."""
    conn.execute(update(table).where(table.c.connection == owner.connection).values(lease_until=None))
