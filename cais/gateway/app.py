"""The gateway: the one HTTP door of a hub, for platforms, ERPs, monitors and people."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cais.gateway import access, metrics, overview
from cais.gateway.hooks import Hooks
from cais.gateway.invoices import Invoices
from cais.gateway.panel import Panel
from cais.gateway.shield import Shield
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf


def gateway(
    store: Store, shelf: RuleShelf, *, temporal_ui: str | None = None, panel_password: str | None = None
) -> Starlette:
    """The application. `temporal_ui` is the address that the panel links to; `panel_password` opens panel and metrics
    to others than this machine.
    """
    meters = _Meters(store, panel_password)
    routes = [
        *Hooks(store, shelf).routes(),
        *Invoices(store).routes(),
        Route("/healthz", meters.health, methods=["GET"]),
        Route("/metrics", meters.metrics, methods=["GET"]),
        *Panel(store, temporal_ui, panel_password).routes(),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Shield)])


class _Meters:
    def __init__(self, store: Store, password: str | None) -> None:
        self._store, self._password = store, password

    async def health(self, request: Request) -> Response:
        """Whether the hub can take things in: that the store answers."""
        try:
            await self._store.read(_one)
        except SQLAlchemyError:
            return JSONResponse({"ok": False, "store": "does not answer"}, 503)
        return JSONResponse({"ok": True})

    async def metrics(self, request: Request) -> Response:
        refusal = access.refused(request, self._password)
        if refusal is not None:
            return refusal
        totals = await self._store.read(overview.totals)
        return Response(metrics.exposition(totals, self._store.clock.now()), media_type=metrics.CONTENT_TYPE)


def _one(conn: Connection) -> int:
    return int(conn.execute(select(1)).scalar_one())
