"""The panel that says how live the page is, and what the reader can choose there."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.forum import Forum
from tests.browser.test_fallback import Network
from tests.browser.windows import LIVE_LIMIT_MS, OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")

DIALOG = "#live-panel"


def part(name: str) -> str:
    return f'{DIALOG} [data-panel="{name}"]'


async def test_page_is_paused_and_goes_on_from_the_panel_by_keyboard(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Paused", 1)
    window = await open_window()
    page = window.page
    await window.open(forum.path(thread))
    await page.focus("#live-state")
    await page.keyboard.press("Enter")
    await expect(page.locator(DIALOG)).to_be_visible()
    await expect(page.locator(part("way"))).to_have_text("a WebSocket, the best there is")
    await expect(page.locator(part("last"))).to_have_text("none since you opened the page")
    await expect(page.locator(part("delay"))).to_have_text(re.compile(r"^\d+ ms$"))
    await forum.post(thread, "news")
    await expect(page.locator(part("last"))).to_have_text(re.compile("seconds? ago$"))

    await page.focus(part("pause"))
    await page.keyboard.press("Space")
    await expect(page.locator("#live-state")).to_have_text("Paused")
    await expect(page.locator(part("way"))).to_have_text("none")
    await expect(page.locator(part("advice"))).to_contain_text("to go on")
    await page.keyboard.press("Escape")
    await expect(page.locator(DIALOG)).to_be_hidden()
    await expect(page.locator("#live-state")).to_be_focused()
    await forum.post(thread, "while it is paused")
    await page.evaluate("() => document.dispatchEvent(new Event('resume'))")
    await page.evaluate("() => window.dispatchEvent(new Event('online'))")
    witness = await open_window()
    await witness.open(forum.path(thread))
    await witness.expect_numbers([1, 2, 3])
    await window.expect_numbers([1, 2])

    await page.keyboard.press("Enter")
    await page.uncheck(part("pause"))
    await window.expect_numbers([1, 2, 3])
    await expect(page.locator("#live-state")).to_have_text("Live")


async def test_low_data_mode_is_remembered_and_counts_nobody(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Thrifty", 1)
    window, other = await open_window(), await open_window()
    for opened in (window, other):
        await opened.open(forum.path(thread))
        await expect(opened.page.locator("#presence")).to_have_text(re.compile("reading"), timeout=LIVE_LIMIT_MS)
    await expect(other.page.locator("#presence")).to_have_text("2 reading", timeout=LIVE_LIMIT_MS)
    await window.page.click("#live-state")
    await window.page.check(part("thrift"))
    await expect(other.page.locator("#presence")).to_have_text("1 reading", timeout=LIVE_LIMIT_MS)
    await expect(window.page.locator("#presence")).to_have_text("")
    await window.page.reload()
    await window.expect_live()
    await window.page.click("#live-state")
    await expect(window.page.locator(part("thrift"))).to_be_checked()
    await forum.post(thread, "it is live all the same")
    await window.expect_numbers([1, 2])
    await expect(other.page.locator("#presence")).to_have_text("1 reading")


async def test_panel_says_what_stands_in_the_way_and_the_stream_counts_as_well(
    forum: Forum, open_window: OpenWindow
) -> None:
    thread = await forum.thread("Behind a proxy", 1)
    window = await open_window()
    await Network().stand_before(window.page)
    await window.open(forum.path(thread))
    await expect(window.page.locator("#presence")).to_have_text("1 reading", timeout=LIVE_LIMIT_MS)
    await window.page.click("#live-state")
    await expect(window.page.locator(part("way"))).to_have_text("server-sent events")
    await expect(window.page.locator(part("advice"))).to_have_text(re.compile("lets no WebSocket through"))
    await expect(window.page.locator(part("delay"))).to_have_text("not known")


async def test_index_and_forum_say_how_live_they_are_and_pause(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Of lists", 1)
    window = await open_window()
    page = window.page
    await page.goto(f"{forum.server.url}/")
    await expect(page.locator("#live-state")).to_have_text("Live", timeout=LIVE_LIMIT_MS)
    await page.click(".forums h3 a")
    await expect(page.locator("#live-state")).to_have_text("Live", timeout=LIVE_LIMIT_MS)
    await page.click("#live-state")
    await expect(page.locator(part("way"))).to_have_text("a WebSocket, the best there is")
    await forum.post(thread, "news")
    await expect(page.locator(part("last"))).to_have_text(re.compile("seconds? ago$"))
    await page.check(part("pause"))
    await expect(page.locator("#live-state")).to_have_text("Paused")
    await page.uncheck(part("pause"))
    await expect(page.locator("#live-state")).to_have_text("Live")
