"""Streams and polls of the self-check, with answers in the test's hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx2

from tertulia_client.checkup.finding import Finding, Verdict
from tertulia_client.checkup.streams import check_poll, check_stream

HELLO = b'data: ["hello",{}]\n\n'


def answering(answer: Callable[[httpx2.Request], httpx2.Response]) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://forum.test")


async def stream_of(*pieces: bytes, stays: bool = True, status: int = 200) -> list[Finding]:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece
        if stays:
            await asyncio.sleep(3600)

    async with answering(lambda _: httpx2.Response(status, content=body())) as http:
        return await check_stream(http, patience_s=0.2, idle_s=0.05)


async def test_greeting_may_come_in_pieces() -> None:
    assert [finding.verdict for finding in await stream_of(HELLO[:9], HELLO[9:])] == [Verdict.OK, Verdict.OK]


async def test_stream_that_is_silent_ends_or_is_refused_is_wrong() -> None:
    for stream, words in [
        (stream_of(b": tertulia\n\n"), "nothing came"),
        (stream_of(b": tertulia\n\n", stays=False), "ended before"),
        (stream_of(HELLO, status=404), "status 404"),
    ]:
        [finding] = await stream
        assert finding.verdict is Verdict.FAIL
        assert words in finding.sentence
        assert finding.advice


async def test_stream_that_ends_after_its_greeting_does_not_last() -> None:
    first, rest = await stream_of(HELLO, stays=False)
    assert (first.verdict, rest.verdict) == (Verdict.OK, Verdict.FAIL)


async def test_network_that_breaks_is_a_finding() -> None:
    def break_off(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("cut", request=request)

    async with answering(break_off) as http:
        [stream] = await check_stream(http, patience_s=0.2, idle_s=0)
        poll = await check_poll(http, idle_s=0)
    assert (stream.verdict, poll.verdict) == (Verdict.FAIL, Verdict.FAIL)


async def test_poll_that_is_refused_or_does_not_wait_is_wrong() -> None:
    for status, words in [(504, "status 504"), (200, "not by the server")]:
        async with answering(lambda _, status=status: httpx2.Response(status, json={})) as http:  # type: ignore[misc]
            finding = await check_poll(http, idle_s=5)
        assert finding.verdict is Verdict.FAIL
        assert words in finding.sentence
