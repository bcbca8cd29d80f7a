"""A sandbox served on a real port, and a receiver of its notifications."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from sandbox.app import create_app
from sandbox.platform import Platform


class Running:
    """The sandbox served by uvicorn in a thread; `client` speaks to it, `control` to its control API."""

    def __init__(self, state: Path | None, speed: float | None, platforms: Sequence[Platform] | None) -> None:
        app = create_app(state, speed=speed, platforms=platforms)
        # asyncio switches Nagle off only where the protocol is named; else each answer waits 40 ms
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        self.client = httpx.Client(base_url=self.url, timeout=10, trust_env=False)
        wait_for(lambda: self._server.started)

    def control(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """A call of the control API that must succeed; its JSON."""
        verb = method or ("GET" if body is None else "POST")
        answer = self.client.request(verb, f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, **rule: Any) -> None:
        """Put one fault rule in force."""
        self.control("faults", [rule])

    def stop(self) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join(5)


class Receiver:
    """A small HTTP server that keeps what it is sent; `answers` are given in turn, then `answer` for ever."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], Any]] = []
        self.answers: list[tuple[int, Any]] = []
        self.answer: tuple[int, Any] = (200, {})
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {key.lower(): value for key, value in self.headers.items()}
                receiver.got.append((self.path, headers, json.loads(raw) if raw else None))
                status, body = receiver.answers.pop(0) if receiver.answers else receiver.answer
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def bodies(self, path: str = "") -> list[Any]:
        """What was posted to paths that begin with `path`, in order of arrival."""
        return [body for at, _, body in self.got if at.startswith(path)]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def wait_for(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Wait until the condition holds; what it gave. Fails the test after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.01)
    return found
