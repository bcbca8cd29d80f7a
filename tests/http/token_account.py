"""A platform with single-use refresh tokens, and a connection to it."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from probe_platform import Got, Probe, Says
from probe_rules import REFRESHED, rules

from cais.http.client import Sender
from cais.rules.message import Outcome
from cais.rules.ruleset import ConnectionRules

FIRST = "first-refresh"


class Account:
    """A platform whose refresh tokens are single use; `expires_in` in its own (nominal) seconds."""

    def __init__(self) -> None:
        self.refresh, self.access, self.number = FIRST, "none", 0
        self.expires_in = 21600
        self.pause = 0.0
        self.accepts = True

    async def __call__(self, got: Got) -> Says:
        if got.path == "/api/token":
            return await self._renew(parse_qs(got.body.decode()))
        taken = self.accepts and got.headers.get("authorization") == f"Bearer {self.access}"
        return Says(200 if taken else 401, {"id": "7"})

    async def _renew(self, form: dict[str, list[str]]) -> Says:
        if form["refresh_token"] != [self.refresh] or form["client_secret"] != ["c"]:
            return Says(400, {"error": "invalid_grant"})
        self.number += 1
        self.refresh, self.access = f"refresh-{self.number}", f"access-{self.number}"
        await asyncio.sleep(self.pause)
        return Says(json={"access": self.access, "refresh": self.refresh, "expires_in": self.expires_in})


def refreshed(url: str) -> ConnectionRules:
    """The connection `loja` to the account."""
    return rules(url, auth=REFRESHED, secrets="client_secret refresh_token")


async def get(sender: Sender, loja: ConnectionRules) -> Outcome:
    operation = loja.platform.operations["get_thing"]
    return (await sender.call(loja, operation, {"id": "7"}, share="order")).outcome


def renewals(probe: Probe) -> int:
    return probe.paths().count("/api/token")
