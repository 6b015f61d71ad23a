"""Headers that every answer carries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY: Final = (
    "default-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""No script, worker, style or image but ours: neither inline nor from anywhere else."""

DEFAULT_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    # same-origin, not no-referrer: that would turn the Origin of our own forms into "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-cache",
}


_RAW_HEADERS: Final = [(name.lower().encode(), value.encode()) for name, value in DEFAULT_HEADERS.items()]


def add_default_headers(headers: MutableHeaders) -> None:
    """Add what an answer has not set by itself."""
    for name, value in DEFAULT_HEADERS.items():
        headers.setdefault(name, value)


class DefaultHeaders:
    """ASGI middleware around everything; leaves WebSockets alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_default_headers(message.get("headers", ()))
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _with_default_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The same as `add_default_headers`, for each answer: names are in lower case there."""
    given = list(headers)
    names = {name for name, _ in given}
    return given + [pair for pair in _RAW_HEADERS if pair[0] not in names]
