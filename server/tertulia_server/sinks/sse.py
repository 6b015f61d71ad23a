"""Server-sent events: a streaming HTTP answer that takes what would go to a WebSocket."""

from __future__ import annotations

import json
from collections.abc import Iterable, MutableMapping
from typing import Any, Final

from tertulia_server.sinks.asgi import Send
from tertulia_server.sinks.sent import SentCursors, kind_of
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.codes import Action, action_of
from tertulia_wire.messages import Drain, Refused, Subscribed, Unsubscribed

HEADERS: Final = (
    (b"content-type", b"text/event-stream"),
    # no-transform keeps proxies from compressing, and so from waiting for enough to compress.
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
)

CLOSE: Final = "close"
"""The only event with a name of its own: what a close frame says, which is no message. All messages are events without
a name: one listener hears them all, and none is taken for the ``error`` that browsers raise when a stream breaks."""

LAST_RETRY_MS: Final = 60_000
"""When a browser that may follow nothing tries again by itself: it cannot be told to give up, only to wait."""


class EventStream:
    """The ``send`` of an `AsgiSink`: each message is one server-sent event, whose id is the cursors behind it.

    Ends the answer when the sink is closed, or when nothing of what was ``wanted`` is followed any more. A browser
    comes back by itself ``retry_ms`` after a stream that broke.
    """

    def __init__(self, send: Send, cursors: SentCursors, *, retry_ms: int, is_wanted: bool) -> None:
        self._send = send
        self._retry_ms = retry_ms
        self._is_wanted = is_wanted
        self._cursors = cursors
        self.is_over = False
        self.sent_count = 0

    async def start(self) -> None:
        """Status, headers and a first line, so that they leave at once through whatever stands in between."""
        await self._send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
        await self._write(f": tertulia\nretry: {self._retry_ms}\n\n")

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        """A message as for a WebSocket."""
        if self.is_over:
            return
        if message["type"] == "websocket.close":
            await self._end(f"event: {CLOSE}\ndata: {json.dumps([message['code'], message['reason']])}\n\n")
            return
        payload: str = message["text"]
        self._cursors.note(payload)
        kind = kind_of(payload)
        said = _event(payload, str(self._cursors))
        if kind == Drain.kind:
            said = f"retry: {_after_ms(payload)}\n{said}"
        self.sent_count += 1
        if self._is_wanted and not self._cursors.follows_any and kind in {Subscribed.kind, Unsubscribed.kind}:
            await self._end(f"retry: {_retry_ms(payload)}\n{said}")
        else:
            await self._write(said)

    async def _write(self, text: str) -> None:
        await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def _end(self, text: str) -> None:
        self.is_over = True
        await self._send({"type": "http.response.body", "body": text.encode(), "more_body": False})


def _event(data: str, cursors: str) -> str:
    """No line ends in it but ours, since JSON escapes them; and no empty id: a browser would forget its last."""
    place = f"id: {cursors}\n" if cursors else ""
    return f"{place}data: {data}\n\n"


def _after_ms(payload: str) -> int:
    message = decode_server_message(payload, Encoding.JSON)
    return message.after_ms if isinstance(message, Drain) else 0


def _retry_ms(payload: str) -> int:
    """When to ask again for what was refused."""
    message = decode_server_message(payload, Encoding.JSON)
    refusals = message.items if isinstance(message, Subscribed) else ()
    return min(_waits_ms(item for item in refusals if isinstance(item, Refused)), default=LAST_RETRY_MS)


def _waits_ms(refusals: Iterable[Refused]) -> list[int]:
    return [item.retry_after_ms or 0 for item in refusals if action_of(item.code) is Action.RETRY]
