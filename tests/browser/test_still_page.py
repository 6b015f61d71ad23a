"""Whatever arrives, what the reader looks at does not move: measured after each frame that was painted."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.forum import Forum
from tests.browser.windows import LIVE_LIMIT_MS, OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")

POSTS_AT_LOAD, POSTS_THAT_COME = 16, 50
LONG = "\n\n".join(f"Paragraph {number}. " + "It goes on and on. " * 12 for number in range(4))

WATCH = """(element) => {
  const before = element.getBoundingClientRect().top;
  window.watched = {before, frames: 0, movedPx: 0};
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    const moved = Math.abs(element.getBoundingClientRect().top - before);
    window.watched.movedPx = Math.max(window.watched.movedPx, moved);
    window.watched.frames += 1;
    requestAnimationFrame(() => channel.port2.postMessage(null));
  };
  requestAnimationFrame(() => channel.port2.postMessage(null));
}"""


async def bring_into_the_middle(page: Page, selector: str) -> None:
    """With posts above it that may grow or go."""
    await page.eval_on_selector(selector, "(element) => element.scrollIntoView({block: 'center', behavior: 'instant'})")
    assert await page.evaluate("() => window.scrollY") > 500


@pytest.mark.parametrize(
    ("eye", "is_writing"), [('[data-number="8"] .post-body', False), ("#reply textarea", True)], ids=["reads", "writes"]
)
async def test_text_under_the_eye_moves_by_no_pixel(
    eye: str, is_writing: bool, forum: Forum, open_window: OpenWindow
) -> None:
    thread = await forum.thread(f"Busy while one {'writes' if is_writing else 'reads'}", POSTS_AT_LOAD)
    posts = await forum.posts(thread)
    for post in posts[:12]:
        posts[post["number"] - 1] = await forum.edit(post, f"{post['number']}: {LONG[:500]}")
    window = await open_window()
    if is_writing:
        window = await open_window(forum.people.marisol, origin=forum.server.url)
    await window.open(forum.path(thread))
    await bring_into_the_middle(window.page, eye)
    if is_writing:
        await window.page.focus(eye)
    await window.page.eval_on_selector(eye, WATCH)

    edited = [posts[number - 1] for number in (1, 2, 3, 4, 5, 10, 11, 12, 13, 14)]
    removed = [posts[number - 1] for number in (6, 7, 9, 15, 16)]
    await asyncio.gather(
        *(forum.post(thread, f"{LONG} {number}") for number in range(POSTS_THAT_COME)),
        *(forum.edit(post, LONG * (1 + number % 3)) for number, post in enumerate(edited)),
        *(forum.remove(post) for post in removed),
    )

    await window.expect_numbers(list(range(1, 21)))
    new = POSTS_THAT_COME + POSTS_AT_LOAD
    await expect(window.page.locator("#posts > .is-removed")).to_have_count(5, timeout=LIVE_LIMIT_MS)
    await expect(window.page.locator("nav[data-pages] a").last).to_be_attached()
    last = (await forum.posts(thread, 4))[-1]
    assert last["number"] == new
    told = window.page.locator("#next-page") if is_writing else window.page.locator("#new-posts")
    await expect(told).to_have_text(re.compile(rf"^{new - 20 if is_writing else POSTS_THAT_COME} new posts"))
    frames = await window.page.evaluate("() => window.watched.frames")
    await window.page.wait_for_function("(frames) => window.watched.frames > frames + 3", arg=frames)
    assert int(await window.page.evaluate("() => window.watched.movedPx")) == 0  # a page scrolls by whole pixels
