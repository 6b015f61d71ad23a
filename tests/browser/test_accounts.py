"""Accounts in two windows: registering, signing in, and what a changed password ends."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow, Window

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME, PASSWORD, FRESH = "Remedios", "correct horse battery", "staple of another kind"


async def sign_in(page: Page, password: str) -> None:
    await page.fill("#name", NAME)
    await page.fill("#password", password)
    await page.click("main button[type=submit]")


async def expect_name(window: Window) -> None:
    await expect(window.page.locator(".account-name")).to_have_text(NAME)


async def test_account_from_registering_to_signing_out_everywhere(forum: Forum, open_window: OpenWindow) -> None:
    url = forum.server.url
    thread = await forum.thread("Accounts")
    first, second = await open_window(), await open_window(java_script_enabled=False)
    await first.page.goto(f"{forum.path(thread)}")
    await first.page.click(".account a")
    await first.page.get_by_role("link", name="Make an account").click()
    await sign_in(first.page, PASSWORD)
    await expect_name(first)
    assert first.page.url == forum.path(thread), "back to where one came from"
    await first.expect_live()
    await first.reply("My first post")
    await first.expect_numbers([1, 2])

    await second.page.goto(f"{url}/sign-in")
    await sign_in(second.page, "wrong words entirely")
    await expect(second.page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    await sign_in(second.page, PASSWORD)
    await expect_name(second)
    await second.page.click(".account-name")
    await expect(second.page.locator(".row")).to_have_count(2)

    await second.page.fill("#present-password", PASSWORD)
    await second.page.fill("#password", FRESH)
    await second.page.get_by_role("button", name="Change it").click()
    await expect(second.page.locator("p.notice[role=status]")).to_contain_text("Your password is changed.")
    await expect(second.page.locator(".row")).to_have_count(1)
    await first.page.goto(url)
    await expect(first.page.locator(".account-name")).to_have_count(0)

    await first.page.goto(f"{url}/sign-in")
    await sign_in(first.page, FRESH)
    await expect_name(first)
    await second.page.get_by_role("button", name="Sign out everywhere").click()
    await second.page.wait_for_url("**/sign-in")
    await first.page.goto(url)
    await expect(first.page.locator(".account-name")).to_have_count(0)
    for window in (first, second):
        window.complaints = [one for one in window.complaints if "401" not in one]


async def test_name_on_a_card_leads_to_the_profile_also_of_a_live_post(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Names")
    window = await open_window()
    await window.open(forum.path(thread))
    await forum.post(thread, "Fresh", by=forum.people.marisol)
    await window.expect_numbers([1, 2])
    live = await window.articles()
    await window.page.click('[data-number="2"] [data-slot=name]')
    await window.page.wait_for_url(f"**/members/{forum.people.marisol.id}-marisol")
    await expect(window.page.locator(".entry")).to_contain_text(["Fresh"])
    await window.open(forum.path(thread))
    assert await window.articles() == live


async def test_form_of_another_sign_in_asks_before_it_is_sent(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Two people, one browser")
    window = await open_window(forum.people.marisol, origin=forum.server.url, java_script_enabled=False)
    await window.page.goto(forum.path(thread))
    cookie = {"name": "tertulia_sign_in", "value": forum.people.ignacio.sign_in, "url": forum.server.url}
    await window.page.context.add_cookies([cookie])  # type: ignore[list-item]
    await window.reply("Whose is this?")
    await expect(window.page.locator("h1")).to_have_text("Send this again?")
    assert len(await forum.posts(thread)) == 1
    await window.page.get_by_role("button", name="Send it").click()
    await window.page.wait_for_url("**#post-*")
    assert [post["author"]["name"] for post in await forum.posts(thread)] == ["Ignacio", "Ignacio"]
    window.complaints = [one for one in window.complaints if "403" not in one]


@pytest.mark.parametrize("has_script", [True, False])
async def test_page_with_a_fresh_token_is_left_without_making_another(
    forum: Forum, open_window: OpenWindow, *, has_script: bool
) -> None:
    window = await open_window(forum.people.marisol, origin=forum.server.url, java_script_enabled=has_script)
    page, label = window.page, f"laptop {has_script}"
    await page.goto(f"{forum.server.url}/account/tokens")
    await page.fill("#label", label)
    await page.get_by_role("button", name="Make the token").click()
    await expect(page.locator("#fresh .secret")).to_be_visible()
    await page.wait_for_load_state()
    if has_script:
        await page.reload()
    else:
        await page.get_by_role("link", name="I have copied it").click()
    await expect(page.locator("#fresh")).to_have_count(0)
    await expect(page.get_by_text(label, exact=True)).to_have_count(1)
