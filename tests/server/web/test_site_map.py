from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.server.web.site import ORIGIN, Browser, Site


def locations(text: str) -> list[str | None]:
    return [element.text for element in ET.fromstring(text).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


async def test_map_leads_to_every_thread_that_guests_may_read(site: Site, guest: Browser, mona: Browser) -> None:
    thread = (await site.thread("The fair")).thread
    await site.thread("Secret", visitor=site.town.mona, forum_id=site.town.staff_forum_id)
    for browser in (guest, mona):
        parts = locations((await browser.get("/sitemap.xml")).text)
        assert parts == [f"{ORIGIN}/sitemaps/forums.xml", f"{ORIGIN}/sitemaps/1.xml"]
        forums, threads = [(await browser.get(str(part))).text for part in parts]
        assert locations(forums) == [f"{ORIGIN}/", f"{ORIGIN}/forums/{site.town.forum_id}-town-talk"]
        assert locations(threads) == [f"{ORIGIN}/threads/{thread['id']}-the-fair"]
        assert "<lastmod>2025-10-09T08:53:20Z</lastmod>" in threads


async def test_parts_are_bounded(guest: Browser) -> None:
    assert (await guest.get("/sitemaps/0.xml")).status_code == 404
    assert (await guest.get("/sitemaps/50000.xml")).status_code == 404
    assert locations((await guest.get("/sitemaps/7.xml")).text) == []


async def test_robots_are_told_what_is_not_for_them(guest: Browser) -> None:
    answer = await guest.get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Disallow: /search\n" in answer.text
