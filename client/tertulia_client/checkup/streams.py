"""What stands in for a WebSocket: do server-sent events come at once, and may a request wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import httpx2

from tertulia_client.checkup.finding import Finding, fail, ok, words_of
from tertulia_wire.limits import MAX_POLL_WAIT_MS

STREAM: Final = "event stream"
STREAM_LASTS: Final = "stream lasts"
POLL: Final = "long poll"
BUFFER_ADVICE: Final = (
    "Something collects the stream before it passes it on.\n"
    "nginx, for /live/: proxy_buffering off; proxy_cache off; gzip off; and do not ignore X-Accel-Buffering"
)
COMPRESSION_ADVICE: Final = "nginx: gzip_types must not name text/event-stream (nor *); gzip off; for /live/"
LASTS_ADVICE: Final = "nginx, for /live/: proxy_read_timeout 75s; (a silent stream says something every 13 s)"
WAIT_ADVICE: Final = "nginx, for /live/: proxy_read_timeout 75s; and no cache for answers that say no-store"
EARLY_SHARE: Final = 0.7
"""An answer that comes before this share of the time that it should have waited did not wait."""


async def check_stream(http: httpx2.AsyncClient, *, patience_s: float, idle_s: float) -> list[Finding]:
    """A stream without a channel: the server greets at once, so whatever comes late was held up on the way."""
    request = http.build_request("GET", "/live/events", headers={"Accept": "text/event-stream"})
    request.headers["Accept-Encoding"] = "gzip, br"
    try:
        async with asyncio.timeout(patience_s):
            response = await http.send(request, stream=True)
    except TimeoutError:
        return [fail(STREAM, f"no answer began in {patience_s:g} s", BUFFER_ADVICE)]
    except httpx2.HTTPError as error:
        return [fail(STREAM, f"no connection: {words_of(error)}", LASTS_ADVICE)]
    try:
        chunks = response.aiter_raw()
        first = await _check_first(response, chunks, patience_s)
        return [first] if first.advice else [first, await _check_rest(chunks, idle_s)]
    finally:
        await response.aclose()


async def check_poll(http: httpx2.AsyncClient, *, idle_s: float) -> Finding:
    """A request that has nothing to tell: it should wait for as long as it was asked to."""
    wait_s = min(max(idle_s, 0.5), MAX_POLL_WAIT_MS / 1000)
    clock = asyncio.get_running_loop().time
    began_s = clock()
    try:
        response = await http.get("/live/poll", params={"wait_ms": round(wait_s * 1000)}, timeout=wait_s + 10)
    except httpx2.HTTPError as error:
        return fail(POLL, f"cut off after {clock() - began_s:.1f} s: {words_of(error)}", WAIT_ADVICE)
    waited_s = clock() - began_s
    if not response.is_success:
        return fail(POLL, f"status {response.status_code} after {waited_s:.1f} s", WAIT_ADVICE)
    if waited_s < wait_s * EARLY_SHARE:
        return fail(POLL, f"answered after {waited_s:.1f} s, not after {wait_s:g} s: not by the server", WAIT_ADVICE)
    return ok(POLL, f"waits {wait_s:g} s for news")


async def _check_first(response: httpx2.Response, chunks: AsyncIterator[bytes], patience_s: float) -> Finding:
    if response.status_code != httpx2.codes.OK:
        return fail(STREAM, f"status {response.status_code}", "nginx: pass /live/events on to the server")
    if "content-encoding" in response.headers:
        encoding = response.headers["content-encoding"]
        return fail(STREAM, f"compressed on the way ({encoding}), and so held up", COMPRESSION_ADVICE)
    received = b""
    try:
        async with asyncio.timeout(patience_s):
            while b'["hello",' not in received:
                received += await anext(chunks)
    except TimeoutError:
        return fail(STREAM, f"it is open, but nothing came in {patience_s:g} s", BUFFER_ADVICE)
    except (httpx2.HTTPError, StopAsyncIteration):
        return fail(STREAM, "it ended before the server's greeting", LASTS_ADVICE)
    return ok(STREAM, "what is pushed comes at once")


async def _check_rest(chunks: AsyncIterator[bytes], idle_s: float) -> Finding:
    try:
        async with asyncio.timeout(idle_s):
            async for _ in chunks:
                pass
    except TimeoutError:
        return ok(STREAM_LASTS, f"open after {idle_s:g} s")
    except httpx2.HTTPError:
        pass
    return fail(STREAM_LASTS, f"ended within {idle_s:g} s", LASTS_ADVICE)
