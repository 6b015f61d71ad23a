"""A thread page is alive: posts, edits and removals appear in place, for guests too."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_post_in_one_window_appears_in_the_other(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Two windows", 2, by=forum.people.marisol)
    member = await open_window(forum.people.marisol, origin=forum.server.url)
    guest = await open_window()
    await member.open(forum.path(thread))
    await guest.open(forum.path(thread))
    before = int(await guest.page.inner_text('[data-number="1"] [data-slot=messages]'))

    await member.reply("Hello, *everybody*.")

    await guest.expect_numbers([1, 2, 3])
    await guest.expect_post(3, "Hello, everybody.")
    post = guest.page.locator('[data-number="3"]')
    await expect(post.locator("[data-slot=name]")).to_have_text("Marisol")
    await expect(post.locator("[data-slot=number]")).to_have_text("#3")
    for number in (1, 2, 3):
        count = guest.page.locator(f'[data-number="{number}"] [data-slot=messages]')
        await expect(count).to_have_text(str(before + 1))
    await member.expect_numbers([1, 2, 3])


@pytest.mark.parametrize("who", ["guest", "author", "administrator"])
async def test_live_page_is_what_a_reload_shows(who: str, forum: Forum, open_window: OpenWindow) -> None:
    people = {"guest": None, "author": forum.people.ignacio, "administrator": forum.people.admin}
    thread = await forum.thread(f"Reload by {who}", 3)
    window = await open_window(people[who], origin=forum.server.url)
    await window.open(forum.path(thread))

    first, second, third = await forum.posts(thread)
    await forum.edit(second, "Another **text** with <b>tags</b> & a [link](https://example.org/?a=1&b=2)")
    await forum.remove(third)
    await forum.post(thread, "> quoted\n\n```\ncode <x>\n```\n\n- one\n- two", by=forum.people.marisol)
    last = await forum.post(thread, "Last")
    await forum.edit(last, "Last, edited")
    await window.expect_numbers([1, 2, 3, 4, 5])
    await window.expect_post(5, "Last, edited")

    live = await window.articles()
    await window.page.reload()
    await window.expect_live()
    assert live == await window.articles()
    assert first["number"] == 1


async def test_edit_and_removal_happen_in_place(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("In place", 3)
    window = await open_window()
    await window.open(forum.path(thread))
    await window.mark()
    _, second, third = await forum.posts(thread)

    await forum.edit(second, "Now it says something else.")
    await window.expect_post(2, "Now it says something else.")
    await expect(window.page.locator('[data-number="2"] [data-slot=edited]')).to_be_visible()

    await forum.remove(third)
    await window.expect_post(3, "This post was removed.")
    assert "post 3" not in await window.page.content()
    await window.expect_numbers([1, 2, 3])
    assert await window.is_marked()


async def test_posts_between_load_and_going_live_are_seen_once(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Between", 2)
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    window = await open_window()
    await window.page.route("**/dist/page.js*", hold)
    await window.page.goto(forum.path(thread), wait_until="commit")
    await window.page.wait_for_selector('#posts > [data-number="2"]', state="attached")
    for number in (3, 4, 5):
        await forum.post(thread, f"between {number}")
    released.set()

    await window.expect_live()
    await window.expect_numbers([1, 2, 3, 4, 5])
    await window.expect_post(4, "between 4")


async def test_administrator_removes_without_leaving_the_page(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Removal", 2)
    window = await open_window(forum.people.admin, origin=forum.server.url)
    await window.open(forum.path(thread))
    await window.mark()
    window.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))

    await window.page.click('[data-number="2"] [data-tool=remove]')

    await window.expect_post(2, "This post was removed.")
    await expect(window.page.locator('[data-number="2"] [data-tool]')).to_have_text(["History", "Restore"])
    assert await window.is_marked()
