"""What arrives never moves the reader: pages that become full, earlier pages, posts below the eyes."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRST_PAGE = list(range(1, 21))


async def test_full_last_page_rolls_over_into_a_link(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Roll over", 19)
    window = await open_window()
    await window.open(forum.path(thread))
    next_page = window.page.locator("#next-page")

    await forum.post(thread, "post 20")
    await window.expect_numbers(FIRST_PAGE)
    await expect(next_page).to_be_hidden()
    await forum.post(thread, "post 21")

    await expect(next_page).to_be_visible()
    await expect(next_page).to_contain_text("1 new post on page 2")
    await window.expect_numbers(FIRST_PAGE)
    live = await window.articles()
    pages = await window.page.locator("nav[data-pages]").last.evaluate("(nav) => nav.outerHTML")
    await window.page.reload()
    await window.expect_live()
    assert live == await window.articles()
    assert pages == await window.page.locator("nav[data-pages]").last.evaluate("(nav) => nav.outerHTML")
    await window.page.locator("nav[data-pages]").last.get_by_text("Next").click()
    await window.expect_live()
    await window.expect_numbers([21])


async def test_reader_of_an_earlier_page_is_told_and_not_moved(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Earlier page", 22)
    window = await open_window()
    await window.open(forum.path(thread))
    await window.page.evaluate("() => window.scrollTo(0, 700)")
    before = await window.scroll_y()
    bar = window.page.locator("#new-posts")
    await expect(bar).to_be_hidden()

    posts = [await forum.post(thread, f"new {number}") for number in range(3)]

    await expect(bar).to_have_text("3 new posts")
    assert await window.scroll_y() == before
    await window.expect_numbers(FIRST_PAGE)
    await expect(window.page.locator("#next-page")).to_be_hidden()
    await bar.click()
    await window.expect_live()
    await window.expect_numbers([21, 22, 23, 24, 25])
    assert window.page.url.endswith(f"/page-2#post-{posts[0]['id']}")


async def test_posts_below_a_reader_who_has_scrolled_up_are_told(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Scrolled up", 12)
    window = await open_window()
    await window.open(forum.path(thread))
    await window.page.evaluate("() => window.scrollTo(0, 300)")
    before = await window.scroll_y()
    bar = window.page.locator("#new-posts")

    await forum.post(thread, "new 13")
    await forum.post(thread, "new 14")

    await expect(bar).to_have_text("2 new posts")
    await window.expect_numbers(list(range(1, 15)))
    assert await window.scroll_y() == before
    await bar.click()
    await expect(window.page.locator('[data-number="13"]')).to_be_in_viewport()
    await expect(bar).to_be_hidden()


async def test_reader_at_the_end_sees_posts_without_a_bar(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("At the end", 2)
    window = await open_window()
    await window.open(forum.path(thread))
    await forum.post(thread, "new 3")
    await window.expect_numbers([1, 2, 3])
    await expect(window.page.locator("#new-posts")).to_be_hidden()
    assert await window.scroll_y() == 0


async def test_words_under_the_readers_eyes_stay_there(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Eyes", 14)
    window = await open_window()
    await window.open(forum.path(thread))
    first, *_ = await forum.posts(thread)
    eyes = window.page.locator('[data-number="9"]')
    await eyes.evaluate("(article) => article.scrollIntoView({block: 'center'})")
    top = await eyes.evaluate("(article) => article.getBoundingClientRect().top")

    await forum.edit(first, "\n\n".join(["A paragraph that was not there."] * 12))
    await window.page.wait_for_function(
        "() => document.querySelectorAll('[data-number=\"1\"] .post-body p').length === 12"
    )

    await window.page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")
    assert abs(top - await eyes.evaluate("(article) => article.getBoundingClientRect().top")) <= 1


async def test_form_stays_where_somebody_writes(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Writing", 8)
    window = await open_window(forum.people.marisol, origin=forum.server.url)
    await window.open(forum.path(thread))
    text = window.page.locator("#reply textarea")
    await text.click()
    await text.press_sequentially("Half a sen")
    top = await text.evaluate("(area) => area.getBoundingClientRect().top")

    await forum.post(thread, "new 9")
    await forum.post(thread, "new 10")
    await window.expect_numbers(list(range(1, 11)))

    await window.page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")
    assert await text.input_value() == "Half a sen"
    assert abs(top - await text.evaluate("(area) => area.getBoundingClientRect().top")) <= 1
