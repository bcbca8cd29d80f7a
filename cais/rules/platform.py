"""A platform, compiled: everything the hub knows of it. Immutable; shared by all connections without overlays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cais.rules.auth import Auth
from cais.rules.hook import Hooks, HookVerdict, Reply
from cais.rules.mapping import Mapping as DocumentMapping
from cais.rules.operation import Operation
from cais.rules.platform_file import CapabilitiesFile, LimitFile, PlatformFile, PollFile
from cais.rules.scope import Scope
from cais.rules.text import Texts


@dataclass(frozen=True, slots=True)
class Platform:
    """`file` is the platform file itself, for all that needs no compilation."""

    name: str
    file: PlatformFile = field(repr=False)
    operations: Mapping[str, Operation] = field(repr=False)
    mappings: Mapping[str, DocumentMapping] = field(repr=False)
    hosts: Texts = field(repr=False)
    auth: Auth = field(repr=False)
    hooks: Hooks | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return self.file.title

    @property
    def limits(self) -> Mapping[str, LimitFile]:
        return self.file.limits

    @property
    def capabilities(self) -> CapabilitiesFile:
        return self.file.capabilities

    @property
    def poll(self) -> PollFile:
        return self.file.poll

    def params(self, given: Mapping[str, str]) -> dict[str, str]:
        """The parameters of a connection, defaults filled in."""
        defaults = {name: param.default for name, param in self.file.params.items() if param.default is not None}
        return {**defaults, **given}

    def host_addresses(self, params: Mapping[str, str], overrides: Mapping[str, str]) -> dict[str, str]:
        """Base addresses by host name, without a slash at the end. Raises MappingError."""
        scope = Scope({"params": dict(params)})
        return {name: (overrides.get(name) or text.text(scope)).rstrip("/") for name, text in self.hosts.items()}

    def account(self, params: Mapping[str, str]) -> tuple[str, ...]:
        """What tells accounts of this platform apart."""
        return (self.name, *(params.get(name, "") for name, param in self.file.params.items() if param.account))

    def hook(
        self,
        route: str,
        method: str,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        body: bytes,
        *,
        params: Mapping[str, str] | None = None,
        run: Mapping[str, Any] | None = None,
    ) -> HookVerdict:
        """What a hook to `<address of the connection>/<route>` speaks of. Header names in lower case; `run` has `now`.

        Never raises: what cannot be read is ignored.
        """
        if self.hooks is None:
            return HookVerdict(Reply(status=404))
        request = {"method": method, "header": dict(headers), "query": dict(query), "body": body}
        return self.hooks.judge(route, {**request, "params": dict(params or {}), "run": dict(run or {})})
