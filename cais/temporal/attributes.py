"""The hub's search attributes: their keys, and their values for an order and for a listing. No personal data.

Temporal has room for ten keywords and three of each other kind in a namespace, so the set is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate, TypedSearchAttributes

from cais.lifecycle.listing import ListingState
from cais.lifecycle.listing import problems as listing_problems
from cais.lifecycle.listing import waits_for as listing_waits_for
from cais.lifecycle.problem import problems, waits_for
from cais.lifecycle.state import OrderState

Key = SearchAttributeKey[Any]
Values = Mapping[str, Any]
"""Value by name of the attribute; what has none is absent."""

SKUS_SHOWN: Final = 50

_KEYWORDS: Final = (
    "CaisSeller",
    "CaisChannel",
    "CaisStatus",
    "CaisOrder",
    "CaisPlan",
    "CaisNext",
    "CaisTag1",
    "CaisTag2",
)
ATTRIBUTES: Final[dict[str, str]] = {
    **dict.fromkeys(_KEYWORDS, "Keyword"),
    **dict.fromkeys(("CaisBackoffice", "CaisSku", "CaisProblem"), "KeywordList"),
    **dict.fromkeys(("CaisShipBy", "CaisPlacedAt"), "Datetime"),
    "CaisTotalCents": "Int",
}
"""Each attribute with its kind, as `temporal server start-dev --search-attribute` takes it."""

_MAKERS: Final[Mapping[str, Callable[[str], Key]]] = {
    "Keyword": SearchAttributeKey.for_keyword,
    "KeywordList": SearchAttributeKey.for_keyword_list,
    "Datetime": SearchAttributeKey.for_datetime,
    "Int": SearchAttributeKey.for_int,
}
KEYS: Final[Mapping[str, Key]] = {name: _MAKERS[kind](name) for name, kind in ATTRIBUTES.items()}


def of_order(state: OrderState) -> Values:
    """What an order shows."""
    shown: dict[str, Any] = {
        "CaisSeller": state.seller,
        "CaisChannel": state.channel,
        "CaisOrder": state.order,
        "CaisStatus": state.status,
        "CaisNext": waits_for(state).value,
        "CaisProblem": problems(state),
    }
    if plan := state.plan:
        tags = {f"CaisTag{number}": tag for number, tag in enumerate(plan.tags, start=1)}
        shown |= {"CaisPlan": plan.digest, "CaisBackoffice": (plan.backoffice,), **tags}
    if state.placed:
        placed = state.placed.said
        shown |= {
            "CaisSku": tuple(dict.fromkeys(line.sku for line in placed.lines))[:SKUS_SHOWN],
            "CaisPlacedAt": placed.placed_at,
            "CaisShipBy": placed.ship_by,
            "CaisTotalCents": int(placed.total * 100),
        }
    return _present(shown)


def of_listing(state: ListingState) -> Values:
    """What a listing shows."""
    return _present(
        {
            "CaisSeller": state.seller,
            "CaisChannel": state.channel,
            "CaisStatus": state.status.value,
            "CaisNext": listing_waits_for(state).value,
            "CaisPlan": state.plan,
            "CaisSku": state.variants[:SKUS_SHOWN],
            "CaisProblem": listing_problems(state),
        }
    )


def read(attributes: TypedSearchAttributes) -> Values:
    """The hub's attributes that a run already has, as continue-as-new hands them on."""
    found = {name: attributes.get(key) for name, key in KEYS.items()}
    return _present({name: tuple(value) if isinstance(value, list) else value for name, value in found.items()})


def changes(shown: Values, now: Values) -> list[SearchAttributeUpdate[Any]]:
    """The updates that turn what is shown into what is so now."""
    gone = [KEYS[name].value_unset() for name in shown if name not in now]
    return gone + [_set(KEYS[name], value) for name, value in now.items() if shown.get(name) != value]


def _set(key: Key, value: Any) -> SearchAttributeUpdate[Any]:
    return key.value_set(list(value) if isinstance(value, tuple) else value)


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, (), "")}
