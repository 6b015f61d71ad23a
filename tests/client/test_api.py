"""The calls, as requests and as answers."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from tertulia_client.api import Api, LogBlock, new_key
from tertulia_client.errors import NotTertulia
from tertulia_client.testing import post_data, thread_data
from tertulia_wire.cursors import Cursor

RECEIPT = {"post": post_data(5, 1, 9, "hi"), "thread": thread_data(1, 9), "cursor": ["e1", 12]}


class Forum:
    """Answers everything with one value, and remembers what was asked."""

    def __init__(self, answer: Any, status: int = 200) -> None:
        self.answer = answer
        self.status = status
        self.asked: tuple[Any, ...] = ()
        self.keys: list[str] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content) if request.content else None
        self.asked = (request.method, str(request.url).removeprefix("http://127.0.0.1:1"), body)
        self.keys.append(request.headers.get("idempotency-key", ""))
        return httpx2.Response(self.status, json=self.answer)

    def api(self) -> Api:
        return Api("http://127.0.0.1:1", token="t", wire=httpx2.MockTransport(self))


async def test_create_post_makes_a_key_of_its_own_each_time() -> None:
    forum = Forum({**RECEIPT, "replayed": True}, 201)
    async with forum.api() as api:
        receipt = await api.create_post(1, "hi")
        await api.create_post(1, "hi")
    assert forum.asked == ("POST", "/api/threads/1/posts", {"text": "hi"})
    assert (receipt.post["number"], receipt.cursor, receipt.is_replayed) == (9, Cursor("e1", 12), True)
    assert len(set(forum.keys)) == 2
    assert all(8 <= len(key) <= 64 for key in forum.keys)


async def test_given_key_is_sent() -> None:
    forum = Forum(RECEIPT)
    async with forum.api() as api:
        await api.create_post(1, "hi", key="my-own-key")
        await api.create_thread(3, "T", "hi", key="my-own-key")
    assert forum.keys == ["my-own-key"] * 2
    assert forum.asked == ("POST", "/api/forums/3/threads", {"title": "T", "text": "hi"})


async def test_edit_and_remove() -> None:
    forum = Forum(RECEIPT)
    async with forum.api() as api:
        await api.edit_post(5, "new", version=2)
        assert forum.asked == ("PATCH", "/api/posts/5", {"text": "new", "version": 2})
        await api.remove_post(5)
    assert forum.asked[:2] == ("DELETE", "/api/posts/5")


async def test_rate() -> None:
    forum = Forum({**RECEIPT, "mark": "positive"})
    async with forum.api() as api:
        receipt = await api.rate_post(5, "positive")
    assert forum.asked == ("PUT", "/api/posts/5/rating", {"mark": "positive"})
    assert receipt.cursor == Cursor("e1", 12)


async def test_read_posts_and_log() -> None:
    page = {**RECEIPT, "posts": [RECEIPT["post"]], "page": 2, "page_count": 3}
    async with Forum(page).api() as api:
        posts = await api.read_posts(1, 2)
        assert (posts.page, posts.page_count, posts.cursor) == (2, 3, Cursor("e1", 12))
    forum = Forum({"events": [["thread:1", 4, "void", {}]], "cursor": ["e1", 4], "head": 9})
    async with forum.api() as api:
        assert await api.read_log("thread:1", Cursor("e1", 3), until=4) == LogBlock(
            [(4, "void", {})], Cursor("e1", 4), 9
        )
    assert forum.asked[1] == "/api/log?channel=thread%3A1&after=e1.3&until=4"


async def test_read_one_thing() -> None:
    async with Forum({"forums": [{"forum": {"id": 3}, "last_thread": None}]}).api() as api:
        assert [forum["id"] for forum in await api.read_forums()] == [3]
    async with Forum({"thread": thread_data(1), "cursor": ["e1", 1]}).api() as api:
        assert (await api.read_thread(1))["id"] == 1
    async with Forum(RECEIPT).api() as api:
        assert (await api.read_post(5))["number"] == 9
    async with Forum({"member": None, "role": "guest"}).api() as api:
        assert (await api.read_me())["role"] == "guest"


async def test_webhooks_are_read_and_sent_again() -> None:
    forum = Forum({"webhooks": [{"id": 3}], "deliveries": [{"id": 17}]})
    async with forum.api() as api:
        assert await api.read_webhooks() == [{"id": 3}]
        assert forum.asked == ("GET", "/api/webhooks", None)
        assert await api.read_deliveries(3) == [{"id": 17}]
        assert forum.asked == ("GET", "/api/webhooks/3/deliveries", None)
        await api.send_again(3, 17)
        assert forum.asked == ("POST", "/api/webhooks/3/deliveries/17/again", None)


@pytest.mark.parametrize("answer", [[], {}, "text", 5, {"post": 1, "thread": 2, "cursor": 3}])
async def test_answer_of_another_shape_is_no_tertulia(answer: Any) -> None:
    async with Forum(answer).api() as api:
        with pytest.raises(NotTertulia):
            await api.create_post(1, "hi")
        with pytest.raises(NotTertulia):
            await api.read_posts(1)
        with pytest.raises(NotTertulia):
            await api.read_log("thread:1", Cursor("e1", 0))


def test_keys_differ() -> None:
    assert len({new_key() for _ in range(100)}) == 100
