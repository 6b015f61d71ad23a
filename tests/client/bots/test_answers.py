from __future__ import annotations

from itertools import combinations

from tertulia_client.api import Api
from tertulia_client.replies import Replies, reply_key
from tertulia_wire.cursors import Cursor
from tertulia_wire.limits import MAX_KEY_CHARS, MIN_KEY_CHARS
from tests.client.fake_server import FakeServer


def test_key_is_the_same_each_time_and_differs_in_each_part() -> None:
    keys = [
        reply_key("7", "hello", "thread:1", Cursor("e1", 5), 1),
        reply_key("8", "hello", "thread:1", Cursor("e1", 5), 1),
        reply_key("7", "bye", "thread:1", Cursor("e1", 5), 1),
        reply_key("7", "hello", "thread:2", Cursor("e1", 5), 1),
        reply_key("7", "hello", "thread:1", Cursor("e2", 5), 1),
        reply_key("7", "hello", "thread:1", Cursor("e1", 6), 1),
        reply_key("7", "hello", "thread:1", Cursor("e1", 5), 2),
    ]
    assert reply_key("7", "hello", "thread:1", Cursor("e1", 5), 1) == keys[0]
    assert all(one != other for one, other in combinations(keys, 2))
    assert all(MIN_KEY_CHARS <= len(key) <= MAX_KEY_CHARS for key in keys)


async def test_event_that_is_handled_twice_is_answered_once() -> None:
    async with FakeServer() as server, Api(server.url, token="t") as api:
        for _ in range(2):
            replies = Replies(api, bot="7", handler="hello", channel="thread:1", cursor=Cursor("e1", 5))
            await replies.reply(1, "first")
            await replies.reply(1, "second")
        assert server.texts == ["first", "second"]
