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
        answer_key("7", "hello", "e1", ("post.created", 1, 0), 1),
        answer_key("8", "hello", "e1", ("post.created", 1, 0), 1),
        answer_key("7", "bye", "e1", ("post.created", 1, 0), 1),
        answer_key("7", "hello", "e1", ("post.created", 2, 0), 1),
        answer_key("7", "hello", "e2", ("post.created", 1, 0), 1),
        answer_key("7", "hello", "e1", ("post.created", 1, 0), 2),
        answer_key("7", "hello", "e1", ("thread:1", 5), 1),
        answer_key("7", "hello", "e1", ("thread:1", 6), 1),
        answer_key("7", "hello", "e1", ("thread:2", 5), 1),
    ]
    assert answer_key("7", "hello", "e1", ("post.created", 1, 0), 1) == keys[0]
    assert all(one != other for one, other in combinations(keys, 2))
    assert all(MIN_KEY_CHARS <= len(key) <= MAX_KEY_CHARS for key in keys)


def test_key_is_what_earlier_releases_made() -> None:
    """Else an answer that was given before an update would be given again after it."""
    assert answer_key("7", "hello", "e1", ("post.created", 1, 0), 1) == "13053aad40cf468f97634a65fecaf45f7fbe03f7"


async def test_post_has_one_answer_whichever_channel_brought_it() -> None:
    async with FakeServer() as server, Api(server.url, token="t") as api:
        for one in (event(), event(channel="forum:3", seq=9)):
            await Answers(api, bot="7", handler="hello", event=one).reply(1, "hello")
        for other in (unknown(), unknown(6), unknown(channel="forum:3")):
            await Answers(api, bot="7", handler="hello", event=other).reply(1, "of something new")
        assert server.texts == ["hello", *["of something new"] * 3]


def test_answers_do_not_hold_the_event_that_holds_them() -> None:
    """In a circle both would wait for the collector: a busy bot held a thousand events that were done."""
    one = event()
    answers = Answers(Api("http://127.0.0.1:1"), bot="7", handler="hello", event=one)
    assert not hasattr(answers, "__dict__")
    assert not any(getattr(answers, name) is one for name in Answers.__slots__)


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
