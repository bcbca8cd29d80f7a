"""The activity of a handoff: an error that nobody foresaw is tried again for a while, then somebody is told."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.hand_off import MISHAPS, HandOffActivity
from cais.model.handoff import Act, HandoffOrder
from cais.model.vocabulary import Direction

ORDER = HandoffOrder(
    seller="aurora", act=Act(subject="order:aurora:ml:1", target="loja", direction=Direction.ORDER), plan="d"
)


async def failing(error: Exception, attempt: int) -> ApplicationError:
    async def hand_off(order: HandoffOrder) -> Any:
        raise error

    hub: Any = SimpleNamespace(outbound=SimpleNamespace(hand_off=hand_off))
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt)
    with pytest.raises(ApplicationError) as raised:
        await environment.run(HandOffActivity(hub).hand_off, ORDER)
    return raised.value


async def test_what_fails_for_ever_is_shown_and_what_passes_is_not() -> None:
    mishap, away = KeyError("ana@example.com"), OperationalError("SELECT", {}, Exception("ana@example.com"))
    assert not (await failing(mishap, MISHAPS - 1)).non_retryable
    assert (await failing(mishap, MISHAPS)).non_retryable, "the lane parks under fatal:KeyError"
    assert not (await failing(away, MISHAPS)).non_retryable, "the store comes back by itself"
    assert "ana" not in str(await failing(mishap, MISHAPS))
