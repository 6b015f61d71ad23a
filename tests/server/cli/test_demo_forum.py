"""The forum that a demo begins with: lived in, the same after a repetition, and for those who may read it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.members import create_member
from tertulia_server.cli.demo_forum import at, furnish, read_talks
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Audience, Role
from tertulia_server.store.forums import read_forums
from tertulia_server.store.members import find_member_by_name
from tertulia_server.store.pages import read_thread_page

HOST = "Host"


@pytest.fixture
async def actions(tmp_path: Path) -> AsyncIterator[Actions]:
    async with offline_actions(f"sqlite:///{tmp_path / 'forum.db'}") as actions:
        await create_member(actions, HOST, role=Role.ADMINISTRATOR)
        yield actions


async def test_forum_is_lived_in_and_a_repetition_changes_nothing(actions: Actions) -> None:
    await furnish(actions, HOST)
    forums = await actions.store.read(read_forums)
    assert {row.rules.audience for row in forums} == {Audience.PUBLIC, Audience.MEMBERS, Audience.STAFF}
    assert all(row.forum["description"] and row.forum["post_count"] for row in forums)
    assert 10 <= sum(row.forum["thread_count"] for row in forums) <= 15
    cook = await actions.store.read(find_member_by_name, "Noor Haddad")
    assert cook is not None
    assert (cook.rank, cook.messages > 5, cook.positive > 5) == ("SHIP'S COOK", True, True)
    await furnish(actions, HOST)
    assert await actions.store.read(read_forums) == forums
    assert await actions.store.read(find_member_by_name, "Noor Haddad") == cook


async def test_posts_lie_in_the_past_in_the_order_of_their_ids(actions: Actions) -> None:
    await furnish(actions, HOST)
    threads = sum(row.forum["thread_count"] for row in await actions.store.read(read_forums))
    posts, pages = [], []
    for thread_id in range(1, threads + 1):
        page = await actions.store.read(read_thread_page, thread_id, 1)
        assert page is not None
        posts += page.posts
        pages.append(page.page_count)
    posts.sort(key=lambda post: post["id"])
    moments = [post["created_ms"] or 0 for post in posts]
    assert moments == sorted(moments)
    assert max(pages) == 3
    assert moments[-1] <= actions.now_ms()
    assert sum("<blockquote" in (post["html"] or "") for post in posts) >= 10
    assert sum('href="/members/' in (post["html"] or "") for post in posts) >= 5


def test_talk_slows_down_and_knows_its_pages() -> None:
    text = """
    [[threads]]
    forum = "A"
    title = "T"
    begun_days_ago = 9
    last_days_ago = 1
    lines = [["x", "1"], ["y", "2"], ["x", "3"]]
    """
    (talk,) = read_talks(text)
    first, second, last = (talk.days_ago(number) for number in (1, 2, 3))
    assert (first, last) == (9, 1)
    assert second - last > first - second


def test_moment_of_the_past_is_the_clock_of_the_actions(actions: Actions) -> None:
    past = at(actions, 2)
    assert past.now_ms() == past.now_ms()
    assert 1.9 < (actions.now_ms() - past.now_ms()) / (24 * 60 * 60 * 1000) < 2.1
