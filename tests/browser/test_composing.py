"""Writing with help: marks, names, previews, quotes, drafts, edits in place; two accounts and two devices."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

from tertulia_wire.data import ThreadData
from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "#reply textarea"
BESIDE = "#reply [data-beside]"
KEPT = "#reply [data-draft-state]"


async def type_reply(page: Page, text: str) -> None:
    await page.click(TEXT)
    await page.keyboard.type(text)


async def test_marks_names_and_preview_lead_to_the_very_post(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Written with help")
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    reader = await open_window(forum.people.ignacio, origin=forum.server.url)
    page = window.page
    await window.open(forum.path(thread))
    await reader.open(forum.path(thread))

    await type_reply(page, "good ")
    await page.keyboard.press("Control+b")
    await page.keyboard.type("evening")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.type(" @ign")
    await expect(page.get_by_role("option")).to_have_text(["Ignacio"])
    await page.keyboard.press("Enter")
    await expect(page.locator(TEXT)).to_have_value("good **evening** @Ignacio ")
    await page.keyboard.press("Control+Shift+P")
    preview = page.locator("#reply [data-preview-body]")
    await expect(preview).to_have_text("good evening @Ignacio")
    html = await preview.inner_html()
    assert f'href="/members/{forum.people.ignacio.id}-ignacio"' in html

    await page.keyboard.press("Control+Enter")
    await reader.expect_post(2, "good evening @Ignacio")
    for shown in (window, reader):
        assert await shown.page.inner_html('[data-number="2"] [data-slot=body]') == html


async def test_posts_are_quoted_with_one_click_and_their_changes_are_told(
    forum: Forum, open_window: OpenWindow
) -> None:
    thread = await forum.thread("Quoted")
    bread = await forum.post(thread, "I bring bread.")
    wine = await forum.post(thread, "> nested\n\nI bring wine.")
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    page = window.page
    await window.open(forum.path(thread))

    await page.click('[data-number="2"] [data-tool=multiquote]')
    await expect(page.locator("#reply [data-form-state]")).to_have_text("1 quote in your reply")
    await page.click('[data-number="3"] [data-tool=quote]')
    head = "> **Ignacio** · [#{}](/posts/{})\n>\n> {}\n\n"
    both = head.format(2, bread["id"], "I bring bread.") + head.format(3, wine["id"], "I bring wine.")
    await expect(page.locator(TEXT)).to_have_value(both)
    await expect(page.locator(TEXT)).to_be_focused()

    await forum.edit(bread, "I bring cake.")
    warning = page.locator(f"{BESIDE} .is-warning")
    await expect(warning).to_contain_text("You quote #2, which was changed since.")
    await warning.get_by_role("button", name="Quote it anew").click()
    await expect(page.locator(TEXT)).to_have_value(both.replace("bread", "cake"))
    await forum.remove(wine)
    await expect(warning).to_contain_text("You quote #3, which was removed since.")
    await warning.get_by_role("button", name="Remove the quote").click()
    await expect(page.locator(TEXT)).to_have_value(head.format(2, bread["id"], "I bring cake."))
    await expect(warning).to_have_count(0)

    await forum.post(thread, "And I cheese.")
    since = page.locator(f"{BESIDE} details")
    await expect(since.locator("summary")).to_have_text("1 post since you began writing")
    await since.locator("summary").click()
    await expect(since.locator("li")).to_have_text(["Ignacio #4And I cheese."])


async def write_elsewhere(forum: Forum, thread: ThreadData, text: str, base: int = 0) -> None:
    body = {"place": f"thread:{thread['id']}", "text": text, "base": base}
    await forum.call("PUT", "/api/draft", forum.people.marisol, body)


async def test_draft_survives_and_follows_its_writer(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Begun here, ended there")
    desk = await open_window(forum.people.marisol, origin=forum.server.url)
    await desk.open(forum.path(thread))
    await type_reply(desk.page, "I have begun")
    await expect(desk.page.locator(KEPT)).to_contain_text("Draft kept")

    await desk.page.context.clear_cookies()
    await desk.page.reload()
    await expect(desk.page.locator(TEXT)).to_have_count(0)
    cookie = {"name": "tertulia_sign_in", "value": forum.people.marisol.sign_in, "url": forum.server.url}
    await desk.page.context.add_cookies([cookie])  # type: ignore[list-item]
    await desk.page.reload()
    await expect(desk.page.locator(TEXT)).to_have_value("I have begun")

    phone = await open_window(forum.people.marisol, origin=forum.server.url)
    await phone.open(forum.path(thread))
    await phone.page.locator(TEXT).scroll_into_view_if_needed()
    await expect(phone.page.locator(TEXT)).to_have_value("I have begun")
    await phone.page.click("#reply button.is-primary")
    await desk.expect_post(2, "I have begun")
    await desk.page.reload()
    await desk.page.locator(TEXT).scroll_into_view_if_needed()
    await expect(desk.page.locator(TEXT)).to_have_value("")


async def test_of_two_drafts_the_other_is_offered(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Two drafts")
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    await window.open(forum.path(thread))
    await type_reply(window.page, "from the desk")
    await expect(window.page.locator(KEPT)).to_contain_text("Draft kept")
    await write_elsewhere(forum, thread, "from the phone")
    await window.page.keyboard.type(", and more")
    offer = window.page.locator(f"{BESIDE} .notice")
    await expect(offer).to_contain_text("Another draft of this was written elsewhere.")
    await offer.get_by_role("button", name="Use it instead").click()
    await expect(window.page.locator(TEXT)).to_have_value("from the phone")
    await expect(offer.locator("pre")).to_have_text("from the desk, and more")
    await window.page.locator(KEPT).get_by_role("button", name="Discard").click()
    await expect(window.page.locator(TEXT)).to_have_value("")
    await window.page.get_by_role("button", name="Undo").click()
    await expect(window.page.locator(TEXT)).to_have_value("from the phone")


async def test_quote_by_address_is_added_to_the_draft_once(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("By address")
    post = await forum.post(thread, "I bring bread.")
    await write_elsewhere(forum, thread, "Well:")
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    quoted = f"Well:\n\n> **Ignacio** · [#2](/posts/{post['id']})\n>\n> I bring bread.\n\n"
    field = window.page.locator("#composer textarea")
    for _ in range(2):
        await window.page.goto(f"{forum.server.url}/threads/{thread['id']}/reply?quote={post['id']}")
        await expect(field).to_have_value(quoted)
        await expect(window.page.locator("#composer [data-draft-state]")).to_contain_text("Draft kept")
        await expect(field).to_have_value(quoted)
    await window.page.click("#composer button.is-primary")
    await window.page.wait_for_url("**#post-*")
    await window.expect_post(3, "Well: Ignacio · #2 I bring bread.")


async def test_post_is_edited_where_it_stands_and_removed_and_restored_everywhere(
    forum: Forum, open_window: OpenWindow
) -> None:
    thread = await forum.thread("Edited in place")
    post = await forum.post(thread, "I bring bread.")
    author = await open_window(forum.people.ignacio, origin=forum.server.url, may_lose_line=True)
    admin = await open_window(forum.people.admin, origin=forum.server.url)
    admin.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    for window in (author, admin):
        await window.open(forum.path(thread))

    await author.page.click('[data-number="2"] [data-tool=edit]')
    field = author.page.locator('[data-number="2"] textarea')
    await expect(field).to_have_value("I bring bread.")
    await field.fill("I bring wine.")
    await forum.edit(post, "I bring cake.")
    await admin.expect_post(2, "I bring cake.")
    await author.page.get_by_role("button", name="Save").click()
    await expect(author.page.locator('[data-number="2"] .notice')).to_contain_text("Somebody changed this post")
    await author.page.get_by_role("button", name="Save").click()
    await admin.expect_post(2, "I bring wine.")
    await expect(author.page.locator(".edit-form")).to_have_count(0)
    author.complaints = [complaint for complaint in author.complaints if "409" not in complaint]

    await admin.page.click('[data-number="2"] [data-tool=remove]')
    await author.expect_post(2, "This post was removed.")
    await admin.page.click('[data-number="2"] [data-tool=restore]')
    await author.expect_post(2, "I bring wine.")

    await author.page.click('[data-number="2"] [data-tool=history]')
    await expect(author.page.locator(".diff")).to_have_text("I bring cakewine.")
    await expect(author.page.locator(".versions li")).to_have_count(3)


async def test_everything_is_there_without_a_script(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Plain")
    window = await open_window(forum.people.marisol, origin=forum.server.url, java_script_enabled=False)
    page = window.page
    await page.goto(forum.path(thread))
    await page.click('[data-number="1"] [data-tool=quote]')
    await expect(page.locator("[role=toolbar]")).to_be_hidden()
    text = await page.input_value("#composer textarea")
    assert text.endswith("> post 1\n\n")
    await page.fill("#composer textarea", f"{text}So *be* it.")
    await forum.post(thread, "Meanwhile")
    await page.click("button[value=preview]")
    await expect(page.locator("[data-preview-body] em")).to_have_text("be")
    await expect(page.locator("details.notice summary")).to_have_text("1 post since you began writing")
    await page.click("#composer button.is-primary")
    await page.wait_for_url("**#post-*")
    await expect(page.locator('[data-number="3"] [data-slot=body] em')).to_have_text("be")


async def test_page_to_reply_on_tells_what_was_posted_since_and_loses_what_is_removed(
    forum: Forum, open_window: OpenWindow
) -> None:
    people = forum.people
    thread = await forum.thread("A page of its own", 2)
    first = (await forum.posts(thread))[0]
    window = await open_window(people.marisol, origin=forum.server.url)
    page, beside = window.page, window.page.locator("#composer [data-beside]")
    await window.open(f"{forum.server.url}/threads/{thread['id']}/reply")
    await page.locator("#composer textarea").press_sequentially("My word")
    newer = await forum.post(thread, "Faster than you")
    await forum.post(thread, "So am I")
    await expect(beside.locator("summary")).to_have_text("2 posts since you began writing")
    await beside.locator("summary").click()
    await expect(beside.locator("li")).to_have_count(2)
    await expect(beside).to_contain_text("Faster than you")
    await forum.edit(first, "Said better", by=people.ignacio)
    recent = page.locator(f'.recent [data-post-id="{first["id"]}"]')
    await expect(recent.locator(".post-body")).to_have_text("Said better")
    for post in (newer, first):
        await forum.remove(post)
    await expect(beside.locator("li").first.locator(".post-body")).to_have_text("This post was removed.")
    await expect(recent.locator(".post-body")).to_have_text("This post was removed.")
    await expect(recent.locator("button")).to_be_hidden()
    assert "Faster" not in await page.content()
    await page.click("#composer button.is-primary")
    await page.wait_for_url("**#post-*")
    await window.expect_post(5, "My word")


async def test_page_to_edit_on_keeps_its_draft_by_itself(forum: Forum, open_window: OpenWindow) -> None:
    marisol = forum.people.marisol
    thread = await forum.thread("Edited elsewhere", by=marisol)
    post = (await forum.posts(thread))[0]
    window = await open_window(marisol, origin=forum.server.url, may_be_refused=True)
    page, text = window.page, window.page.locator("#composer textarea")
    await window.open(f"{forum.server.url}/posts/{post['id']}/edit")
    async with page.expect_response(lambda answer: "/api/draft" in answer.url and answer.request.method == "PUT"):
        await text.fill("Half of a better")
    await expect(page.locator("#composer [data-draft-state]")).to_contain_text("Draft kept")
    other = await open_window(marisol, origin=forum.server.url)
    for shown in (window, other):
        await shown.open(f"{forum.server.url}/posts/{post['id']}/edit")
        await expect(shown.page.locator("#composer textarea")).to_have_value("Half of a better")
    await forum.edit(post, "post 1, by another hand", by=marisol)
    await text.fill("A better text")
    await page.click("#composer button.is-primary")
    await expect(page.locator("#composer [data-beside]")).to_contain_text("by another hand")
    await page.click("#composer button.is-primary")
    await page.wait_for_url("**#post-*")
    await window.expect_post(1, "A better text")
    await window.open(f"{forum.server.url}/posts/{post['id']}/edit")
    await expect(text).to_have_value("A better text")
    await expect(page.locator("#composer [data-draft-state]")).to_have_text("")
