"""Where no WebSocket gets through the page is live all the same, and takes the WebSocket as soon as it can be had."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.browser.conftest import StartForum
from tests.browser.forum import Forum
from tests.browser.windows import LIVE_LIMIT_MS, OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")

STREAM = "Over server-sent events"
POLL = "By asking again and again"
SOCKET = "Over a WebSocket"


class Network:
    """What stands between a page and its server, and lets through what it is told to."""

    def __init__(self, *, lets_sockets: bool = False, lets_streams: bool = True) -> None:
        self.lets_sockets = lets_sockets
        self.lets_streams = lets_streams
        self.refused_sockets = 0

    async def stand_before(self, page: Page) -> None:
        await page.add_init_script("delete globalThis.SharedWorker")  # only the page's own lines can be held up here
        await page.route_web_socket("**/live", self._on_socket)
        await page.route("**/live/events?*", self._on_stream)

    async def _on_socket(self, socket: WebSocketRoute) -> None:
        if self.lets_sockets:
            socket.connect_to_server()
        else:
            self.refused_sockets += 1
            await socket.close(code=1011)

    async def _on_stream(self, route: Route) -> None:
        if self.lets_streams:
            await route.continue_()
        else:
            await route.abort()


async def expect_way(page: Page, words: str) -> None:
    """The page is live, and says how."""
    state = page.locator("#live-state[data-state=live]")
    await expect(state).to_have_attribute("title", re.compile(words), timeout=LIVE_LIMIT_MS)


async def test_page_without_a_websocket_is_live_and_climbs_back(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("No sockets here", 2)
    network = Network()
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    await network.stand_before(window.page)
    await window.open(forum.path(thread))
    await expect_way(window.page, STREAM)
    await window.mark()

    post = await forum.post(thread, "over the stream")
    await window.expect_numbers([1, 2, 3])
    await forum.edit(post, "edited over the stream")
    await window.expect_post(3, "edited over the stream")
    await window.reply("and an answer")
    await window.expect_numbers([1, 2, 3, 4])

    network.lets_sockets = True
    climbing = asyncio.create_task(expect_way(window.page, SOCKET))
    number = 4
    while not climbing.done():
        number += 1
        await forum.post(thread, f"while it climbs {number}")
        await asyncio.wait([climbing], timeout=1)
    await climbing
    await forum.post(thread, "over the socket")
    await window.expect_numbers(list(range(1, number + 2)))
    await window.expect_post(number + 1, "over the socket")
    states = await window.page.evaluate("() => window.states")
    assert "offline" not in states[states.index("live") :]
    assert await window.is_marked()


async def test_page_that_may_keep_nothing_open_asks_again_and_again(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Nothing stays open", 1)
    network = Network(lets_streams=False)
    window = await open_window(may_lose_line=True)
    await network.stand_before(window.page)
    await window.open(forum.path(thread))
    await expect_way(window.page, POLL)
    for number in range(2, 6):
        await forum.post(thread, f"post {number}")
    await window.expect_numbers([1, 2, 3, 4, 5])
    await window.expect_post(5, "post 5")
    live = await window.articles()
    refused_sockets = network.refused_sockets
    await window.page.reload()
    await expect_way(window.page, POLL)
    assert await window.articles() == live
    assert network.refused_sockets == refused_sockets, "what works is remembered"


@pytest.mark.parametrize("transport", ["stream", "poll"])
async def test_server_that_is_killed_is_missed_by_no_post(
    transport: str, start_forum: StartForum, open_window: OpenWindow
) -> None:
    forum = start_forum()
    thread = await forum.thread("Killed", 1)
    window = await open_window(may_lose_line=True)
    await Network(lets_streams=transport == "stream").stand_before(window.page)
    await window.page.add_init_script(f"sessionStorage.setItem('tertulia-transport', '{transport}')")
    await window.open(forum.path(thread))
    forum.server.kill()
    await window.expect_offline()
    forum.server.start()
    await forum.post(thread, "while it was away")
    await window.expect_numbers([1, 2])
    await window.expect_live()


async def test_page_that_is_not_seen_holds_no_request(forum: Forum, open_window: OpenWindow) -> None:
    """A browser may have six at a time to one host: a seventh tab would hang."""
    thread = await forum.thread("Out of sight", 1)
    window = await open_window()
    await Network().stand_before(window.page)
    await window.open(forum.path(thread))
    async with window.page.expect_event("requestfailed", lambda request: "/live/events" in request.url):
        await show(window.page, visibility="hidden")
    await forum.post(thread, "unseen")
    await show(window.page, visibility="visible")
    await window.expect_numbers([1, 2])
    await window.expect_live()


async def show(page: Page, *, visibility: str) -> None:
    await page.evaluate(
        """(visibility) => {
          Object.defineProperty(document, 'visibilityState', {value: visibility, configurable: true});
          document.dispatchEvent(new Event('visibilitychange'));
        }""",
        visibility,
    )
