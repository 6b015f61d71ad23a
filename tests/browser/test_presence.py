"""Who reads and writes, on all workers, and who does not want to be named."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import StartForum
from tests.browser.windows import LIVE_LIMIT_MS, OpenWindow, Window
from tests.processes import RedisServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

GONE_LIMIT_MS = 8_000
"""Five seconds until a killed worker is missed, a second until that is told, and a busy machine."""


async def expect_presence(window: Window, words: str, *, limit_ms: int = LIVE_LIMIT_MS) -> None:
    await expect(window.page.locator("#presence")).to_have_text(words, timeout=limit_ms)


async def expect_writing(window: Window, words: str) -> None:
    await expect(window.page.locator("#writing")).to_have_text(words, timeout=LIVE_LIMIT_MS)


async def test_readers_of_two_workers_see_each_other_and_a_killed_worker_takes_its_own_along(
    start_forum: StartForum, open_window: OpenWindow, redis_server: RedisServer
) -> None:
    first, second = start_forum(broker=redis_server.url), start_forum(broker=redis_server.url)
    people, thread = first.people, await first.thread("Who is there?", 1)
    marisol = await open_window(people.marisol, origin=first.server.url, may_lose_line=True)
    ignacio = await open_window(people.ignacio, origin=second.server.url)
    guest = await open_window()
    await marisol.open(first.path(thread))
    for window in (ignacio, guest):
        await window.open(second.path(thread))
    for window in (marisol, ignacio, guest):
        await expect_presence(window, "3 reading: Ignacio, Marisol and 1 more")

    await marisol.page.locator("#reply textarea").press_sequentially("I am")
    await expect_writing(ignacio, "Marisol is writing…")
    await expect_presence(guest, "3 reading, 1 writing: Ignacio, Marisol and 1 more")
    assert await marisol.page.inner_text("#writing") == ""
    await marisol.page.click("#reply button[type=submit]")
    await ignacio.expect_numbers([1, 2])
    await expect_writing(ignacio, "")

    first.server.kill()
    await expect_presence(ignacio, "2 reading: Ignacio and 1 more", limit_ms=GONE_LIMIT_MS)


async def test_member_who_hides_is_counted_and_not_named(start_forum: StartForum, open_window: OpenWindow) -> None:
    forum = start_forum()
    thread = await forum.thread("Incognito", 1)
    marisol = await open_window(forum.people.marisol, origin=forum.server.url)
    guest = await open_window()
    await marisol.open(forum.path(thread))
    await guest.open(forum.path(thread))
    await expect_presence(guest, "2 reading: Marisol and 1 more")

    settings = await marisol.page.context.new_page()
    await settings.goto(f"{forum.server.url}/account/presence")
    await settings.check("input[name=hide]")
    await settings.click("main button[type=submit]")
    await expect(settings.locator("input[name=hide]")).to_be_checked()

    await expect_presence(guest, "2 reading")
    await marisol.page.locator("#reply textarea").press_sequentially("Nobody sees this")
    third = await open_window()
    await third.open(forum.path(thread))
    await expect_presence(guest, "3 reading")
    await expect(guest.page.locator("#presence")).not_to_have_text(re.compile("writing"))
