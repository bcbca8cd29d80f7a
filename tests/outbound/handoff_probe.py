"""A probe platform with a record of its own: what took effect, whatever it answered, and faults on order."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Order:
    """An order as the platform holds it."""

    id: str
    key: str
    body: dict[str, Any]
    made_at: float
    version: int = 1
    status: str = "open"
    notes: list[str] = field(default_factory=list)


@dataclass
class Fault:
    """What goes wrong with the next request whose `METHOD /path` begins so. `effect`: the request is carried out."""

    begins: str
    effect: bool
    status: int | None = None
    """None: no answer comes at all."""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Got:
    line: str
    body: Any


Said = tuple[int | None, Any, dict[str, str]]
"""Status (None: hang up), document, headers."""


class HandoffProbe:
    """Start it, point a connection's host at `url`, look at `orders` and `got`."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.got: list[Got] = []
        self.faults: list[Fault] = []
        self.values: dict[str, dict[str, Any]] = {}
        self.refused: dict[str, str] = {}
        self.lag = 0.0
        """Seconds until a new order can be found."""
        self.hang = 3.0
        self.in_flight: dict[str, int] = {}
        self.most_in_flight: dict[str, int] = {}
        self.slow = 0.0
        self.on_request: Callable[[str], None] = lambda line: None
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def fail(self, begins: str, *, effect: bool, status: int | None = None, times: int = 1, **headers: str) -> None:
        self.faults += [Fault(begins, effect, status, headers) for _ in range(times)]

    def sent(self, begins: str) -> list[Got]:
        """The requests that came, by the beginning of `METHOD /path`."""
        return [got for got in self.got if got.line.startswith(begins)]

    def made(self, key: str) -> int:
        """How many orders of this key there are."""
        return sum(order.key == key for order in self.orders)

    def answer(self, method: str, target: str, headers: dict[str, str], body: Any) -> Said:
        line = f"{method} {target}"
        self.on_request(line)
        with self._lock:
            self.got.append(Got(line, body))
            fault = next((each for each in self.faults if line.startswith(each.begins)), None)
            if fault is not None:
                self.faults.remove(fault)
        if fault is not None and not fault.effect:
            return self._failed(fault)
        time.sleep(self.slow)
        with self._lock:
            said = self._route(method, target, headers, body)
        return (*said, {}) if fault is None else self._failed(fault)

    def _failed(self, fault: Fault) -> Said:
        if fault.status is None:
            self._stopped.wait(self.hang)
        return fault.status, {"code": "fault"}, fault.headers

    def _route(self, method: str, target: str, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        url = urlsplit(target)
        parts = url.path.strip("/").split("/")
        match (method, *parts):
            case ("POST", "keyed"):
                return self._keyed(body)
            case ("POST", "orders"):
                return self._created(body)
            case ("GET", "orders"):
                return self._found(parse_qs(url.query)["key"][0])
            case ("POST", "orders", number, "cancel"):
                return self._cancelled(number)
            case ("POST", "orders", number, "notes"):
                self._order(number).notes.append(body["note"])
                return 200, {}
            case ("GET", "accounts", name):
                return 200, {"name": name, "version": len(self.orders)}
            case ("PUT", "accounts", _):
                return self._compared(headers, body)
            case ("POST", "values"):
                return 200, {"results": [self._set(item) for item in body["items"]]}
            case ("PUT", "values", number):
                return self._put(number, body)
            case ("GET", "items", number):
                return 200, {"id": number, **self.values.get(number, {})}
            case ("POST", "items"):
                self.values[f"I{len(self.values) + 1}"] = body
                return 201, {"id": f"I{len(self.values)}"}
        return 404, {"code": "no-such-thing"}

    def _keyed(self, body: Any) -> tuple[int, Any]:
        if self.made(body["key"]):
            return 409, {"code": "EXISTS"}
        return self._created(body)

    def _created(self, body: Any) -> tuple[int, Any]:
        if body.get("refuse"):
            return 400, {"code": "NO-CEP", "message": f"CEP of {body['name']} is not known"}
        order = Order(f"R{len(self.orders) + 1}", body["key"], body, time.monotonic())
        self.orders.append(order)
        return 201, {"id": order.id}

    def _found(self, key: str) -> tuple[int, Any]:
        seen = [o for o in self.orders if o.key == key and time.monotonic() - o.made_at >= self.lag]
        return 200, {"found": [{"id": order.id} for order in seen]}

    def _compared(self, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        if headers.get("if-match") != str(len(self.orders)):
            return 412, {"code": "MOVED"}
        return self._created(body)

    def _cancelled(self, number: str) -> tuple[int, Any]:
        order = self._order(number)
        if order.status == "cancelled":
            return 409, {"code": "ALREADY"}
        order.status = "cancelled"
        return 200, {}

    def _order(self, number: str) -> Order:
        return next(order for order in self.orders if order.id == number)

    def _set(self, item: Any) -> dict[str, Any]:
        why = self.refused.get(item["id"])
        if why is None:
            self.values.setdefault(item["id"], {}).update(item)
        return {"id": item["id"], "ok": why is None, "why": why or ""}

    def _put(self, number: str, body: Any) -> tuple[int, Any]:
        if number in self.refused:
            return 400, {"code": self.refused[number]}
        self.values.setdefault(number, {}).update(body)
        return 200, {}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler(probe: HandoffProbe) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer goes out in one piece, or the other side waits 40 ms for the second

        def do_GET(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", "0")))
            body = json.loads(raw) if raw else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said, more = probe.answer(self.command, self.path, headers, body)
            if status is None:
                self.close_connection = True
                return
            self._say(status, json.dumps(said).encode(), more)

        def _say(self, status: int, body: bytes, more: dict[str, str]) -> None:
            try:
                self.send_response(status)
                for name, value in {"content-length": str(len(body)), **more}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()
            except OSError:
                self.close_connection = True

        do_POST = do_PUT = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler
