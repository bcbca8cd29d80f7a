"""Sealing of personal data: one data key a subject, wrapped by the master key.

Deleting a subject's key erases everything that was sealed under it, in every table and in the archive.
"""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, select

from cais.errors import Misconfigured, NotFound
from cais.store.tables import data_key
from cais.store.upsert import insert_new

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32


class MasterKey:
    """The file that holds the key of keys: 32 random bytes in hex, readable by its owner alone."""

    @staticmethod
    def make(path: Path) -> bytes:
        """A new key in a new file of mode 0600. Raises `FileExistsError`: a key is never overwritten."""
        key = secrets.token_bytes(KEY_BYTES)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        return key

    @staticmethod
    def read(path: Path) -> bytes:
        """The key in the file. Raises `Misconfigured` if there is none, or if others may read it."""
        try:
            if path.stat().st_mode & 0o077:
                raise Misconfigured(f"the master key {path.name} is readable by others: chmod 600")
            key = bytes.fromhex(path.read_text("ascii").strip())
        except (OSError, ValueError):
            raise Misconfigured(f"no master key can be read from {path.name}") from None
        return key


class KeyRing:
    """Seals and unseals bytes under a subject (an order's workflow id, a connection) with AES-256-GCM."""

    def __init__(self, master_key: bytes | None) -> None:
        if master_key is not None and len(master_key) != KEY_BYTES:
            raise Misconfigured(f"a master key has {KEY_BYTES} bytes")
        self._master = AESGCM(master_key) if master_key else None

    def __repr__(self) -> str:
        return "KeyRing(…)"

    def seal(self, conn: Connection, subject: str, seller: str, plain: bytes) -> bytes:
        """`plain` sealed under the subject's key, which is made if there is none. `conn` writes."""
        return _encrypt(AESGCM(self._key(conn, subject, seller)), plain, subject)

    def unseal(self, conn: Connection, subject: str, sealed: bytes) -> bytes:
        """The bytes back. Raises `NotFound` when they were erased, `Misconfigured` under another master key."""
        key = self._stored(conn, subject)
        if key is None:
            raise NotFound(f"what was sealed for {subject} is erased")
        try:
            return _decrypt(AESGCM(key), sealed, subject)
        except InvalidTag:
            # A key erased and then made anew does not open what the first one sealed.
            raise NotFound(f"what was sealed for {subject} is erased") from None

    def erase(self, conn: Connection, subject: str) -> bool:
        """Forget the subject's key, for good. False if there was none."""
        return conn.execute(delete(data_key).where(data_key.c.subject == subject)).rowcount > 0

    def _key(self, conn: Connection, subject: str, seller: str) -> bytes:
        return self._stored(conn, subject) or self._made(conn, subject, seller)

    def _stored(self, conn: Connection, subject: str) -> bytes | None:
        wrapped = conn.execute(select(data_key.c.wrapped).where(data_key.c.subject == subject)).scalar_one_or_none()
        if wrapped is None:
            return None
        try:
            return _decrypt(self._needed(), wrapped, subject)
        except InvalidTag:
            raise Misconfigured("the data keys were wrapped by another master key") from None

    def _made(self, conn: Connection, subject: str, seller: str) -> bytes:
        key = AESGCM.generate_key(256)
        row = {
            "subject": subject,
            "seller": seller,
            "wrapped": _encrypt(self._needed(), key, subject),
            "created_at": datetime.now(UTC),
        }
        if insert_new(conn, data_key, row):
            return key
        # Another transaction made it first (PostgreSQL): its key counts.
        stored = self._stored(conn, subject)
        assert stored is not None
        return stored

    def _needed(self) -> AESGCM:
        if self._master is None:
            raise Misconfigured("no master key is set: personal data can be neither sealed nor read")
        return self._master


def _encrypt(cipher: AESGCM, plain: bytes, subject: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + cipher.encrypt(nonce, plain, _VERSION + subject.encode())


def _decrypt(cipher: AESGCM, sealed: bytes, subject: str) -> bytes:
    nonce, encrypted = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    return cipher.decrypt(nonce, encrypted, sealed[:1] + subject.encode())
