from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.server.web.site import ORIGIN, Browser, Site, open_site

ATOM = "{http://www.w3.org/2005/Atom}"


def texts(feed: str, path: str) -> list[str | None]:
    return [element.text for element in ET.fromstring(feed).iterfind(path.replace("/", f"/{ATOM}"))]


async def test_feed_of_a_thread_is_atom_with_full_addresses(site: Site, guest: Browser) -> None:
    thread = (await site.thread("A & B", "Who <comes>?")).thread
    outcome = await site.post(thread["id"], "*I* do.")
    answer = await guest.get(f"/threads/{thread['id']}-a-b/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    assert texts(answer.text, "./entry/title") == ["A & B #2", "A & B #1"]
    assert texts(answer.text, "./entry/content")[0] == "<p><em>I</em> do.</p>\n"
    assert texts(answer.text, "./entry/id")[0] == f"{ORIGIN}/posts/{outcome.post['id']}"
    assert texts(answer.text, "./updated") == ["2025-10-09T08:53:20Z"]
    page = await guest.get(f"/threads/{thread['id']}-a-b")
    assert f'type="application/atom+xml" title="A &amp; B" href="/threads/{thread["id"]}-a-b/feed.atom"' in page.text


async def test_unchanged_feed_is_not_sent_again(site: Site, guest: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    path = f"/forums/{site.town.forum_id}-town-talk/feed.atom"
    tag = (await guest.get(path)).headers["etag"]
    assert (await guest.get(path, headers={"if-none-match": tag})).status_code == 304
    await site.post(thread_id)
    assert (await guest.get(path, headers={"if-none-match": tag})).status_code == 200


async def test_feeds_are_for_whoever_may_read_the_page(site: Site, guest: Browser, ada: Browser) -> None:
    members, staff = site.town.members_forum_id, site.town.staff_forum_id
    thread_id = (await site.thread(forum_id=members)).thread["id"]
    for path in (f"/forums/{members}/feed.atom", f"/threads/{thread_id}/feed.atom"):
        assert [(await browser.get(path)).status_code for browser in (guest, ada)] == [401, 200]
    assert (await ada.get(f"/forums/{staff}/feed.atom")).status_code == 404
    assert (await guest.get("/threads/99/feed.atom")).status_code == 404


async def test_feed_holds_only_what_xml_can_hold(site: Site, guest: Browser) -> None:
    thread_id = (await site.thread("]]> &amp; <x>", "a\x0bb ]]> </feed>")).thread["id"]
    answer = await guest.get(f"/threads/{thread_id}/feed.atom")
    assert texts(answer.text, "./entry/title") == ["]]> &amp; <x> #1"]


async def test_operator_names_the_address(site: Site, town_file: str) -> None:
    opened = await open_site(town_file, site.town, public_url="https://forum.example/")  # type: ignore[arg-type]
    answer = await opened.browser().get(f"/forums/{site.town.forum_id}/feed.atom")
    assert texts(answer.text, "./id") == [f"https://forum.example/forums/{site.town.forum_id}-town-talk"]
    await opened.close()
