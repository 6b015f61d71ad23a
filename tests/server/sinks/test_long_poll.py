"""The sink that is emptied into one answer."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tertulia_server.hub.frame import Frame
from tertulia_server.sinks import long_poll
from tertulia_server.sinks.long_poll import PollSink
from tertulia_server.sinks.sent import SentCursors
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.hello import hello_data
from tertulia_wire.messages import Accepted, Error, Event, Hello, Message, Pong, Refused, Reset, Subscribed

ACCEPTED = Subscribed(0, [Accepted("site", Cursor("e", 0), 0)])
HELLO = Hello(hello_data(heartbeat_ms=1000, member=None))


def frame(*messages: Message) -> Frame:
    return Frame([encode(message, Encoding.JSON) for message in messages], is_text=True)


def answer_of(sink: PollSink) -> Any:
    return json.loads(sink.answer())


async def has_news(sink: PollSink) -> bool:
    """Whether it had some before anything else could happen."""
    waiting = asyncio.create_task(sink._has_news.wait())
    await asyncio.sleep(0)
    is_there = waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])
    return is_there


async def test_answer_holds_what_was_pushed_and_where_to_go_on() -> None:
    sink = PollSink(SentCursors(), max_bytes=1000)
    assert sink.push(frame(ACCEPTED))
    assert sink.push(frame(Event("site", 1, "void", {}), Event("site", 2, "void", {"text": "Grüße"})))
    await sink.news()
    assert answer_of(sink) == {
        "messages": [
            ["subscribed", 0, [["site", ["e", 0], 0]]],
            ["event", "site", 1, "void", {}],
            ["event", "site", 2, "void", {"text": "Grüße"}],
        ],
        "since": "site=e.2",
    }


async def test_greeting_and_consent_are_no_news() -> None:
    sink = PollSink(SentCursors(), max_bytes=1000)
    sink.push(frame(HELLO, ACCEPTED, Pong(0)))
    assert not await has_news(sink)


@pytest.mark.parametrize(
    "message",
    [
        Event("site", 1, "void", {}),
        Reset("site", Cursor("e", 0), "epoch"),
        Subscribed(0, [Accepted("site", Cursor("e", 0), 0), Refused("thread:1", Code.UNKNOWN_CHANNEL, "none")]),
        Error(None, Code.OVERLOADED, "busy", 100),
    ],
    ids=lambda message: message.kind,
)
async def test_everything_else_is(message: Message) -> None:
    sink = PollSink(SentCursors(), max_bytes=1000)
    sink.push(frame(ACCEPTED))
    sink.push(frame(message))
    assert await has_news(sink)


async def test_more_is_waited_for_only_while_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_poll, "LINGER_S", 3600.0)
    sink = PollSink(SentCursors(), max_bytes=100)
    sink.push(frame(ACCEPTED))
    assert sink.push(frame(Event("site", 1, "void", {})))
    waiting = asyncio.create_task(sink.news())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    assert not sink.push(frame(Event("site", 2, "void", {"text": "x" * 100}))), "taken, but no more"
    await waiting
    assert answer_of(sink)["since"] == "site=e.2"


async def test_good_bye_goes_out_at_once_with_what_there_is() -> None:
    sink = PollSink(SentCursors(), max_bytes=1000)
    sink.push(frame(ACCEPTED))
    sink.close(4001, "stopping")
    sink.close(4002, "again")
    assert not sink.push(frame(Event("site", 1, "void", {})))
    await sink.news()
    answer = answer_of(sink)
    assert answer["close"] == [4001, "stopping"]
    assert len(answer["messages"]) == 1
