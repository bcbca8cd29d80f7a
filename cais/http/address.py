"""Where a request goes: only ever below the base addresses of its connection."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from cais.errors import MappingError
from cais.rules.message import Request

Pairs = tuple[tuple[str, str], ...]


def address(hosts: Mapping[str, str], request: Request, more: Pairs = ()) -> str:
    """The whole address; `more` are the query parameters that authentication adds."""
    base = urlsplit(hosts[request.host])
    prefix = "" if request.rooted else base.path
    # Path and query stand behind the base's own server name, so nothing in them can lead elsewhere.
    return SplitResult(base.scheme, base.netloc, prefix + request.path, _encoded((*request.query, *more)), "").geturl()


def guard_next(hosts: Mapping[str, str], host: str, next_address: str) -> None:
    """Refuse a next page on another server than the one that named it: it would be sent our credentials.

    Raises `MappingError`.
    """
    named, ours = urlsplit(next_address), urlsplit(hosts[host])
    if named.netloc and (named.scheme, named.netloc) != (ours.scheme, ours.netloc):
        raise MappingError("R216", "the address of the next page is on another server", at="pages.next")


def _encoded(query: Pairs) -> str:
    return urlencode(query, quote_via=quote, safe="")
