"""A streaming HTTP answer as the peer of the portable sink."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, Final

from tertulia_server.hub.frame import Frame
from tertulia_server.sinks.asgi import AsgiSink
from tertulia_server.sinks.sent import SentCursors
from tertulia_server.sinks.sse import HEADERS, LAST_RETRY_MS, EventStream
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Accepted, Drain, Event, Message, Refused, Subscribed, Unsubscribed

OUTBOX_BYTES: Final = 4000
ACCEPTED = Subscribed(0, [Accepted("site", Cursor("e", 0), 0)])


class Browser:
    """Takes what an HTTP answer brings, unless it is told to stop reading."""

    def __init__(self) -> None:
        self.start: MutableMapping[str, Any] = {}
        self.text = ""
        self.is_ended = False
        self._is_reading = asyncio.Event()
        self._is_reading.set()
        self._changed = asyncio.Condition()

    async def send(self, message: MutableMapping[str, Any]) -> None:
        await self._is_reading.wait()
        async with self._changed:
            assert not self.is_ended, "the answer was complete"
            if message["type"] == "http.response.start":
                self.start = message
            else:
                self.text += message["body"].decode()
                self.is_ended = not message["more_body"]
            self._changed.notify_all()

    def stop(self) -> None:
        self._is_reading.clear()

    def read_again(self) -> None:
        self._is_reading.set()

    async def events(self, count: int) -> list[str]:
        """The blocks behind the first, once there are so many."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.text.count("\n\n") > count)
        return self.text.split("\n\n")[1 : count + 1]

    async def ended(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.is_ended)


@asynccontextmanager
async def opened(*, is_wanted: bool = True) -> AsyncIterator[tuple[AsgiSink, Browser, EventStream]]:
    browser = Browser()
    stream = EventStream(browser.send, SentCursors(), retry_ms=1234, is_wanted=is_wanted)
    await stream.start()
    sink = AsgiSink(Encoding.JSON, stream, max_outbox_bytes=OUTBOX_BYTES)
    async with sink.running():
        yield sink, browser, stream


def frame(*messages: Message) -> Frame:
    return Frame([encode(message, Encoding.JSON) for message in messages], is_text=True)


def event(seq: int, text: str = "") -> Event:
    return Event("site", seq, "void", {"text": text})


async def test_answer_begins_before_there_is_anything_to_tell() -> None:
    async with opened() as (_, browser, _stream):
        assert browser.start["headers"] == list(HEADERS)
        assert browser.text == ": tertulia\nretry: 1234\n\n"


async def test_each_message_is_one_event_with_the_cursors_behind_it() -> None:
    async with opened() as (sink, browser, _):
        sink.push(frame(ACCEPTED))
        sink.push(frame(event(1), event(2, "\r\nGrüße\u2028")))
        assert await browser.events(3) == [
            'id: site=e.0\ndata: ["subscribed",0,[["site",["e",0],0]]]',
            'id: site=e.1\ndata: ["event","site",1,"void",{"text":""}]',
            'id: site=e.2\ndata: ["event","site",2,"void",{"text":"\\r\\nGrüße\u2028"}]',
        ]


async def test_reader_that_stops_is_told_about_once_and_loses_nothing() -> None:
    async with opened() as (sink, browser, _):
        writable = asyncio.Event()
        sink.on_writable = writable.set
        sink.push(frame(ACCEPTED))
        browser.stop()
        seq = 1
        while sink.push(frame(event(seq, "x" * 100))):
            seq += 1
        assert seq * 100 <= OUTBOX_BYTES + 200
        browser.read_again()
        await writable.wait()
        assert sink.push(frame(event(seq + 1)))
        ids = [block.split("\n")[0] for block in await browser.events(seq + 2)]
        assert ids == [f"id: site=e.{number}" for number in range(seq + 2)]


async def test_good_bye_comes_last_with_its_code() -> None:
    async with opened() as (sink, browser, stream):
        sink.push(frame(ACCEPTED))
        sink.close(int(Code.DRAINING), "stopping")
        assert not sink.push(frame(event(1)))
        await browser.ended()
        assert browser.text.endswith('event: close\ndata: [4001, "stopping"]\n\n')
        assert stream.is_over


async def test_drain_sets_the_browsers_own_wait_too() -> None:
    async with opened() as (sink, browser, _):
        sink.push(frame(ACCEPTED, Drain(700)))
        assert (await browser.events(2))[1].startswith("retry: 700\nid: site=e.0\n")


async def test_answer_ends_when_nothing_is_followed_any_more() -> None:
    async with opened() as (sink, browser, _):
        sink.push(frame(ACCEPTED, Unsubscribed("site", "rights")))
        await browser.ended()
        assert f"retry: {LAST_RETRY_MS}\nid: " in browser.text


async def test_refusal_that_will_pass_names_its_time() -> None:
    passing = Refused("site", Code.STORE_UNAVAILABLE, "away", 900)
    for items, retry_ms in [
        ([passing, Refused("thread:1", Code.UNKNOWN_CHANNEL, "none")], 900),
        ([Refused("thread:1", Code.UNKNOWN_CHANNEL, "none")], LAST_RETRY_MS),
    ]:
        async with opened() as (sink, browser, _):
            sink.push(frame(Subscribed(0, items)))
            await browser.ended()
            assert f"retry: {retry_ms}\ndata: " in browser.text


async def test_stream_that_was_to_follow_nothing_stays() -> None:
    async with opened(is_wanted=False) as (sink, browser, stream):
        sink.push(frame(Subscribed(0, [])))
        await browser.events(1)
        assert not stream.is_over
