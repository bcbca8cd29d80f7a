"""Delivering one request's worth of wanted values: what they are worth now, the request, what came of each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection

from cais.crash import crash_point
from cais.errors import MappingError, MissingSetting, TryLater
from cais.http.client import Sender
from cais.model.listing import ListedVariant, Listing
from cais.model.vocabulary import OutcomeKind, WantedGroup
from cais.outbound import parked, settings, wanted
from cais.outbound.listed import Shop
from cais.outbound.outcome import GOOD, named, not_now
from cais.outbound.wanted import Leased
from cais.outbound.work import MARGIN, SETTLE
from cais.outbound.worth import Worth, Worthless, compute
from cais.rules.message import Outcome
from cais.rules.operation import Operation
from cais.store.engine import Store

End = Callable[[Connection], bool]
"""Settles one lease; False if the lease had passed on."""


@dataclass(frozen=True)
class Ended:
    """What came of a request. `problems`: leases whose listing has a problem now (None: no longer)."""

    count: int = 0
    problems: tuple[tuple[Leased, str | None], ...] = ()

    def __add__(self, other: Ended) -> Ended:
        return Ended(self.count + other.count, self.problems + other.problems)


@dataclass
class _Ends:
    """How each lease of a request ends."""

    leases: Sequence[Leased]
    ends: list[End] = field(default_factory=list)
    problems: list[tuple[Leased, str | None]] = field(default_factory=list)


class Delivering:
    """One group of one channel, under one generation of the rules."""

    def __init__(self, store: Store, sender: Sender, shop: Shop, operation: Operation, generation: int) -> None:
        self._store, self._sender, self._shop, self._operation = store, sender, shop, operation
        self._generation, self._clock = generation, store.clock

    async def lease(self, group: WantedGroup, count: int, per_listing: int) -> tuple[Leased, ...]:
        """Lease up to `count` due values for as long as reading back and sending may take."""
        held = self._clock.real(2 * self._operation.timeout + MARGIN)
        call = (self._shop.channel, group, uuid.uuid4().hex, count, self._clock.now(), held)
        leases = await self._store.write(wanted.lease, *call, per_listing=per_listing)
        crash_point("drain.leased")
        return leases

    async def send(self, leases: Sequence[Leased]) -> Ended:
        """Send the values of these leases by one request. Raises `TryLater` when they wait, all of them."""
        try:
            return await self._send(leases)
        except TryLater as later:
            at = self._clock.now() + later.after
            await self._settle(_Ends(leases, [partial(wanted.later, leased=each, at=at) for each in leases]))
            raise
        except (MissingSetting, MappingError) as error:
            if len(leases) == 1:
                ends = _Ends(leases)
                self._park(ends, leases[0], self._cause(error))
                return await self._settle(ends)
            # One value that does not map holds up no other.
            return sum([await self.send([leased]) for leased in leases], Ended())

    async def _send(self, leases: Sequence[Leased]) -> Ended:
        ends, waiting = _Ends(leases), list[Worth]()
        for found in await self._store.read(compute, self._shop, self._operation, leases):
            if isinstance(found, Worthless):
                self._park(ends, found.leased, found.cause)
            elif found.is_known or await self._shows(found):
                self._acknowledge(ends, found)
            else:
                waiting.append(found)
        for each, outcome in (await self._written(waiting)).items() if waiting else ():
            self._judge(ends, waiting[each], outcome)
        crash_point("drain.sent")
        return await self._settle(ends)

    # sending

    async def _written(self, values: Sequence[Worth]) -> dict[int, Outcome]:
        """The outcome of each value, by its position."""
        if self._operation.answered is None:
            return {n: await self._written_alone(value) for n, value in enumerate(values)}
        first = values[0].contexts[0]
        context = {"items": [value.entry for value in values], "settings": first["settings"]}
        answer = await self._call(self._operation, context, values[0].leased)
        if answer.outcome.kind not in GOOD:
            return dict.fromkeys(range(len(values)), answer.outcome)
        return {n: self._of(value, answer.answers) for n, value in enumerate(values)}

    async def _written_alone(self, value: Worth) -> Outcome:
        outcome = Outcome(OutcomeKind.OK)
        for context in value.contexts:
            outcome = (await self._call(self._operation, context, value.leased)).outcome
            if outcome.kind not in GOOD:
                break
        return outcome

    async def _call(self, operation: Operation, context: dict[str, Any], leased: Leased) -> Any:
        return await self._sender.call(self._shop.rules, operation, context, share="bulk", expires=leased.until)

    @staticmethod
    def _of(value: Worth, answers: Any) -> Outcome:
        """What the answer says of one value; of which it says nothing, nothing is known."""
        found = next((answers[name] for name in value.names if name in answers), None)
        return found or Outcome(OutcomeKind.UNKNOWN, "not-in-the-answer")

    async def _shows(self, value: Worth) -> bool:
        """Whether the channel, read back after a lost answer, shows the value that is wanted now."""
        operation = self._shop.rules.platform.operations.get("get_listing")
        context = value.contexts[0] if value.contexts else {}
        if not value.leased.doubtful or operation is None or "id" not in context:
            return False
        answer = await self._call(operation, context, value.leased)
        if later := not_now(answer.outcome, self._clock, value.leased.attempts):
            raise later
        shown = _variant(answer.read, value) if isinstance(answer.read, Listing) else None
        return shown is not None and _is(shown, value)

    # settling

    def _judge(self, ends: _Ends, value: Worth, outcome: Outcome) -> None:
        leased, now = value.leased, self._clock.now()
        if outcome.kind in GOOD:
            self._acknowledge(ends, value)
        elif outcome.kind is OutcomeKind.UNKNOWN:
            settle = self._operation.dedup.settle if self._operation.dedup else SETTLE
            ends.ends.append(partial(wanted.unknown, leased=leased, until=now + self._clock.real(settle)))
        elif later := not_now(outcome, self._clock, leased.attempts):
            ends.ends.append(partial(wanted.later, leased=leased, at=now + later.after))
        else:
            self._park(ends, leased, named(outcome))

    def _acknowledge(self, ends: _Ends, value: Worth) -> None:
        told = partial(wanted.acknowledge, leased=value.leased, value=dict(value.value), now=self._clock.now())
        ends.ends.append(told)
        if value.leased.cause is not None:
            ends.problems.append((value.leased, None))

    def _park(self, ends: _Ends, leased: Leased, cause: str) -> None:
        ends.ends.append(partial(self._parked_unless_mended, leased=leased, cause=cause))
        ends.problems.append((leased, cause))

    def _parked_unless_mended(self, conn: Connection, leased: Leased, cause: str) -> bool:
        seller, channel = self._shop.seller.name, self._shop.channel
        mended = parked.generation(conn, seller) != self._generation or settings.has(conn, seller, channel, cause)
        return wanted.later(conn, leased, self._clock.now()) if mended else wanted.park(conn, leased, cause)

    def _cause(self, error: MissingSetting | MappingError) -> str:
        if isinstance(error, MissingSetting):
            return f"setting:{error.cause}"
        mappings = self._operation.mappings
        return f"mapping:{self._shop.channel}/{mappings[0].name if mappings else self._operation.name}"

    async def _settle(self, ends: _Ends) -> Ended:
        count = await self._store.write(_all, self._shop.seller.name, ends)
        crash_point("drain.settled")
        return Ended(count, tuple(ends.problems))


def _all(conn: Connection, seller: str, ends: _Ends) -> int:
    # Activations lock the seller's rules first and values next; so does this.
    parked.generation(conn, seller)
    wanted.hold(conn, ends.leases)
    count = sum([end(conn) for end in ends.ends])
    crash_point("drain.settling")
    return count


def _variant(shown: Listing, value: Worth) -> ListedVariant | None:
    """The channel's own variant, the only one where it names it otherwise."""
    named_so = [each for each in shown.variants if {each.sku, each.remote_id} & value.names]
    return next(iter(named_so or shown.variants), None)


def _is(shown: ListedVariant, value: Worth) -> bool:
    match value.leased.group:
        case WantedGroup.PRICE:
            return bool(shown.price == value.value["price"])
        case WantedGroup.STOCK:
            return bool(shown.units == value.value["units"])
        case WantedGroup.CONTENT:
            return False
