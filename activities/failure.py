"""How an error leaves an activity: its type, its words, whether and when to try again. No trace, no value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from cais.errors import CaisError, Refused, TryLater, WrongUse

_AWAY = (SQLAlchemyError, OSError)
"""A server of ours is away: that is nobody's mistake, and passes."""


@contextmanager
def told(*, patient: bool = True) -> Iterator[None]:
    """Errors inside the block leave it as `ApplicationError`.

    What the caller did wrong is not tried again; what time heals is tried after as long as it says. An error that
    nobody foresaw leaves with its type alone: a driver's message holds the values of the statement. It is tried again
    while `patient`.
    """
    try:
        yield
    except (WrongUse, Refused) as error:
        raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from None
    except TryLater as error:
        # Expected, so no warning in the worker's log: the Temporal UI shows it while it lasts.
        benign = ApplicationErrorCategory.BENIGN
        kind = type(error).__name__
        raise ApplicationError(str(error), type=kind, next_retry_delay=error.after, category=benign) from None
    except CaisError as error:
        raise ApplicationError(str(error), type=type(error).__name__) from None
    except ApplicationError:
        raise
    except Exception as error:
        hopeless = not patient and not isinstance(error, _AWAY)
        kind = type(error).__name__
        raise ApplicationError("an unforeseen error", type=kind, non_retryable=hopeless) from None
