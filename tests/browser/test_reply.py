"""Writing a reply: it is posted once, shown once, and never lost."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, WebSocketRoute, expect

from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")

STATE = "#reply [data-form-state]"
TEXT = "#reply textarea"


def as_bytes(message: bytes | str) -> bytes:
    return message.encode() if isinstance(message, str) else message


def say_nothing(line: WebSocketRoute) -> None:
    """A live line on which nothing ever arrives."""


async def test_own_post_is_shown_once_when_its_event_comes_first(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Event first")
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    await window.keep_own_line()  # of a worker's script the browser's driver never hears that it was loaded
    await window.open(forum.path(thread))
    shown = asyncio.Event()

    async def answer_late(route: Route) -> None:
        response = await route.fetch()
        await shown.wait()
        await route.fulfill(response=response)

    await window.page.route("**/api/threads/*/posts", answer_late)
    await window.reply("Mine")
    await window.expect_numbers([1, 2])
    await expect(window.page.locator(TEXT)).to_have_value("")
    await expect(window.page.locator(STATE)).to_have_text("Posted.")
    shown.set()
    await window.page.wait_for_load_state("networkidle")
    await window.expect_numbers([1, 2])


async def test_own_post_is_shown_once_when_the_answer_comes_first(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Answer first")
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    lines: list[WebSocketRoute] = []
    held: asyncio.Queue[bytes | str] = asyncio.Queue()

    def hold_events(line: WebSocketRoute) -> None:
        lines.append(line)
        server = line.connect_to_server()
        server.on_message(
            lambda message: held.put_nowait(message) if b"post.created" in as_bytes(message) else line.send(message)
        )

    await window.keep_own_line()
    await window.page.route_web_socket("**/live", hold_events)
    await window.open(forum.path(thread))
    await window.reply("Mine")
    await window.expect_numbers([1, 2])
    await expect(window.page.locator(TEXT)).to_have_value("")

    await forum.post(thread, "Another")
    for _ in ("Mine", "Another"):
        lines[0].send(await held.get())
    await window.expect_numbers([1, 2, 3])
    await window.expect_post(3, "Another")


async def lose_answer(route: Route) -> None:
    """The server does what it was asked, and nobody hears of it."""
    await route.fetch()
    await route.abort("connectionreset")


async def test_reply_whose_answer_is_lost_is_posted_once(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Lost answer")
    window = await open_window(forum.people.marisol, origin=forum.server.url, may_lose_line=True)
    await window.keep_own_line()
    await window.page.route_web_socket("**/live", say_nothing)
    await window.open(forum.path(thread), live=False)

    await window.page.route("**/api/draft*", lambda route: route.abort())
    await window.page.route("**/api/threads/*/posts", lose_answer)
    await window.reply("Once, please")
    await expect(window.page.locator(STATE)).to_contain_text("cannot be reached")
    await expect(window.page.locator(TEXT)).to_have_value("Once, please")

    await window.page.unroute("**/api/threads/*/posts")
    await window.page.reload()
    await expect(window.page.locator(TEXT)).to_have_value("Once, please")
    await window.page.click("#reply button.is-primary")
    await expect(window.page.locator(STATE)).to_have_text("Posted.")
    assert [post["text"] for post in await forum.posts(thread)] == ["post 1", "Once, please"]


async def test_reply_that_was_posted_is_not_offered_again_after_a_reload(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Lost answer, kept draft")
    window = await open_window(forum.people.marisol, origin=forum.server.url, may_lose_line=True)
    await window.keep_own_line()
    await window.page.route_web_socket("**/live", say_nothing)
    await window.open(forum.path(thread), live=False)

    await window.page.route("**/api/threads/*/posts", lose_answer)
    await window.reply("It went with its draft")
    await expect(window.page.locator(STATE)).to_contain_text("cannot be reached")
    await window.page.reload()
    await window.expect_post(2, "It went with its draft")
    await expect(window.page.locator(TEXT)).to_have_value("")


async def test_reply_that_is_refused_keeps_its_text_and_says_why(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Refused")
    window = await open_window(forum.people.marisol, origin=forum.server.url, may_lose_line=True)
    await window.open(forum.path(thread))
    await window.page.context.clear_cookies()
    window.complaints.clear()
    await window.reply("Am I still signed in?")
    await expect(window.page.locator(STATE)).to_contain_text("Sign in")
    await expect(window.page.locator(TEXT)).to_have_value("Am I still signed in?")
    await expect(window.page.locator("#reply button.is-primary")).to_be_enabled()
    window.complaints = [complaint for complaint in window.complaints if "401" not in complaint]


async def test_double_click_posts_once(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Double click")
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    await window.open(forum.path(thread))
    await window.page.fill(TEXT, "Twice?")
    await window.page.dblclick("#reply button.is-primary")
    await expect(window.page.locator(STATE)).to_have_text("Posted.")
    await window.expect_numbers([1, 2])
    assert len(await forum.posts(thread)) == 2


async def test_reply_from_an_earlier_page_leads_to_the_post(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("From page one", 21)
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    await window.open(forum.path(thread))
    await window.reply("From afar")
    await window.page.wait_for_url("**/page-2#post-*")
    await window.expect_live()
    await window.expect_numbers([21, 22])
    await expect(window.page.locator(TEXT)).to_have_value("")


async def test_page_without_script_is_readable_and_takes_replies(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("No script", 21)
    window = await open_window(forum.people.marisol, origin=forum.server.url, java_script_enabled=False)
    await window.page.goto(forum.path(thread))
    await expect(window.page.locator("#posts > article")).to_have_count(20)
    await expect(window.page.locator('[data-number="20"]')).to_contain_text("post 20")
    await expect(window.page.locator("#live-state")).to_be_hidden()
    await window.page.get_by_text("Next").last.click()
    await window.reply("Without a script")
    await window.page.wait_for_url("**/page-2#post-*")
    await expect(window.page.locator('[data-number="22"] [data-slot=body]')).to_have_text("Without a script")
