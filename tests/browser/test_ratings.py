"""Rating a post: at once for the giver, live for everybody, the giver's own mark for the giver alone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")


def button(mark: str) -> str:
    return f'#posts > [data-number="1"] button[data-mark={mark}]'


async def test_rating_is_live_on_post_and_card_and_known_as_own_to_its_giver(
    forum: Forum, open_window: OpenWindow
) -> None:
    thread = await forum.thread("Rated", 2)
    giver = await open_window(forum.people.marisol, origin=forum.server.url)
    author = await open_window(forum.people.ignacio, origin=forum.server.url)
    guest = await open_window()
    for window in (giver, author, guest):
        await window.open(forum.path(thread))
    positive = guest.page.locator('[data-number="2"] [data-slot=positive]')
    before = int(await positive.inner_text())

    await giver.page.click(button("positive"))

    for window in (author, guest):
        await expect(window.page.locator('[data-number="1"] .rate.is-positive')).to_have_text("+1")
        await expect(window.page.locator("[data-slot=rating] button")).to_have_count(0)
    await expect(positive).to_have_text(f"+{before + 1}")
    own = giver.page.locator(button("positive"))
    await expect(own).to_have_attribute("aria-pressed", "true")

    live = await giver.articles()
    await giver.page.reload()
    await giver.expect_live()
    assert live == await giver.articles()

    second_tab = await giver.page.context.new_page()
    await second_tab.goto(forum.path(thread))
    await second_tab.wait_for_selector("#live-state[data-state=live]")
    await giver.page.click(button("negative"))
    await expect(second_tab.locator(button("negative"))).to_have_attribute("aria-pressed", "true")
    await expect(guest.page.locator('[data-number="1"] .rate.is-negative')).to_have_text("-1")
    await expect(positive).to_have_text(f"+{before}")
    await giver.page.click(button("negative"))
    await expect(guest.page.locator('[data-number="1"] .rate.is-negative')).to_have_text("-0")
    await expect(giver.page.locator(button("negative"))).to_have_attribute("aria-pressed", "false")


async def test_rating_works_by_plain_forms(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Rated without a script", 1)
    giver = await open_window(forum.people.marisol, origin=forum.server.url, java_script_enabled=False)
    await giver.open(forum.path(thread), live=False)
    await giver.page.click(button("negative"))
    await expect(giver.page.locator(button("negative"))).to_have_attribute("aria-pressed", "true")
    await giver.page.click(button("negative"))
    await expect(giver.page.locator(button("negative"))).to_have_attribute("aria-pressed", "false")
