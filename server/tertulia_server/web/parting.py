"""Connections of clients that keep them: while the worker drains, each ends with the answer that is under way.

A proxy that holds its connections to us would else send the next request into one that is just being closed.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tertulia_server.live.live import Live


class Parting:
    """ASGI middleware; the server in front of us closes a connection whose answer says ``Connection: close``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        live: Live = scope["app"].state.live

        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start" and live.draining.is_draining:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, receive, send_last)
