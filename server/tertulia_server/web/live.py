"""The live connection: a WebSocket at ``/live``. Beside it, SSE and long poll (`web.sse`, `web.long_poll`).

One call of the endpoint is one connection: it accepts, says hello, and reads until the peer is gone. What is sent
goes through the sink alone, so replies and events keep their order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from time import monotonic
from typing import Any

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from tertulia_server.errors import TertuliaError
from tertulia_server.hub.sink import Sink
from tertulia_server.live.live import Live
from tertulia_server.session import (
    Close,
    Reply,
    Session,
    SignalAsked,
    SubscribeAsked,
    UnsubscribeAsked,
    Wanted,
)
from tertulia_server.sinks.asgi import AsgiSink
from tertulia_server.sinks.direct import TAKE_OVER, Take
from tertulia_server.web.following import Following, Met, live_of, meet
from tertulia_server.web.identity import identify
from tertulia_server.web.long_poll import answer_poll
from tertulia_server.web.methods import by_method
from tertulia_server.web.problems import problem_data, problem_response
from tertulia_server.web.sse import serve_events
from tertulia_wire.codec import Encoding, choose_encoding
from tertulia_wire.codes import Code
from tertulia_wire.messages import Error, Refused


def live_routes() -> list[BaseRoute]:
    """``/live`` for WebSockets, and what stands in for one; the application keeps its `Live` at ``app.state.live``."""
    return [
        WebSocketRoute("/live", serve_live, name="live"),
        by_method("/live/events", GET=serve_events),
        by_method("/live/poll", GET=answer_poll),
    ]


async def serve_live(websocket: WebSocket) -> None:
    """One connection, from handshake to end."""
    encoding = choose_encoding(websocket.scope.get("subprotocols", []))
    if encoding is None:
        await _deny(websocket, TertuliaError(Code.PROTOCOL_UNSUPPORTED))
        return
    try:
        met = await meet(websocket, identify)
    except TertuliaError as error:
        await _deny(websocket, error)
        return
    live = live_of(websocket)
    take = websocket.scope.get("extensions", {}).get(TAKE_OVER)
    if take is not None:
        _hand_over(take["take"], encoding, met, live)
        return
    await websocket.accept(encoding.value)
    sink = AsgiSink(encoding, websocket.send, max_outbox_bytes=live.settings.max_outbox_bytes)
    conversation = Conversation(live, met, sink)
    try:
        async with sink.running():
            conversation.begin()
            await _converse(websocket, sink, conversation)
    finally:
        conversation.end()


def _hand_over(take: Take, encoding: Encoding, met: Met, live: Live) -> None:
    """Give the socket to the fast sink: no call of the endpoint lives as long as the connection."""
    taken = take(encoding, live.settings.max_outbox_bytes)
    if taken is not None:
        sink, early = taken
        sink.begin(Conversation(live, met, sink), live.errands, early)


async def _converse(websocket: WebSocket, sink: AsgiSink, conversation: Conversation) -> None:
    """Read and answer until the peer is gone, or told to go."""
    while True:
        await sink.drained()
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        errand = conversation.receive(text if text is not None else message.get("bytes") or b"")
        if errand is not None:
            await errand


async def _deny(websocket: WebSocket, error: TertuliaError) -> None:
    """Refuse the handshake: with a problem document where the server can, else with its plain 403."""
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        problem = problem_data(error.code, str(error), error.retry_after_ms)
        await websocket.send_denial_response(problem_response(problem))
        await asyncio.sleep(0)  # uvicorn logs a mistake of ours unless it has closed the transport before we return
    else:
        await websocket.close(int(error.code), error.code.sentence)


class Conversation:
    """One accepted connection: carries what the session asks for to the hub and the store.

    Knows its peer by the sink only; whoever owns the socket hands in what was received, one message after the other.
    """

    __slots__ = ("_following", "_listener", "_live", "_session", "_sink")

    def __init__(self, live: Live, met: Met, sink: Sink) -> None:
        self._live = live
        self._sink = sink
        self._listener = live.hub.connect(sink)
        self._following = Following(live, met, self._listener)
        self._session = Session(sink.encoding, monotonic())
        self._listener.on_drop = self._session.forget

    def begin(self) -> None:
        """Say hello, or that there is no room."""
        try:
            self._live.admission.admit()
        except TertuliaError as refusal:
            self._turn_away(refusal)
        else:
            self._following.greet()

    def receive(self, data: bytes | str) -> Coroutine[Any, Any, None] | None:
        """Do what one message of the peer asks for.

        What needs the store is returned: the next message is taken when that is done.
        """
        for outcome in self._session.receive(data, monotonic()):
            match outcome:
                case SubscribeAsked():
                    return self._subscribe(outcome)  # the session gives nothing else for such a message
                case UnsubscribeAsked(channels):
                    for channel in channels:
                        self._listener.unsubscribe(channel)
                case SignalAsked(channel, name):
                    self._following.signal(channel, name)
                case Reply(message):
                    self._listener.send(message)
                case Close(code):
                    self._sink.close(int(code), code.sentence)
        return None

    def end(self) -> None:
        """The connection is over. Idempotent."""
        self._listener.close()

    async def _subscribe(self, asked: SubscribeAsked) -> None:
        """What was wanted and is refused may be asked for again."""
        answers = await self._following.subscribe(asked.ref, asked.items)
        for answer, item in zip(answers, asked.items, strict=True):
            if isinstance(answer, Refused) and isinstance(item, Wanted):
                self._session.forget(item.channel)

    def _turn_away(self, refusal: TertuliaError) -> None:
        code = refusal.code
        self._listener.send(Error(None, code, str(refusal), refusal.retry_after_ms))
        self._sink.close(int(code), code.sentence)
