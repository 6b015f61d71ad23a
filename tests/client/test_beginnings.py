from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tertulia_client.api import Api
from tertulia_client.beginnings import begin_of, check_channel, expand, find_cursor_at, find_place
from tertulia_client.errors import ApiError, ClientError
from tertulia_client.subscription import Last, Start
from tertulia_client.testing import FakeServer, post_data, thread_data
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as server:
        yield server


@pytest.fixture
async def api(server: FakeServer) -> AsyncIterator[Api]:
    async with Api(server.url, deadline_s=0.5) as api:
        yield api


def test_channel_is_a_name_or_the_pattern_of_all_forums() -> None:
    assert [check_channel(name) for name in ("thread:1", "forum:*", "site")] == ["thread:1", "forum:*", "site"]
    for name in ("room:1", "thread:*", "*"):
        with pytest.raises(ClientError, match="A channel is thread:N"):
            check_channel(name)


def test_beginning_is_said_in_words_or_as_it_is() -> None:
    assert [begin_of(word) for word in ("latest", "now")] == [Start.NOW] * 2
    assert [begin_of(word) for word in ("earliest", "start")] == [Start.BEGINNING] * 2
    assert begin_of("e1.5") == Cursor("e1", 5)
    assert begin_of(Last(3)) == Last(3)
    assert begin_of(FIRST) == FIRST
    with pytest.raises(ClientError, match="not at 'yesterday'"):
        begin_of("yesterday")
    with pytest.raises(ClientError, match="time zone"):
        begin_of(FIRST.replace(tzinfo=None))


async def test_pattern_means_the_forums_of_now(server: FakeServer, api: Api) -> None:
    server.forum_ids = [3, 5]
    assert await expand(api, ["thread:1", "forum:*", "forum:3"]) == ["thread:1", "forum:3", "forum:5"]
    assert await expand(api, ["thread:1"]) == ["thread:1"]


def publish(server: FakeServer, day: int | None) -> None:
    """An event of that day; None: one that tells no time."""
    if day is None:
        server.publish("thread:1", "thread.changed", {"thread": thread_data(1)})
        return
    post: Any = post_data(day, 1, day, "x") | {"created_ms": int((FIRST + timedelta(days=day)).timestamp() * 1000)}
    server.publish("thread:1", "post.created", {"post": post, "thread": thread_data(1)})


@pytest.mark.parametrize("days", [[], [1, 2, 3, 4, 5, 6, 7, 8, 9], [*[None] * 5, 1, *[None] * 4, 2, 3, None]])
async def test_time_is_found_between_the_posts_of_before_and_after(
    server: FakeServer, api: Api, days: list[int | None]
) -> None:
    for day in days:
        publish(server, day)
    for day in range(11):
        cursor = await find_cursor_at(api, "thread:1", FIRST + timedelta(days=day))
        told = [(seq, one) for seq, one in enumerate(days, 1) if one is not None]
        assert all(one < day for seq, one in told if seq <= cursor.seq), day
        assert all(one >= day for seq, one in told if seq > cursor.seq), day
    assert await find_place(api, "thread:1", Last(2)) == Last(2)


async def test_channel_that_may_not_be_read_is_told(server: FakeServer, api: Api) -> None:
    server.faults.api_answers.append((404, {"code": int(Code.NOT_FOUND), "detail": "no"}))
    with pytest.raises(ApiError):
        await find_place(api, "thread:1", FIRST)
