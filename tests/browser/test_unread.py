"""What is unread, and what one is told of: the same in all windows, and never more than is there."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import StartForum
from tests.browser.forum import Forum
from tests.browser.windows import LIVE_LIMIT_MS, OpenWindow, Window

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def expect_unread(page: Page, count: int) -> None:
    badge = page.locator("#bell [data-count]")
    if count:
        await expect(badge).to_have_text(str(count), timeout=LIVE_LIMIT_MS)
    else:
        await expect(badge).to_be_hidden(timeout=LIVE_LIMIT_MS)


async def test_notifications_arrive_in_all_windows_and_are_read_in_all(
    start_forum: StartForum, open_window: OpenWindow
) -> None:
    forum = start_forum()
    marisol, ignacio = forum.people.marisol, forum.people.ignacio
    thread, other = await forum.thread("Called by name"), await forum.thread("Elsewhere")
    reading: Window = await open_window(marisol, origin=forum.server.url)
    index: Window = await open_window(marisol, origin=forum.server.url)
    inbox: Window = await open_window(marisol, origin=forum.server.url)
    stranger: Window = await open_window(ignacio, origin=forum.server.url)
    await reading.open(forum.path(other))
    await index.open(forum.server.url, live=False)
    await inbox.open(f"{forum.server.url}/notifications", live=False)
    await stranger.open(forum.path(other))

    post = await forum.post(thread, "@Marisol, are you there?")
    for window in (reading, index, inbox):
        await expect_unread(window.page, 1)
    first = inbox.page.locator("#notifications > li").first
    await expect(first).to_have_class(re.compile("is-unread"))
    await expect(first.locator("[data-slot=by]")).to_have_text("Ignacio")
    await expect(first.locator("[data-kind]:visible")).to_have_text("mentioned you in")
    await expect(first.locator("a")).to_have_text("Called by name")

    await first.locator("a").click()
    await inbox.page.wait_for_url(f"**#post-{post['id']}")
    for window in (reading, index, inbox):
        await expect_unread(window.page, 0)
    await expect_unread(stranger.page, 0)


async def test_post_that_is_seen_live_is_read_and_one_that_is_not_stays_unread(
    forum: Forum, open_window: OpenWindow
) -> None:
    marisol = forum.people.marisol
    thread, other = await forum.thread("Seen", 2), await forum.thread("Not seen", 2)
    listed = f"{forum.server.url}/forums/{forum.people.forum_id}"
    reading = await open_window(marisol, origin=forum.server.url)
    for one in (other, thread):
        await reading.open(forum.path(one))
    await forum.post(other, "while nobody looks")
    async with reading.page.expect_response(lambda answer: answer.url.endswith(f"/{thread['id']}/mark")):
        await forum.post(thread, "before her eyes")
        await reading.expect_numbers([1, 2, 3])

    window = await open_window(marisol, origin=forum.server.url)
    await window.open(listed, live=False)
    seen = window.page.locator(f'.thread[data-thread-id="{thread["id"]}"]')
    unseen = window.page.locator(f'.thread[data-thread-id="{other["id"]}"]')
    await expect(unseen).to_have_class(re.compile("is-unread"))
    await expect(seen).not_to_have_class(re.compile("is-unread"))
    await unseen.locator(".unread-link").click()
    await window.page.wait_for_url("**#post-*")
    await window.expect_live()
    assert await window.page.evaluate("document.querySelector(':target').dataset.number") == "3"
    await window.open(listed, live=False)
    await expect(unseen).not_to_have_class(re.compile("is-unread"))


async def test_device_of_a_guest_knows_what_they_have_read(forum: Forum, open_window: OpenWindow) -> None:
    listed = f"{forum.server.url}/forums/{forum.people.forum_id}"
    guest = await open_window()
    await guest.open(listed, live=False)
    thread = await forum.thread("For guests", 2)
    item = guest.page.locator(f'.thread[data-thread-id="{thread["id"]}"]')
    await guest.open(listed, live=False)
    await expect(item).to_have_class(re.compile("is-unread"))
    await guest.open(forum.path(thread))
    await guest.open(listed, live=False)
    await expect(item).not_to_have_class(re.compile("is-unread"))
    await forum.post(thread, "one more")
    await guest.open(listed, live=False)
    await item.locator(".unread-link").click()
    await guest.page.wait_for_url("**#post-*")
    assert await guest.page.evaluate("document.querySelector(':target').dataset.number") == "3"


async def forum_of_its_own(forum: Forum) -> int:
    """Where no other test leaves anything unread."""
    fields = {"name": "Marks", "category": "Marks"}
    plan = await forum.call("POST", "/api/administration/forums", forum.people.admin, fields)
    forum_id: int = plan["categories"][-1]["forums"][0]["forum"]["id"]
    return forum_id


async def test_marks_of_lists_come_and_go_with_what_is_posted_and_read_in_any_window(
    forum: Forum, open_window: OpenWindow
) -> None:
    people, origin = forum.people, forum.server.url
    forum_id = await forum_of_its_own(forum)

    async def begin(title: str) -> Any:
        body = {"title": title, "text": "post 1"}
        return (await forum.call("POST", f"/api/forums/{forum_id}/threads", people.ignacio, body))["thread"]

    first, second = await begin("First"), await begin("Second")
    index, listing, reading, guest_index = [
        await open_window(person, origin=origin) for person in (people.marisol, people.marisol, people.marisol, None)
    ]
    await index.open(origin)
    await listing.open(f"{origin}/forums/{forum_id}")
    await guest_index.open(origin)
    row = index.page.locator(f'#index [data-forum-id="{forum_id}"]')
    count = row.locator("[data-slot=unread]")
    unread = listing.page.locator("#threads .is-unread [data-slot=title]")
    await expect(count).to_have_text("2 unread")
    await expect(unread).to_have_text(["Second", "First"])

    await reading.open(forum.path(first))
    await expect(count).to_have_text("1 unread")
    await expect(unread).to_have_text(["Second"])
    await forum.post(first, "And on", by=people.ignacio)  # under her eyes: never unread for long
    await forum.post(second, "More", by=people.ignacio)
    await reading.expect_numbers([1, 2])
    await expect(unread).to_have_text(["Second"])
    await expect(count).to_have_text("1 unread")
    guest_row = guest_index.page.locator(f'#index [data-forum-id="{forum_id}"]')
    await expect(guest_row).to_have_class(re.compile("is-unread"))
    other = Window(await guest_index.page.context.new_page())
    await other.open(forum.path(second))
    await expect(guest_row).not_to_have_class(re.compile("is-unread"))

    await reading.open(forum.path(second))
    await expect(count).to_be_hidden()
    await expect(row).not_to_have_class(re.compile("is-unread"))
    await expect(unread).to_have_count(0)
    third = await begin("Third")
    await expect(count).to_have_text("1 unread")
    await expect(unread).to_have_text(["Third"])
    await expect(unread.locator("xpath=..").locator(".unread-link")).to_have_attribute(
        "href", f"/threads/{third['id']}/unread"
    )
    post = await forum.post(first, "Not read, and taken away", by=people.ignacio)
    await expect(unread).to_have_text(["First", "Third"])
    await expect(count).to_have_text("2 unread", timeout=LIVE_LIMIT_MS)
    may_answer = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_answer.wait()
        await route.continue_()

    await index.page.route(f"{origin}/", hold)  # the mark goes without the server being asked
    await forum.remove(post)
    await expect(count).to_have_text("1 unread", timeout=LIVE_LIMIT_MS)
    may_answer.set()
    await expect(unread).to_have_text(["Third"])
    await reading.page.goto(f"{origin}/forums/{forum_id}")
    await reading.page.get_by_role("button", name="Mark all read").click()
    await expect(count).to_be_hidden()
    await expect(unread).to_have_count(0)
    shown = await row.inner_text()
    await index.page.reload()
    await index.expect_live()
    assert await row.inner_text() == shown


async def test_thread_is_watched_without_leaving_the_page_and_by_whoever_replies(
    forum: Forum, open_window: OpenWindow
) -> None:
    thread = await forum.thread("Watched")
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    tab = Window(await window.page.context.new_page())
    button = window.page.locator("form.watch button")
    for one in (window, tab):
        await one.open(forum.path(thread))
    await window.mark()
    await button.click()
    for one in (window, tab):
        await expect(one.page.locator("form.watch button")).to_have_text("Watching")
        await expect(one.page.locator("form.watch button")).to_have_attribute("aria-pressed", "true")
    assert await window.is_marked()
    await window.page.reload()
    await button.click()
    await expect(button).to_have_text("Watch")

    other = await forum.thread("Replied to")
    await window.open(forum.path(other))
    await window.reply("I am")
    await expect(button).to_have_text("Watching", timeout=LIVE_LIMIT_MS)
    assert tab.complaints == []
