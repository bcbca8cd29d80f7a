"""The toy platform over real HTTP on loopback, in a thread: what it holds is plain data that tests change."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def order_document(order_id: str = "2000", **changes: Any) -> dict[str, Any]:
    """An order as the toy shows it."""
    document = {
        "id": order_id,
        "version": "1",
        "placed_at": "2026-11-20T09:00:00-03:00",
        "total": 49.90,
        "paid": True,
        "status": "paid",
        "buyer": "Ana Souza",
        "items": [{"sku": "CAM-P", "quantity": 1, "price": 49.90}],
    }
    return {**document, **changes}


class Toy:
    """`objects`: path to document. `fails`: path to the status that it answers instead. `calls`: what was asked.
    `filters`: whether its list of orders heeds the window."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.fails: dict[str, int] = {}
        self.calls: list[str] = []
        self.filters = False
        routes = [
            Route("/orders", self._orders),
            Route("/products", self._products),
            Route("/{path:path}", self._object, methods=["GET", "POST"]),
        ]
        config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="error", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    @property
    def url(self) -> str:
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def put_order(self, order_id: str = "2000", **changes: Any) -> None:
        """Show an order."""
        self.objects[f"/orders/{order_id}"] = order_document(order_id, **changes)

    def read(self, path: str) -> int:
        """How often a path was asked for."""
        return self.calls.count(path)

    async def _orders(self, request: Request) -> Response:
        self.calls.append(f"/orders?{request.url.query}")
        if status := self.fails.get("/orders"):
            return JSONResponse({}, status)
        page, size = int(request.query_params["page"]), int(request.query_params["size"])
        start, to = (datetime.fromisoformat(request.query_params[name]) for name in ("from", "to"))
        known = [order for path, order in sorted(self.objects.items()) if path.startswith("/orders/")]
        inside = [order for order in known if start <= datetime.fromisoformat(order["placed_at"]) <= to]
        shown = inside if self.filters else known
        return JSONResponse({"orders": shown[(page - 1) * size : page * size]})

    async def _products(self, request: Request) -> Response:
        self.calls.append("/products")
        page, size = int(request.query_params["page"]), int(request.query_params["size"])
        known = self.objects.get("/products", {"products": []})["products"]
        return JSONResponse({"products": known[(page - 1) * size : page * size]})

    async def _object(self, request: Request) -> Response:
        path = request.url.path
        self.calls.append(path)
        if status := self.fails.get(path):
            return JSONResponse({}, status)
        if path.endswith("/handling"):
            return JSONResponse({})
        found = self.objects.get(path)
        return JSONResponse(found) if found is not None else JSONResponse({}, 404)
