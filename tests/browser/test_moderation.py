"""Moderation, live: what one moderator does is seen at once by members and guests, each as they may."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.forum import Forum
from tests.browser.windows import LIVE_LIMIT_MS, OpenWindow, Window

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHOTS: Final = os.environ.get("TERTULIA_SHOTS", "")
"""A folder, for whoever wants to look at the pages."""


async def shoot(window: Window, name: str) -> None:
    if not SHOTS:
        return
    for look, size in (("wide", (1280, 900)), ("phone", (390, 844))):
        await window.page.set_viewport_size({"width": size[0], "height": size[1]})
        await window.page.screenshot(path=Path(SHOTS) / f"{name}-{look}.png")
    await window.page.emulate_media(color_scheme="dark")
    await window.page.screenshot(path=Path(SHOTS) / f"{name}-dark.png")
    await window.page.emulate_media(color_scheme="light")
    await window.page.set_viewport_size({"width": 1000, "height": 700})


async def test_lock_and_ban_reach_every_open_page(forum: Forum, open_window: OpenWindow) -> None:
    people = forum.people
    thread = await forum.thread("A quarrel", 3)
    moderator, member, guest = [
        await open_window(person, origin=forum.server.url, may_be_refused=person is people.ignacio)
        for person in (people.admin, people.ignacio, None)
    ]
    for window in (moderator, member, guest):
        await window.open(forum.path(thread))
    await member.page.fill("#reply textarea", "And another thing")
    await moderator.page.click("#moderate summary")
    await shoot(moderator, "menu")
    await moderator.page.click("#moderate [value=lock]")
    for window in (member, guest):
        await expect(window.page.locator("[data-badge=locked]")).to_be_visible(timeout=LIVE_LIMIT_MS)
    await expect(member.page.locator("#locked-notice")).to_be_visible()
    assert await member.page.input_value("#reply textarea") == "And another thing"

    await moderator.page.goto(f"{forum.server.url}/members/{people.ignacio.id}/ban?next=/")
    await moderator.page.fill("[name=reason]", "Too loud")
    await shoot(moderator, "ban")
    await moderator.page.click("[name=do][value=ban]")
    rank = guest.page.locator('[data-number="1"] [data-slot=rank]')
    await expect(rank).to_have_text("BANNED", timeout=LIVE_LIMIT_MS)
    assert "Too loud" not in await guest.page.content()
    await expect(member.page.locator("#ban-notice")).to_contain_text("Too loud", timeout=LIVE_LIMIT_MS)
    await shoot(member, "banned")
    await moderator.page.goto(f"{forum.server.url}/moderation/log")
    await shoot(moderator, "log")

    await forum.call("DELETE", f"/api/members/{people.ignacio.id}/ban", people.admin)
    await expect(rank).not_to_have_text("BANNED", timeout=LIVE_LIMIT_MS)
    await expect(member.page.locator("#ban-notice")).to_contain_text("has ended", timeout=LIVE_LIMIT_MS)


async def test_reported_posts_are_split_off_under_their_readers(forum: Forum, open_window: OpenWindow) -> None:
    people = forum.people
    thread = await forum.thread("The fair", 4)
    posts = await forum.posts(thread)
    member, guest = await open_window(people.marisol, origin=forum.server.url), await open_window()
    for window in (member, guest):
        await window.open(forum.path(thread))
    await member.page.click('[data-number="3"] [data-tool=report]')
    await member.page.fill("[name=reason]", "This is about prices, not about the fair")
    await shoot(member, "report")
    await member.page.click("main form button[type=submit]")
    await expect(member.page.locator("h1")).to_have_text("Thank you")

    moderator = await open_window(people.admin, origin=forum.server.url)
    await moderator.page.goto(f"{forum.server.url}/moderation")
    await expect(moderator.page.locator(".case-reports").last).to_contain_text("about prices")
    await shoot(moderator, "queue")
    await moderator.page.goto(f"{forum.server.url}/threads/{thread['id']}/select")
    for post in posts[1:3]:
        await moderator.page.check(f"[name=post-{post['id']}]")
    await moderator.page.fill("[name=title]", "Prices")
    await shoot(moderator, "select")
    await moderator.page.click("[name=do][value=split]")
    await expect(moderator.page.locator("h1")).to_have_text("Prices")
    await moderator.expect_numbers([1, 2])

    await guest.expect_numbers([1, 4])
    lines = guest.page.locator(".moved-line")
    await expect(lines).to_have_count(2)
    await shoot(guest, "lines")
    live = await guest.page.eval_on_selector("#posts", "(posts) => posts.innerText")
    await guest.page.reload()
    await guest.expect_live()
    assert live == await guest.page.eval_on_selector("#posts", "(posts) => posts.innerText")
    await guest.page.click(".moved-line a")
    await guest.page.wait_for_url(f"**#post-{posts[1]['id']}")
    await guest.expect_live()
    new_id = int(await guest.page.get_attribute("#thread", "data-thread-id") or 0)

    await moderator.page.goto(f"{forum.server.url}/forums/{thread['forum_id']}")
    await moderator.expect_live()
    row = moderator.page.locator(f'#threads [data-thread-id="{new_id}"]')
    await expect(row).to_have_count(1)
    await forum.call("POST", f"/api/threads/{new_id}/merge", people.admin, {"thread_id": thread["id"]})
    await expect(row).to_have_count(0, timeout=LIVE_LIMIT_MS)
    await expect(guest.page.locator("#merged-notice")).to_be_visible(timeout=LIVE_LIMIT_MS)
    await guest.page.click("#merged-notice a")
    await guest.expect_numbers([1, 4, 5, 6])


async def test_queue_and_log_are_alive_for_those_who_moderate_and_for_nobody_else(
    forum: Forum, open_window: OpenWindow
) -> None:
    people, origin = forum.people, forum.server.url
    thread = await forum.thread("Two spoons", 2)
    posts = await forum.posts(thread)
    queue, log = [await open_window(people.admin, origin=origin, may_be_refused=True) for _ in range(2)]
    await queue.open(f"{origin}/moderation")
    await log.open(f"{origin}/moderation/log")
    cases = queue.page.locator("#moderation .case")
    waiting = await cases.count()
    badge = log.page.locator("#shield [data-count]")

    async def report(number: int, reason: str) -> None:
        path = f"/api/posts/{posts[number - 1]['id']}/reports"
        await forum.call("POST", path, people.marisol, {"reason": reason})

    await report(1, "Stolen words")
    case = queue.page.locator(f'#moderation [data-key="{posts[0]["id"]}"]')
    await expect(case).to_contain_text("Stolen words")
    await case.get_by_role("link", name="Remove…").focus()
    await report(2, "The other spoon")
    await expect(cases).to_have_count(waiting + 2)
    await expect(badge).to_have_text(str(waiting + 2))
    await expect(case.get_by_role("link", name="Remove…")).to_be_focused()
    await shoot(queue, "queue-live")
    await forum.edit(posts[0], "It was borrowed")
    await expect(case).to_contain_text("It was borrowed", timeout=LIVE_LIMIT_MS)
    await expect(case).not_to_contain_text("post 1")
    await forum.remove(posts[0])
    await expect(case).to_have_count(0)
    await expect(badge).to_have_text(str(waiting + 1))
    await expect(log.page.locator("#moderation .deed").first).to_contain_text("removed a post")
    await queue.page.locator(".case", has_text="The other spoon").get_by_role("button", name="Nothing is wrong").click()
    await expect(log.page.locator("#moderation .deed").first).to_contain_text("let a reported post stand")
    shown = await log.page.locator("#moderation .deed p").all_inner_texts()
    await log.page.reload()
    assert await log.page.locator("#moderation .deed p").all_inner_texts() == shown
