"""Credentials: secrets looked up, tokens renewed in time, both put on a request right before it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from cais.crash import crash_point
from cais.errors import Throttled, TryLater
from cais.http import token as tokens
from cais.http.secret import resolve
from cais.http.token import Owner, Token
from cais.model import wire
from cais.model.vocabulary import OutcomeKind
from cais.rules.auth import Credentials
from cais.rules.message import Outcome, Request
from cais.rules.ruleset import ConnectionRules
from cais.store.engine import Store

Fetch = Callable[[ConnectionRules, Mapping[str, Any]], Awaitable[Outcome]]
"""Send the connection's token operation with this context, without credentials."""

RENEWED_BY_ANOTHER: Final = timedelta(milliseconds=50)
"""How often a process looks whether another has finished renewing (real)."""

PAUSE: Final = timedelta(seconds=10)
"""Before a renewal that found no answer is tried again (nominal)."""


class CredentialsRefused(Exception):
    """The platform does not take what we have: somebody must connect the account again."""

    def __init__(self, code: str | None) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Granted:
    """What is added to a request, and the version of the token in it."""

    credentials: Credentials
    version: int | None = None


class Authenticator:
    """The credentials of all connections in one process; tokens are in the store, renewed by one process at a time."""

    def __init__(self, store: Store, fetch: Fetch) -> None:
        self._store, self._clock, self._fetch = store, store.clock, fetch
        self._renewing: dict[str, asyncio.Task[Token]] = {}

    async def credentials(self, connection: ConnectionRules, request: Request, *, stale: int | None = None) -> Granted:
        """What proves who we are on `request`; a token of version `stale` was refused, and is not used again.

        Raises `CredentialsRefused`, `TryLater`, `Misconfigured`.
        """
        auth = connection.platform.auth
        if auth.style == "none":
            return Granted(Credentials())
        secrets = resolve(connection.name, connection.secrets)
        token = await self._token(connection, secrets, stale) if auth.token_operation else None
        context = {"params": connection.params, "secrets": secrets, "run": {"now": self._clock.now()}}
        context |= {"token": _plain(token), "request": _seen(connection, request)}
        return Granted(auth.credentials(context), None if token is None else token.version)

    async def _token(self, connection: ConnectionRules, secrets: Mapping[str, str], stale: int | None) -> Token:
        seed = _seed(secrets)
        token = await self._store.read(tokens.current, self._store.keys, Owner.of(connection))
        ours = token if token is not None and token.seed == seed and token.version != stale else None
        if ours is not None and ours.good(self._clock.after(connection.platform.auth.refresh_before)):
            return ours
        try:
            return await self._renewed_once(connection, secrets, token, seed)
        except TryLater:
            if ours is not None and ours.good(self._clock.now()):
                return ours  # renewed ahead of time, and the old one still serves
            raise

    async def _renewed_once(
        self, connection: ConnectionRules, secrets: Mapping[str, str], before: Token | None, seed: str
    ) -> Token:
        """One renewal at a time in this process, not ended by the cancellation of who asked for it."""
        task = self._renewing.get(connection.name)
        if task is None:
            task = asyncio.ensure_future(self._renew(connection, secrets, before, seed))
            self._renewing[connection.name] = task
            task.add_done_callback(partial(self._done, connection.name))
        return await asyncio.shield(task)

    def _done(self, connection: str, task: asyncio.Task[Token]) -> None:
        del self._renewing[connection]
        if not task.cancelled():
            task.exception()  # seen, also if nobody waits any more

    async def _renew(
        self, connection: ConnectionRules, secrets: Mapping[str, str], before: Token | None, seed: str
    ) -> Token:
        owner, version = Owner.of(connection), before.version if before else 0
        while not await self._store.write(tokens.lease, self._clock, owner, version):
            await asyncio.sleep(RENEWED_BY_ANOTHER.total_seconds())
            newer = await self._store.read(tokens.current, self._store.keys, owner)
            if newer is not None and newer.version > version:
                return newer
        try:
            outcome = await self._fetch(connection, self._context(connection, secrets, before, seed))
            crash_point("token:answered")
            token = self._granted(outcome, before, version + 1, seed)
            # Nothing comes between the platform's answer and this commit: the old token may be good no more.
            await self._store.write_durable(tokens.keep, self._store.keys, owner, token)
        except Exception:
            await self._store.write(tokens.release, owner)
            raise
        return token

    def _context(
        self, connection: ConnectionRules, secrets: Mapping[str, str], before: Token | None, seed: str
    ) -> dict[str, Any]:
        of_this_chain = before is not None and before.seed == seed and before.refresh is not None
        refresh = before.refresh if before is not None and of_this_chain else secrets.get("refresh_token", "")
        token = {"access": before.access if before else "", "refresh": refresh}
        return {"params": connection.params, "secrets": secrets, "token": token, "run": {"now": self._clock.now()}}

    def _granted(self, outcome: Outcome, before: Token | None, version: int, seed: str) -> Token:
        """The token that the platform gave. Raises `CredentialsRefused`, `TryLater`."""
        if outcome.kind is OutcomeKind.THROTTLED:
            raise Throttled("the renewal of a token is throttled", outcome.after or self._clock.real(PAUSE))
        if outcome.kind in (OutcomeKind.RETRY, OutcomeKind.UNKNOWN):
            raise TryLater("the renewal of a token found no answer", outcome.after or self._clock.real(PAUSE))
        access = outcome.result.get("access")
        if outcome.kind is not OutcomeKind.OK or not isinstance(access, str):
            raise CredentialsRefused(outcome.code)
        refresh = outcome.result.get("refresh") or (before.refresh if before and before.seed == seed else None)
        expires_in = outcome.result.get("expires_in")
        expires_at = None if expires_in is None else self._clock.after(timedelta(seconds=int(expires_in)))
        return Token(access, refresh, expires_at, version, seed)


def _seed(secrets: Mapping[str, str]) -> str:
    """Names the secret that a chain of tokens began with: after a new one is set, the chain begins anew.

    Where there is a first refresh token it is that alone: a rotated client secret does not end the chain.
    """
    first = secrets.get("refresh_token")
    return wire.digest(first if first is not None else dict(secrets))


def _plain(token: Token | None) -> dict[str, str]:
    return {} if token is None else {"access": token.access, "refresh": token.refresh or ""}


def _seen(connection: ConnectionRules, request: Request) -> dict[str, str]:
    """What a signature may cover."""
    base = urlsplit(connection.hosts[request.host])
    path = request.path if request.rooted else base.path + request.path
    body = request.body.decode("utf-8", "replace")
    return {"method": request.method, "host": base.netloc, "path": path, "body": body}
