"""The local activities by which a run speaks with the book: the claim, and the record where no handoff takes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from cais.model.base import Value
from cais.model.handoff import Record

Answer = TypeVar("Answer", bound=Value)

TIMEOUT: Final = timedelta(seconds=10)
RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    maximum_interval=timedelta(seconds=120),
    non_retryable_error_types=["WrongUse", "Refused"],
)
"""For ever, but for what the caller did wrong: a store that is down comes back. Each try after the first few costs
six events of history, so they are far apart."""


async def ask(activity: str, request: Value, answer: type[Answer]) -> Answer:
    """The book's answer. Raises `ApplicationError` with its reason, which ends the run, when it refuses."""
    try:
        answered: Answer = await workflow.execute_local_activity(
            activity, request, result_type=answer, start_to_close_timeout=TIMEOUT, retry_policy=RETRY
        )
    except ActivityError as error:
        raise refused(str(getattr(error.cause, "message", error))) from None
    return answered


async def write(record: Record) -> None:
    """Into the book; done when it is there."""
    await workflow.execute_local_activity("record", record, start_to_close_timeout=TIMEOUT, retry_policy=RETRY)


def refused(reason: str) -> ApplicationError:
    """Ends the run as failed, with nothing but the reason."""
    return ApplicationError(reason, type="WrongUse", non_retryable=True)
