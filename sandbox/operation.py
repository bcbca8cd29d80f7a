"""One operation of a simulated platform: the call it gets, the answer it gives, and its place in the URL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.state import Shelf
from sandbox.wire import loads

if TYPE_CHECKING:
    from starlette.datastructures import Headers, QueryParams

    from sandbox.world import World


@dataclass(frozen=True)
class Call:
    """One request, as an operation sees it. `account` is who calls, once the platform has identified them."""

    world: World
    platform: str
    operation: str
    method: str
    path: str
    params: Mapping[str, str]
    query: QueryParams
    headers: Headers
    body: bytes
    account: str = ""
    prepared: Any = None

    def json(self) -> Any:
        """The body as JSON, numbers with a fraction as Decimal; raises ValueError when it is none."""
        return loads(self.body)

    @property
    def shelf(self) -> Shelf:
        """The documents of the caller's account."""
        return self.world.state.shelf(self.platform, self.account)

    def lag(self, default: float = 0.0) -> float:
        """Virtual seconds for which this list or search misses a new object."""
        return self.world.faults.lag(self.platform, self.operation, self.account, default)


@dataclass(frozen=True)
class Answer:
    """`body` is a JSON value, or bytes with their `media_type`; None with 204 is no body."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


Handler = Callable[[Call], Answer]
"""Runs at once, in one transaction: what it wrote is undone when it raises."""


@dataclass(frozen=True)
class Operation:
    """`path` is written as Starlette does (`/orders/{orderId}`), below the platform's mount.

    `prepare` runs before the handler and may wait (VTEX pings a hook before it keeps it); its result is
    `call.prepared`. `writes` says whether success has an effect; by default, all but GET.
    """

    name: str
    method: str
    path: str
    handler: Handler
    writes: bool | None = None
    prepare: Callable[[Call], Awaitable[Any]] | None = None

    @property
    def has_effect(self) -> bool:
        """Whether a success changes the platform."""
        return self.method != "GET" if self.writes is None else self.writes
