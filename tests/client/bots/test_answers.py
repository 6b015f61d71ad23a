from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from tertulia_client.api import Api
from tertulia_client.bots.answers import Answers, answer_key
from tertulia_client.errors import ApiError
from tertulia_client.events import Event, read_event
from tertulia_client.notices import EventReceived
from tertulia_client.testing import FakeServer, post_data, thread_data
from tertulia_client.testing.answering import problem
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.limits import MAX_KEY_CHARS, MIN_KEY_CHARS


def event(post_id: int = 1, *, channel: str = "thread:1", seq: int = 5, epoch: str = "e1") -> Event:
    data = {"post": post_data(post_id, 1, 1, "x"), "thread": thread_data(1)}
    return read_event(EventReceived(channel, seq, "post.created", data, Cursor(epoch, seq)))


def unknown(seq: int = 5, channel: str = "thread:1") -> Event:
    return Event(channel, seq, "post.sung", Cursor("e1", seq), {})


def test_key_is_the_same_each_time_and_differs_in_each_part() -> None:
    keys = [
        answer_key("7", "hello", event(), 1),
        answer_key("8", "hello", event(), 1),
        answer_key("7", "bye", event(), 1),
        answer_key("7", "hello", event(2), 1),
        answer_key("7", "hello", event(epoch="e2"), 1),
        answer_key("7", "hello", event(), 2),
        answer_key("7", "hello", unknown(), 1),
        answer_key("7", "hello", unknown(6), 1),
        answer_key("7", "hello", unknown(channel="thread:2"), 1),
    ]
    assert answer_key("7", "hello", event(), 1) == keys[0]
    assert all(one != other for one, other in combinations(keys, 2))
    assert all(MIN_KEY_CHARS <= len(key) <= MAX_KEY_CHARS for key in keys)


def test_post_has_one_answer_whichever_channel_brought_it() -> None:
    assert answer_key("7", "hello", event(), 1) == answer_key("7", "hello", event(channel="forum:3", seq=9), 1)


async def test_event_that_is_handled_twice_is_answered_once() -> None:
    async with FakeServer() as server, Api(server.url, token="t") as api:
        for _ in range(2):
            answers = Answers(api, bot="7", handler="hello", event=event())
            await answers.reply(1, "first")
            await answers.reply(1, "second")
        assert server.texts == ["first", "second"]
        assert replace(event(), seq=6).about == event().about


async def test_mark_is_given_once_and_a_removed_post_needs_none() -> None:
    async with FakeServer() as server, Api(server.url, token="t") as api:
        server.say("one")
        for _ in range(2):
            await Answers(api, bot="7", handler="hello", event=event()).rate(1, "positive")
        assert [name for name, _ in server.logs["thread:1"]] == ["post.created", "post.rated"]
        assert server.posts[0]["positive"] == 1
        server.faults.api_answers.append(problem(Code.POST_REMOVED))
        await Answers(api, bot="7", handler="hello", event=event()).rate(1, "negative")
        server.faults.api_answers.append(problem(Code.FORBIDDEN))
        with pytest.raises(ApiError):
            await Answers(api, bot="7", handler="hello", event=event()).rate(1, "negative")
