"""A page in Spanish stays Spanish when it comes to life: what its script writes is what the server would."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_live_post_reads_as_a_reloaded_one_in_the_language_of_the_page(
    forum: Forum, open_window: OpenWindow
) -> None:
    thread = await forum.thread("En español", 2)
    window = await open_window(forum.people.admin, origin=forum.server.url, locale="es-ES")
    await window.open(forum.path(thread))
    assert await window.page.locator("html").get_attribute("lang") == "es"
    await expect(window.page.locator("#live-state")).to_have_text("En vivo")
    post = await forum.post(thread, "Buenas noches.")
    await forum.remove((await forum.posts(thread))[0])
    await expect(window.page.locator("#posts .post-removed")).to_have_text("Este mensaje se ha quitado.")
    await expect(window.page.locator(f"#post-{post['id']} [data-tool=remove]")).to_have_text("Quitar")
    live = await window.articles()
    await window.page.reload()
    await window.expect_live()
    assert await window.articles() == live


async def test_switch_changes_the_language_and_stays_on_the_page(forum: Forum, open_window: OpenWindow) -> None:
    window = await open_window()
    await window.page.goto(f"{forum.server.url}/search")
    await window.page.click(".languages button[value=es]")
    await expect(window.page.locator("h1")).to_have_text("Buscar")
    await window.page.click(".languages button[value=en]")
    await expect(window.page.locator("h1")).to_have_text("Search")
