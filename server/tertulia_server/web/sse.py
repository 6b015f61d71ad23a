"""``GET /live/events``: the live connection as server-sent events, for those who cannot have a WebSocket."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tertulia_server.errors import TertuliaError
from tertulia_server.hub.listener import Listener
from tertulia_server.live.live import Live
from tertulia_server.session import Wanted
from tertulia_server.sinks.asgi import AsgiSink
from tertulia_server.sinks.peer_socket import abort_peer, bound_silence
from tertulia_server.sinks.sent import SentCursors
from tertulia_server.sinks.sse import HEADERS, EventStream
from tertulia_server.web.following import Following, Met, live_of, meet
from tertulia_server.web.wanted import cursors_of, identify_follower, parse_count, parse_wanted
from tertulia_wire.codec import Encoding
from tertulia_wire.limits import MAX_VECTOR_CHANNELS
from tertulia_wire.messages import Error, Pong, Refused
from tertulia_wire.signals import READING

RETRY_MS: Final = (1000, 5000)
"""After a stream that broke, browsers come back by themselves: each after a time of its own, not all together."""

BEATS: Final = 2
"""Signs of life in a silent ``heartbeat_ms``: one may be late."""


async def serve_events(request: Request) -> Response:
    """A stream that begins with `hello` and `subscribed`. Without a channel it brings nothing but heartbeats: by that
    anybody can see whether streams pass what stands between us."""
    live = live_of(request)
    wanted, ref = parse_wanted(request), parse_count(request, "ref", 0)
    met = await meet(request, identify_follower)
    if request.method == "HEAD":
        return Response(headers={name.decode(): value.decode() for name, value in HEADERS})
    return EventStreamResponse(live, met, ref, wanted, is_reader=parse_count(request, READING, 0) > 0)


class EventStreamResponse(Response):
    """Serves one connection, from its first byte until the peer is gone or told to go."""

    def __init__(self, live: Live, met: Met, ref: int, wanted: Sequence[Wanted | Refused], *, is_reader: bool) -> None:
        super().__init__()
        self._live = live
        self._met = met
        self._ref = ref
        self._wanted = wanted
        self._is_reader = is_reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        settings = self._live.settings
        cursors = SentCursors(cursors_of(self._wanted))
        stream = EventStream(send, cursors, retry_ms=random.randint(*RETRY_MS), is_wanted=bool(self._wanted))
        sink = AsgiSink(Encoding.JSON, stream, max_outbox_bytes=settings.max_outbox_bytes)
        listener = self._live.hub.connect(sink)
        try:
            bound_silence(receive, settings.heartbeat_ms / BEATS / 1000 + settings.ping_timeout_s)
            await stream.start()
            async with sink.running():
                await self._begin(listener, sink)
                await self._stay(listener, stream, receive)
        finally:
            listener.close()
        if not stream.is_over:
            await abort_peer(receive)

    async def _begin(self, listener: Listener, sink: AsgiSink) -> None:
        try:
            self._live.admission.admit()
        except TertuliaError as refusal:
            listener.send(Error(None, refusal.code, str(refusal), refusal.retry_after_ms))
            sink.close(int(refusal.code), refusal.code.sentence)
            return
        following = Following(self._live, self._met, listener)
        following.greet(MAX_VECTOR_CHANNELS)
        if self._wanted:
            answers = await following.subscribe(self._ref, self._wanted)
            for answer in answers if self._is_reader else ():
                following.signal(answer.channel, READING)

    async def _stay(self, listener: Listener, stream: EventStream, receive: Receive) -> None:
        """Until the peer is gone; a silent line gets a `pong` now and then."""
        beat_s = self._live.settings.heartbeat_ms / BEATS / 1000
        is_gone = False
        while not is_gone:
            sent_count = stream.sent_count
            try:
                async with asyncio.timeout(beat_s):
                    is_gone = (await receive())["type"] == "http.disconnect"
            except TimeoutError:
                if stream.sent_count == sent_count and listener.is_writable:
                    listener.send(Pong(0))
