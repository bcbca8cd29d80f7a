"""How a list is read on, and when reading ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from cais.rules.message import Request, Response
from cais.rules.path import MISSING
from cais.rules.scope import Scope
from cais.rules.text import Text, holds


@dataclass(frozen=True, slots=True)
class Page:
    """Where reading stands. `number` counts from 0; `cursor` is what the platform gave, or the next address."""

    number: int = 0
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """What ends reading; each that is given, whichever comes first."""

    max_pages: int
    empty_page: bool = False
    short_page: bool = False
    last_page: Text | None = None
    total: Text | None = None
    when: Text | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """The paging of one operation."""

    style: Literal["none", "page", "offset", "range", "cursor", "next_url"]
    stop: Stop
    param: str = "page"
    first: int = 1
    size: int | None = None
    size_param: str | None = None
    from_param: str = "from"
    to_param: str = "to"
    next: Text | None = None

    def apply(self, request: Request, page: Page) -> Request:
        """The request of a page."""
        if self.style == "next_url" and page.cursor is not None:
            parts = urlsplit(page.cursor)
            return replace(request, path=parts.path, query=tuple(parse_qsl(parts.query)), rooted=True)
        added = {name: str(value) for name, value in self._query(page).items()}
        kept = tuple((name, value) for name, value in request.query if name not in added)
        return replace(request, query=(*kept, *added.items()))

    def _query(self, page: Page) -> dict[str, int | str]:
        size = self.size or 1
        sized: dict[str, int | str] = {self.size_param: size} if self.size_param else {}
        match self.style:
            case "page":
                return {self.param: self.first + page.number, **sized}
            case "offset":
                return {self.param: self.first + page.number * size, **sized}
            case "range":
                start = self.first + page.number * size
                return {self.from_param: start, self.to_param: start + size - 1}
            case "cursor" if page.cursor is not None:
                return {self.param: page.cursor, **sized}
            case _:
                return sized

    def following(self, page: Page, response: Response, count: int, scope: Scope) -> Page | None:
        """The page after `page`, which had `count` items; None at the end.

        A cursor that does not move ends reading too: a platform that repeats itself is not asked for ever.
        """
        if self.style == "none" or page.number + 1 >= self.stop.max_pages or self._ended(page, count, scope):
            return None
        if self.style not in ("cursor", "next_url"):
            return Page(page.number + 1)
        cursor = None if self.next is None else self.next.lenient(scope)
        if cursor is None or cursor is MISSING or cursor == "" or str(cursor) == page.cursor:
            return None
        return Page(page.number + 1, str(cursor))

    def _ended(self, page: Page, count: int, scope: Scope) -> bool:
        stop, size = self.stop, self.size
        if stop.empty_page and count == 0:
            return True
        if stop.short_page and size is not None and count < size:
            return True
        if stop.last_page is not None and _reached(stop.last_page, self.first + page.number, scope):
            return True
        read = (page.number + 1) * size if size is not None else None
        if stop.total is not None and read is not None and _reached(stop.total, read, scope):
            return True
        return stop.when is not None and holds(stop.when, scope)


def _reached(limit: Text, position: int, scope: Scope) -> bool:
    value: Any = limit.lenient(scope)
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    return isinstance(value, int) and not isinstance(value, bool) and position >= value
