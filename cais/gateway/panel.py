"""The panel: a few read-only pages, rendered here, without scripts. No personal data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from cais.errors import NotFound
from cais.gateway import access, overview
from cais.identity import story
from cais.sentence import sentence
from cais.store.engine import Store

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_SHOWN_IN: Final = ZoneInfo("America/Sao_Paulo")


class Panel:
    """`temporal_ui` is the address that the links lead to; `password` opens the panel to others than this machine."""

    def __init__(self, store: Store, temporal_ui: str | None, password: str | None) -> None:
        self._store, self._temporal_ui, self._password = store, temporal_ui, password
        loader = FileSystemLoader(Path(__file__).parent / "pages")
        self._pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
        self._pages.globals.update(when=_when, money=_money, sentence=sentence)

    def routes(self) -> list[Route]:
        """The panel's routes."""
        pages: dict[str, Callable[[Request], Any]] = {
            "/": self._connections,
            "/orders": self._orders,
            "/orders/{id}": self._order,
            "/listings": self._listings,
            "/problems": self._problems,
        }
        return [Route(path, self._guarded(page), methods=["GET"]) for path, page in pages.items()]

    def _guarded(self, page: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def guarded(request: Request) -> Response:
            refusal = access.refused(request, self._password)
            if refusal is not None:
                return refusal
            answer: Response = await page(request)
            return answer

        return guarded

    async def _connections(self, request: Request) -> Response:
        rows = await self._store.read(overview.connections)
        return self._page("connections", {"title": "Connections", "rows": rows})

    async def _orders(self, request: Request) -> Response:
        channel, status, page = _asked(request, "channel"), _asked(request, "status"), _page_number(request)
        rows = await self._store.read(overview.orders, channel, status, page)
        return self._list("orders", request, {"title": "Orders", "rows": rows, "channel": channel, "status": status})

    async def _order(self, request: Request) -> Response:
        try:
            told = await story.story(self._store, request.path_params["id"])
        except NotFound as error:
            return PlainTextResponse(str(error), 404)
        return self._page("order", {"title": "Order", "story": told})

    async def _listings(self, request: Request) -> Response:
        channel = _asked(request, "channel")
        rows = await self._store.read(overview.listings, channel, _page_number(request))
        return self._list("listings", request, {"title": "Listings", "rows": rows, "channel": channel})

    async def _problems(self, request: Request) -> Response:
        rows = await self._store.read(overview.problems, _page_number(request))
        return self._list("problems", request, {"title": "Problems", "rows": rows})

    def _list(self, name: str, request: Request, values: Mapping[str, Any]) -> Response:
        def link(page: int) -> str:
            return "?" + urlencode({**request.query_params, "page": page})

        paging = {"page": _page_number(request), "page_size": overview.PAGE, "link": link}
        return self._page(name, {**values, **paging})

    def _page(self, name: str, values: Mapping[str, Any]) -> Response:
        page = self._pages.get_template(f"{name}.html")
        return HTMLResponse(page.render(temporal_ui=self._temporal_ui, **values), headers=_HEADERS)


def _asked(request: Request, name: str) -> str | None:
    return request.query_params.get(name) or None


def _page_number(request: Request) -> int:
    asked = request.query_params.get("page", "0")
    return int(asked) if asked.isdecimal() and len(asked) < 6 else 0


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone(_SHOWN_IN):%d/%m %H:%M}" if moment else ""


def _money(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100}.{cents % 100:02}"
