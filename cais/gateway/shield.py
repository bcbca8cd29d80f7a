"""What an unforeseen error looks like from outside and in the log: its name, none of its values."""

from __future__ import annotations

import logging

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)


class Shield:
    """Answers 500 in plain words, so that a platform sends its hook again; a traceback would hold values."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answered = False

        async def note(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Exception as error:
            _log.error("a request to the gateway failed: %s", type(error).__name__)
            if not answered:
                await JSONResponse({"error": "the hub could not take this; send it again"}, 500)(scope, receive, send)
