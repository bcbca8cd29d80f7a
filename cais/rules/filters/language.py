"""What the language itself puts into an expression, and `lookup`: they see more than their value."""

from __future__ import annotations

from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from cais.errors import MissingSetting
from cais.rules.absent import Absent, is_absent, present
from cais.rules.cast import kind
from cais.rules.failure import Failure
from cais.rules.filters.collection import join
from cais.rules.filters.registry import lenient, strict
from cais.rules.filters.text import string
from cais.rules.path import MISSING


@strict
def concat(value: Any) -> str:
    """What `~` does: texts and whole numbers one after the other."""
    return join(value)


@lenient
def element(value: Any) -> Any:
    """What goes into a list or map that an expression writes: anything but undefined."""
    if is_absent(value):
        raise Failure("R212", "a list or map would hold something undefined")
    return value


@lenient
def truth(value: Any) -> bool:
    """What stands beside `and`, `or`, `not`, `if`: true or false, nothing else."""
    if isinstance(value, bool):
        return value
    present(value)
    raise Failure("R207", f"a condition is true or false, this is {kind(value)}")


@lenient
@pass_context
def lookup(context: Context, value: Any, table: str) -> Any:
    """The word that an enum table of the same file has for the value."""
    found = context.parent["_tables"][table].get(present(value))
    return Absent(hint="the table leaves it out") if found is MISSING else found


@lenient
@pass_context
def setting(context: Context, name: Any, key: Any) -> Any:
    """What `setting(kind, key)` does: a piece of set-up that a person gave. Raises MissingSetting."""
    cause = f"{string(name)}:{string(key)}"
    known = context.parent.get("settings") or {}
    found = known.get(name, {}).get(key, MISSING)
    if found is MISSING:
        raise MissingSetting(cause)
    return found


INTERNAL = frozenset({"concat", "element", "truth", "setting"})
"""Names that an author cannot use as filters: the language puts them in."""
