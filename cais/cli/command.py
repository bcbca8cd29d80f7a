"""Commands on orders and listings from the command line: options made from the payload's fields, sent as updates."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import click
from pydantic import ValidationError
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from cais.cli.hub import temporal_client
from cais.errors import NotFound, Refused, WrongUse
from cais.lifecycle.message import faults
from cais.model.command import CommandType

F = TypeVar("F", bound=Callable[..., Any])
ENVELOPE = ("id", "source", "direction", "as_of")


def command_options(kind: CommandType) -> Callable[[F], F]:
    """An option for every plain field of the command's payload; `--lines SKU-LINE:2` for items."""

    def decorate(run: F) -> F:
        for name, field in reversed(kind.payload.model_fields.items()):
            if name in ENVELOPE:
                continue
            run = _option(name, field.annotation, field.is_required())(run)
        return click.option("--id", "id", help="Repetitions with the same id are answered, not done again.")(run)

    return decorate


def _option(name: str, annotation: Any, required: bool) -> Callable[[F], F]:
    flag = f"--{name.replace('_', '-')}"
    if name in ("lines", "items"):
        return click.option(flag, name, multiple=True, metavar="LINE:QUANTITY", help="Only these units.")
    if annotation is bool:
        return click.option(f"{flag}/--no-{name.replace('_', '-')}", name, default=None, required=required)
    choices = click.Choice([word.value for word in annotation]) if _is_words(annotation) else None
    return click.option(flag, name, type=choices, required=required)


def _is_words(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, StrEnum)


async def give(subject: str, kind: CommandType, fields: dict[str, Any]) -> dict[str, Any]:
    """Send the command as an update; its answer. Raises `Refused` (the workflow says why), `WrongUse`, `NotFound`."""
    given: dict[str, Any] = {
        name: _items(value) if name in ("lines", "items") else value for name, value in fields.items()
    }
    given = {name: value for name, value in given.items() if value not in (None, [])}
    identity = str(given.setdefault("id", str(uuid.uuid4())))
    try:
        payload = kind.payload.model_validate(given)
    except ValidationError as error:
        raise WrongUse(faults(error)) from None
    handle = (await temporal_client()).get_workflow_handle(subject)
    try:
        answer = await handle.execute_update(
            kind.update, payload.model_dump(mode="json", exclude_unset=True), id=identity
        )
    except WorkflowUpdateFailedError as error:
        raise Refused(getattr(error.cause, "message", str(error.cause))) from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NotFound(
                f"{subject} does not run. If `cais order list --open` shows it, Temporal has lost it: `cais recover` "
                "starts it again; otherwise it is finished, and takes no commands"
            ) from None
        raise Refused(f"Temporal did not answer: {error.message}") from None
    return dict(answer or {})


def _items(values: tuple[str, ...]) -> list[dict[str, Any]]:
    pairs = [value.rpartition(":") for value in values]
    if any(not line or not quantity.isdigit() for line, _, quantity in pairs):
        raise WrongUse("units are given as LINE:QUANTITY, such as 1:2")
    return [{"line": line, "quantity": int(quantity)} for line, _, quantity in pairs]
