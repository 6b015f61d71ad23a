"""``GET /live/poll``: the live connection one answer at a time, for those who cannot even have a stream."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from tertulia_server.hub.listener import Grant
from tertulia_server.live.live import Live
from tertulia_server.session import Wanted
from tertulia_server.sinks.long_poll import PollSink
from tertulia_server.sinks.sent import SentCursors
from tertulia_server.web.following import Following, Met, live_of, meet
from tertulia_server.web.wanted import cursors_of, identify_follower, parse_count, parse_wanted
from tertulia_wire.limits import MAX_POLL_WAIT_MS, MAX_VECTOR_CHANNELS
from tertulia_wire.messages import Refused

HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
CATCH_UP_WAIT_MS: Final = 5000
"""How long an answer waits for what is known to be there, even if the client does not want to wait."""


async def answer_poll(request: Request) -> Response:
    """What is after the cursors, at once or as soon as there is something; ``since`` is for the next poll."""
    live = live_of(request)
    wanted, ref = parse_wanted(request), parse_count(request, "ref", 0)
    wait_ms = parse_count(request, "wait_ms", MAX_POLL_WAIT_MS, MAX_POLL_WAIT_MS)
    met = await meet(request, identify_follower)
    if request.method == "HEAD":
        return Response(headers=HEADERS, media_type="application/json")
    body = await _poll(request, live, met, ref, wanted, wait_ms)
    return Response(body, headers=HEADERS, media_type="application/json")


async def _poll(
    request: Request, live: Live, met: Met, ref: int, wanted: Sequence[Wanted | Refused], wait_ms: int
) -> bytes:
    sink = PollSink(SentCursors(cursors_of(wanted)), max_bytes=live.settings.max_outbox_bytes)
    listener = live.hub.connect(sink)
    try:
        live.admission.admit()
        following = Following(live, met, listener)
        following.greet(MAX_VECTOR_CHANNELS)
        answers = await following.subscribe(ref, wanted)
        if _is_behind(answers, live.hub.epoch):
            wait_ms = max(wait_ms, CATCH_UP_WAIT_MS)
        await _wait(request, sink, wait_ms / 1000)
        return sink.answer()
    finally:
        listener.close()


def _is_behind(answers: Sequence[Grant | Refused], epoch: str) -> bool:
    """Whether something is on its way already. A cursor of another log is told so at once."""
    grants = [answer for answer in answers if isinstance(answer, Grant) and answer.is_behind]
    return any(grant.cursor is not None and grant.cursor.epoch == epoch for grant in grants)


async def _wait(request: Request, sink: PollSink, wait_s: float) -> None:
    """Until there is news, the time is over, or nobody waits any more."""
    waiting = [asyncio.create_task(sink.news()), asyncio.create_task(_until_gone(request))]
    try:
        await asyncio.wait(waiting, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
