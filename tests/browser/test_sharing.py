"""All tabs of a browser share one line; each is as live as if it had its own."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from typing import Final

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import StartForum
from tests.browser.forum import Forum
from tests.browser.windows import LIVE, LIVE_LIMIT_MS, OpenWindow, Window

pytestmark = pytest.mark.asyncio(loop_scope="session")

ARE_SHOWN: Final = """(wanted) => JSON.stringify(wanted) ===
  JSON.stringify([...document.querySelectorAll('#posts > article')].map((article) => Number(article.dataset.number)))"""

CONNECTIONS: Final = re.compile(r"^tertulia_connections(?:\{[^}]*\})? ([\d.]+)$", re.MULTILINE)

FAILING_WORKER: Final = """const Real = SharedWorker;
globalThis.SharedWorker = class {
  constructor(_script, options) { return new Real('/static/dist/missing.js', options) }
};"""
"""The script of the worker is not there: the browser tells it later, by an event."""


async def connections(forum: Forum) -> int:
    """How many the server has open now."""

    def read() -> str:
        with urllib.request.urlopen(f"{forum.server.url}/metrics", timeout=10) as answer:
            return str(answer.read().decode())

    text = await asyncio.to_thread(read)
    return sum(
        int(float(value)) for value in re.findall(r"^tertulia_connections(?:\{[^}]*\})? ([\d.]+)$", text, re.MULTILINE)
    )


async def expect_connections(forum: Forum, count: int) -> None:
    async with asyncio.timeout(LIVE_LIMIT_MS / 1000):
        while await connections(forum) != count:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.05)


async def expect_numbers(page: Page, numbers: list[int]) -> None:
    await page.wait_for_function(ARE_SHOWN, arg=numbers, timeout=LIVE_LIMIT_MS)


async def another_tab(window: Window, url: str) -> Page:
    page = await window.page.context.new_page()
    page.set_default_timeout(LIVE_LIMIT_MS)
    await page.goto(url)
    return page


async def test_tabs_share_one_connection_and_each_sees_every_post_once(
    start_forum: StartForum, open_window: OpenWindow
) -> None:
    forum = start_forum()
    marisol = forum.people.marisol
    thread, other = await forum.thread("Shared", 2), await forum.thread("Another", 1)
    window = await open_window(marisol, origin=forum.server.url, may_lose_line=True)
    await window.open(forum.path(thread))
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    late = await window.page.context.new_page()
    await late.route("**/dist/page.js*", hold)
    await late.goto(forum.path(thread), wait_until="commit")
    await late.wait_for_selector('#posts > [data-number="2"]', state="attached")
    elsewhere = await another_tab(window, forum.path(other))
    await elsewhere.wait_for_selector(LIVE)
    for number in (3, 4, 5):
        await forum.post(thread, f"before the late one is live {number}")
    await window.expect_numbers([1, 2, 3, 4, 5])
    released.set()
    await late.wait_for_selector(LIVE)
    await expect_numbers(late, [1, 2, 3, 4, 5])
    await forum.post(thread, "@Marisol for all 6")
    await forum.post(other, "elsewhere 2")
    for page in (window.page, late):
        await expect_numbers(page, [1, 2, 3, 4, 5, 6])
    await expect_numbers(elsewhere, [1, 2])
    await expect_connections(forum, 1)
    stranger = await open_window(forum.people.ignacio, origin=forum.server.url, may_lose_line=True)
    await stranger.open(forum.path(thread))
    await expect_connections(forum, 2)

    await window.page.close()  # the one that opened the line
    await forum.post(thread, "the others go on 7")
    await expect_numbers(late, [1, 2, 3, 4, 5, 6, 7])
    forum.server.kill()
    await expect(late.locator("#live-state")).to_have_attribute("data-state", "offline")
    forum.server.start()
    await forum.post(thread, "after the crash 8")
    await expect_numbers(late, [1, 2, 3, 4, 5, 6, 7, 8])
    await expect_connections(forum, 2)


async def test_another_identity_is_another_connection(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Who is it", 1)
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    await window.open(forum.path(thread))
    before = await connections(forum)
    guest = await window.page.context.new_page()
    await window.page.context.clear_cookies()
    await guest.goto(forum.path(thread))
    await guest.wait_for_selector(LIVE)
    await expect_connections(forum, before + 1)
    await forum.post(thread, "for both 2")
    for page in (window.page, guest):
        await expect_numbers(page, [1, 2])


@pytest.mark.parametrize("script", ["delete globalThis.SharedWorker", FAILING_WORKER], ids=["none", "fails"])
async def test_browser_that_cannot_share_has_a_line_of_its_own(
    script: str, forum: Forum, open_window: OpenWindow
) -> None:
    thread = await forum.thread("Alone", 1)
    window = await open_window(may_lose_line=True)
    await window.page.add_init_script(script)
    await window.open(forum.path(thread))
    await forum.post(thread, "alone 2")
    await window.expect_numbers([1, 2])
    await expect(window.page.locator(LIVE)).to_have_attribute("title", re.compile("Over a WebSocket"))


async def test_tab_that_goes_from_page_to_page_beside_another_is_live_on_each(
    forum: Forum, open_window: OpenWindow
) -> None:
    threads = [await forum.thread(f"From page to page {number}") for number in range(3)]
    staying = await open_window(forum.people.marisol, origin=forum.server.url)
    going = Window(await staying.page.context.new_page())
    await staying.open(forum.path(threads[0]))
    for thread in (*threads, *threads):
        await going.open(forum.path(thread))
    await forum.post(threads[2], "Both hear")
    await going.expect_numbers([1, 2])
    await staying.expect_live()
    assert going.complaints == []
