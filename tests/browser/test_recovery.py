"""After a crash, a lost line, sleep or a new log the page catches up by itself, without a reload."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tertulia_server.cli.offline import offline_actions
from tertulia_server.store.log import renew_epoch
from tests.browser.conftest import StartForum
from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow
from tests.processes import RedisServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_killed_server_comes_back_and_every_post_is_seen_once(
    start_forum: StartForum, open_window: OpenWindow
) -> None:
    forum = start_forum()
    thread = await forum.thread("Killed", 2)
    window = await open_window(may_lose_line=True)
    await window.open(forum.path(thread))
    await window.mark()
    await forum.post(thread, "before 3")
    await window.expect_numbers([1, 2, 3])

    forum.server.kill()
    await window.expect_offline()
    forum.server.start()
    for number in (4, 5, 6):
        await forum.post(thread, f"after {number}")

    await window.expect_live()
    await window.expect_numbers([1, 2, 3, 4, 5, 6])
    await window.expect_post(5, "after 5")
    await forum.post(thread, "live again 7")
    await window.expect_numbers([1, 2, 3, 4, 5, 6, 7])
    assert await window.is_marked()


async def test_page_follows_one_server_while_posts_go_through_another(
    start_forum: StartForum, open_window: OpenWindow, redis_server: RedisServer
) -> None:
    reading, writing = start_forum(broker=redis_server.url), start_forum(broker=redis_server.url)
    thread = await writing.thread("Two servers", 1)
    window = await open_window(may_lose_line=True)
    await window.open(reading.path(thread))
    await window.mark()
    await writing.post(thread, "through the other 2")
    await window.expect_numbers([1, 2])

    reading.server.kill()
    await window.expect_offline()
    for number in (3, 4):
        await writing.post(thread, f"while it was down {number}")
    reading.server.start()
    await writing.post(thread, "after 5")

    await window.expect_live()
    await window.expect_numbers([1, 2, 3, 4, 5])
    await window.expect_post(4, "while it was down 4")
    redis_server.kill()
    await writing.post(thread, "without Redis 6")
    await window.expect_numbers([1, 2, 3, 4, 5, 6])
    assert await window.is_marked()


async def test_new_log_makes_the_page_read_afresh_in_place(start_forum: StartForum, open_window: OpenWindow) -> None:
    forum = start_forum()
    thread = await forum.thread("New log", 3)
    window = await open_window(may_lose_line=True)
    await window.open(forum.path(thread))
    await window.mark()
    _, second, third = await forum.posts(thread)

    forum.server.stop()
    await window.expect_offline()
    async with offline_actions(forum.server.database) as actions:
        await actions.store.write(renew_epoch)
    forum.server.start()
    await forum.edit(second, "edited meanwhile")
    await forum.remove(third)
    await forum.post(thread, "new 4")

    await window.expect_live()
    await window.expect_numbers([1, 2, 3, 4])
    await window.expect_post(2, "edited meanwhile")
    await window.expect_post(3, "This post was removed.")
    assert await window.is_marked()
    live = await window.articles()
    await window.page.reload()
    await window.expect_live()
    assert live == await window.articles()


async def test_page_that_was_put_aside_catches_up(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Put aside")
    window = await open_window(may_lose_line=True)
    await window.open(forum.path(thread))
    await window.mark()

    await window.page.evaluate("() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    await window.expect_offline()
    await forum.post(thread, "missed 2")
    await window.page.evaluate("() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    await window.expect_live()
    await window.expect_numbers([1, 2])
    assert await window.is_marked()


async def test_page_of_the_way_back_catches_up(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Way back")
    window = await open_window()
    await window.open(forum.path(thread))
    await window.page.goto(f"{forum.server.url}/")
    await forum.post(thread, "meanwhile 2")
    await window.page.go_back()
    await window.expect_live()
    await window.expect_numbers([1, 2])


async def test_dead_line_is_noticed_when_the_page_is_looked_at(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Dead line")
    window = await open_window(may_lose_line=True)
    is_dead = False

    def carry(line: object) -> None:
        server = line.connect_to_server()  # type: ignore[attr-defined]
        is_first = not is_dead
        line.on_message(lambda message: None if is_first and is_dead else server.send(message))  # type: ignore[attr-defined]
        server.on_message(lambda message: None if is_first and is_dead else line.send(message))  # type: ignore[attr-defined]

    await window.keep_own_line()
    await window.page.route_web_socket("**/live", carry)
    await window.open(forum.path(thread))
    await window.mark()
    is_dead = True
    await forum.post(thread, "into the void 2")
    await window.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")

    await window.expect_offline()
    await window.expect_live()
    await window.expect_numbers([1, 2])
    await expect(window.page.locator('[data-number="2"]')).to_contain_text("into the void 2")
    assert await window.is_marked()
