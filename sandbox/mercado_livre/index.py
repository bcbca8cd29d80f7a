"""The search index: it shows an object as it was some seconds ago, so what just changed is not found yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.mercado_livre.site import Document, Site

ITEM_LAG_S: Final = 5.0  # a guess: the vendor promises no bound; a test sets another by the fault `index_lag`
ORDER_LAG_S: Final = 10.0
_KEPT: Final = timedelta(hours=1)  # the longest lag that a fault can ask for


def note(site: Site, kind: str, id_: str | int, fields: Document) -> None:
    """Remember what of the object can be searched for, from now on."""
    entry = site.get(f"{kind}_index", id_) or {"versions": []}
    old = site.now - _KEPT
    versions = entry["versions"]
    while len(versions) > 1 and datetime.fromisoformat(versions[1]["at"]) <= old:
        versions.pop(0)
    versions.append({"at": site.now.isoformat(), "fields": fields})
    site.put(f"{kind}_index", id_, {"versions": versions})


def visible(site: Site, kind: str, lag_s: float) -> Iterator[tuple[str, Document]]:
    """Each (id, fields) as the index shows it, oldest object first."""
    until = site.now - timedelta(seconds=lag_s)
    for id_, entry in site.scan(f"{kind}_index"):
        fields = _as_of(entry["versions"], until)
        if fields is not None:
            yield id_, fields


def _as_of(versions: list[dict[str, Any]], until: datetime) -> Document | None:
    for version in reversed(versions):
        if datetime.fromisoformat(version["at"]) <= until:
            fields: Document = version["fields"]
            return fields
    return None
