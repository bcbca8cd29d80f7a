"""What a workflow is told: signals and updates of every command, taken as they come and read later.

Nothing that is sent can fail a workflow task, and nothing is dropped: a payload that is no JSON object, an unknown
name, no argument or two become messages too, and are refused with a reason when they are read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, Protocol, TypeVar

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from cais.lifecycle.message import Message
from cais.model.command import CommandType, commands_of

Workflow = TypeVar("Workflow", bound=type)
Handler = TypeVar("Handler", bound=Callable[..., Any])


class Listener(Protocol):
    """A workflow that takes messages."""

    def hear(self, message: Message) -> None:
        """Keep it for reading."""

    def refused(self, message: Message) -> str | None:
        """Why an update is not accepted; None when it is. Changes nothing."""

    def answer(self, message: Message) -> dict[str, Any]:
        """Take an accepted update in, and what came before it."""


def takes(subject: Literal["order", "listing"], told: Iterable[tuple[str, str]]) -> Callable[[Workflow], Workflow]:
    """Class decorator: a signal and an update for each command, a signal for each of `told` (name, summary), and one
    for all other names."""

    def register(cls: Workflow) -> Workflow:
        for name, summary in told:
            setattr(cls, f"signal_{name}", _signal(name, summary))
        for command in commands_of(subject):
            setattr(cls, f"signal_{command.name}", _signal(command.name, command.summary))
            setattr(cls, f"update_{command.name}", _update(command))
        setattr(cls, "signal_of_other_name", _other_signal())  # noqa: B010
        return cls

    return register


def _other_signal() -> Callable[..., None]:
    def handler(self: Listener, name: str, inputs: Sequence[RawValue]) -> None:
        self.hear(_message(name, inputs))

    # Temporal takes a first parameter without annotation for the workflow itself.
    del handler.__annotations__["self"]
    return workflow.signal(dynamic=True, description="Any other name: refused, and noted.")(handler)


def _signal(name: str, summary: str) -> Callable[..., None]:
    def handler(self: Listener, *inputs: object) -> None:
        self.hear(_message(name, inputs))

    return workflow.signal(name=name, description=summary)(one_raw_value(handler))


def _update(command: CommandType) -> Callable[..., Any]:
    def handler(self: Listener, *inputs: object) -> dict[str, Any]:
        return self.answer(_asked(command.name, inputs))

    def validator(self: Listener, *inputs: object) -> None:
        if reason := self.refused(_asked(command.name, inputs)):
            raise ApplicationError(reason, type="Refused", non_retryable=True)

    update = workflow.update(name=command.update, description=command.summary)(one_raw_value(handler))
    update.validator(one_raw_value(validator))
    return update


def one_raw_value(handler: Handler) -> Handler:
    """The handler, declared with one raw argument, so that Temporal decodes none; it takes any number all the same."""
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("self", "raw")]
    handler.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    handler.__annotations__ = {"raw": RawValue}
    return handler


def _asked(name: str, inputs: Sequence[object]) -> Message:
    update = workflow.current_update_info()
    return _message(name, inputs).model_copy(update={"update": update.id if update else None})


def _message(name: str, inputs: Sequence[object]) -> Message:
    return Message(name=name, body=json_of(inputs), at=workflow.now())


def json_of(inputs: Sequence[object]) -> str | None:
    """The JSON text of the one input; None when it is not one, or not JSON."""
    if len(inputs) != 1 or not isinstance(inputs[0], RawValue):
        return None
    payload = inputs[0].payload
    if payload.metadata.get("encoding") != b"json/plain":
        return None
    return payload.data.decode(errors="replace")
