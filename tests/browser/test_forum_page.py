"""A forum's page: a post moves its thread up for all who look, as a reload shows it; who loses it is shown out."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROWS = """() => [...document.querySelectorAll('#threads > .thread')].map((shown) => {
    const row = shown.cloneNode(true);
    row.querySelectorAll('time').forEach((time) => time.replaceChildren());  // an age is of its minute
    return [
        row.querySelector('[data-slot=title]').outerHTML,
        ...['pinned', 'locked', 'started', 'replies', 'last'].map((name) => {
            const slot = row.querySelector(`[data-slot=${name}]`);
            return slot.hidden ? '' : slot.innerHTML.trim();
        }),
    ];
})"""


async def test_list_is_live_and_ends_with_the_right_to_read_it(forum: Forum, open_window: OpenWindow) -> None:
    admin, author = forum.people.admin, forum.people.ignacio
    plan = await forum.call("POST", "/api/administration/forums", admin, {"name": "Alive", "category": "Alive"})
    forum_id = plan["categories"][-1]["forums"][0]["forum"]["id"]

    async def begin(title: str) -> Any:
        body = {"title": title, "text": "post 1"}
        return (await forum.call("POST", f"/api/forums/{forum_id}/threads", author, body))["thread"]

    guest = await open_window(may_be_refused=True)
    member = await open_window(forum.people.marisol, origin=forum.server.url)
    for window in (guest, member):
        await window.open(f"{forum.server.url}/forums/{forum_id}", live=False)
        await expect(window.page.locator("#no-threads")).to_be_visible()

    index = await open_window()
    await index.open(forum.server.url, live=False)
    figures = index.page.locator(f'#index [data-forum-id="{forum_id}"]')
    first, second = await begin("<b>First</b>"), await begin("Second")
    titles = [window.page.locator("#threads [data-slot=title]") for window in (guest, member)]
    for shown in titles:
        await expect(shown).to_have_text(["Second", "<b>First</b>"])
    await forum.post(first, "up again")
    for shown in titles:
        await expect(shown).to_have_text(["<b>First</b>", "Second"])
    await expect(figures.locator(".forum-counts")).to_have_text("2 threads 3 posts")
    await expect(figures.locator("[data-slot=last] a")).to_have_text("<b>First</b>")
    await expect(member.page.locator("#threads .is-unread")).to_have_count(2)
    await forum.call("PATCH", f"/api/threads/{second['id']}", admin, {"is_pinned": True, "title": "Second, pinned"})
    for shown in titles:
        await expect(shown).to_have_text(["Second, pinned", "<b>First</b>"])
    for window in (guest, member):
        live = await window.page.evaluate(ROWS)
        await window.page.reload()
        assert await window.page.evaluate(ROWS) == live

    await forum.call("PATCH", f"/api/administration/forums/{forum_id}", admin, {"audience": "members"})
    await expect(guest.page.locator(".lost")).to_contain_text("for members only")
    await expect(figures).to_have_count(0)
    await forum.post(first, "among ourselves")
    await expect(member.page.locator("#threads [data-slot=replies]").last).to_have_text("2 replies")
    assert "First" not in await guest.page.content()
