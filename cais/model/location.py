"""A place with stock and the company that issues from it."""

from __future__ import annotations

from cais.model.base import Code, Name, Value
from cais.model.party import State


class Location(Value):
    """`connection` counts this place under `remote_id`; its NF-e are issued under `cnpj` in `state`."""

    name: Name
    connection: Name
    remote_id: Code
    cnpj: str | None = None
    state: State | None = None
