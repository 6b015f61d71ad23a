from __future__ import annotations

import re

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.web.reading import Reader
from tests.server.town import NOW_MS
from tests.server.web.site import Browser, Form, Site

HOUR_MS = 3_600_000


@pytest.fixture
def later(site: Site) -> Site:
    """Somewhat after the people of the town have joined: what was there before is nothing to read."""
    later = Actions(site.store, site.broker.publish, lambda: NOW_MS + HOUR_MS // 2)
    services = site.app.state.services
    services.marks._actions = services.actions = later
    site.actions = later
    return site


async def settle(site: Site) -> None:
    """All marks that were noted are written."""
    await site.app.state.services.marks.flush()


async def test_threads_and_forums_are_unread_until_their_last_page_is_seen(later: Site, ada: Browser) -> None:
    thread = (await later.thread(visitor=later.town.bob)).thread
    await later.fill(thread["id"], 20)
    forum = f"/forums/{later.town.forum_id}-town-talk"
    seen = []
    for path in ("/", f"/threads/{thread['id']}-the-fair", f"/threads/{thread['id']}-the-fair/page-2"):
        await ada.get(path)
        await settle(later)
        seen.append(
            ('class="thread is-unread"' in (await ada.get(forum)).text, "1 unread" in (await ada.get("/")).text)
        )
    assert seen == [(True, True), (True, True), (False, False)]


async def test_unread_leads_to_the_first_post_that_was_not_seen(later: Site, ada: Browser, guest: Browser) -> None:
    thread = (await later.thread(visitor=later.town.bob)).thread
    await later.fill(thread["id"], 24)
    path = f"/threads/{thread['id']}-the-fair"
    places = []
    for _ in range(3):
        target = (await ada.get(f"/threads/{thread['id']}/unread")).headers["location"]
        places.append(await number_at(ada, target))
        await settle(later)
    assert places == [(path, 1), (f"{path}/page-2", 21), (f"{path}/page-2", 25)]
    assert await number_at(guest, (await guest.get(f"/threads/{thread['id']}/unread?after=3")).headers["location"]) == (
        path,
        4,
    )


async def number_at(browser: Browser, target: str) -> tuple[str, int]:
    path, _, anchor = target.partition("#")
    found = re.search(rf'id="{anchor}"[^>]* data-number="(\d+)"', (await browser.get(path)).text)
    assert found is not None
    return path, int(found[1])


async def test_page_that_is_loaded_ahead_was_not_seen(later: Site, ada: Browser) -> None:
    thread = (await later.thread(visitor=later.town.bob)).thread
    await ada.get(f"/threads/{thread['id']}-the-fair", headers={"sec-purpose": "prefetch;prerender"})
    await settle(later)
    assert "1 unread" in (await ada.get("/")).text


async def test_everything_is_marked_as_read_by_a_plain_form(later: Site, ada: Browser, guest: Browser) -> None:
    await later.thread(visitor=later.town.bob)
    await later.thread(visitor=later.town.bob, forum_id=later.town.members_forum_id)
    page = f"/forums/{later.town.forum_id}-town-talk"
    form = Form((await ada.get(page)).text, "/read").fields
    assert (await ada.post("/read", data=form)).headers["location"] == page
    assert (await ada.get("/")).text.count("1 unread") == 1
    await ada.post("/read", data=Form((await ada.get("/")).text, "/read").fields)
    assert "1 unread" not in (await ada.get("/")).text
    assert (await guest.post("/read", data={"next": "/"})).status_code == 401
    assert (await ada.post("/read", data={"forum": str(later.town.staff_forum_id)})).status_code == 404
    assert (await ada.post("/read", data={"next": "//evil.example"})).headers["location"] == "/"


async def test_thread_is_watched_by_a_plain_form(site: Site, ada: Browser, guest: Browser) -> None:
    thread = (await site.thread(visitor=site.town.bob)).thread
    path = f"/threads/{thread['id']}-the-fair"
    action = f"/threads/{thread['id']}/watch"
    shown = []
    for wanted in ("yes", "no"):
        assert (await ada.post(action, data={"watch": wanted, "next": path})).headers["location"] == path
        shown.append('aria-pressed="true"' in (await ada.get(path)).text)
    assert shown == [True, False]
    assert "aria-pressed" not in (await guest.get(path)).text
    assert (await guest.post(action, data={"watch": "yes"})).status_code == 401


async def test_places_that_may_not_be_read_are_not_told_of(site: Site, ada: Browser, guest: Browser) -> None:
    hidden = (await site.thread(visitor=site.town.mona, forum_id=site.town.staff_forum_id)).thread["id"]
    for browser in (ada, guest):
        assert (await browser.get(f"/threads/{hidden}/unread")).status_code == 404
        assert (await browser.get("/threads/999/unread")).status_code == 404


async def test_newest_post_and_any_page_are_one_step_away(site: Site, guest: Browser) -> None:
    thread = (await site.thread()).thread
    await site.fill(thread["id"], 101)
    path, id_path = f"/threads/{thread['id']}-the-fair", f"/threads/{thread['id']}"
    html = (await guest.get(path)).text
    assert f'action="{id_path}/jump"' in html
    assert 'max="6"' in html
    pages = [(await guest.get(f"{id_path}/jump?page={page}")).headers["location"] for page in ("4", "0", "99", "1")]
    assert pages == [f"{path}/page-4", path, f"{path}/page-6", path]
    assert await number_at(guest, (await guest.get(f"{id_path}/newest")).headers["location"]) == (f"{path}/page-6", 102)
    assert (await guest.get(f"{id_path}/jump?page=x")).status_code == 422
    assert (await guest.get("/threads/999/newest")).status_code == 404


def test_first_unread_post_is_offered_where_it_is_on_another_page() -> None:
    offered = [Reader(mark, False).unread_elsewhere(page, 45) for mark in (None, 20, 39, 45) for page in (1, 2, 3)]
    assert offered == [*(False, False, False), *(True, False, True), *(True, False, True), *(False, False, False)]
