from __future__ import annotations

import json
import re

from tertulia_server.web.previews import MAX_DESCRIPTION_CHARS, shorten
from tests.server.web.site import Browser, Site, open_site

_STRUCTURED = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


async def test_thread_tells_search_engines_and_messengers_what_it_is(site: Site, town_file: str) -> None:
    opened = await open_site(town_file, site.town, public_url="https://forum.example")  # type: ignore[arg-type]
    thread = (await opened.thread("The </script><b>fair", 'Who "comes"?')).thread
    await opened.post(thread["id"], "I do.", visitor=site.town.bob)
    path = f"/threads/{thread['id']}-{thread['slug']}"
    page = (await opened.browser().get(path)).text
    found = _STRUCTURED.search(page)
    assert found is not None
    data = json.loads(found[1])
    assert data["@type"] == "DiscussionForumPosting"
    assert (data["headline"], data["text"], data["commentCount"]) == ("The </script><b>fair", 'Who "comes"?', 1)
    assert data["url"] == f"https://forum.example{path}"
    assert data["author"] == {"@type": "Person", "name": "ada"}
    assert data["datePublished"] == "2025-10-09T08:53:20+00:00"
    assert [comment["text"] for comment in data["comment"]] == ["I do."]
    assert f'<meta property="og:url" content="https://forum.example{path}">' in page
    assert '<meta property="og:description" content="Who &#34;comes&#34;?">' in page
    await opened.close()


async def test_host_of_a_request_does_not_get_into_pages_that_others_get(site: Site, guest: Browser) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    page = await guest.get(path, headers={"host": "evil.test"})
    assert "evil.test" not in page.text
    assert "og:url" not in page.text
    assert json.loads(_STRUCTURED.findall(page.text)[0])["url"] == path


async def test_only_what_everybody_may_read_has_a_preview(site: Site, ada: Browser, guest: Browser) -> None:
    thread_id = (await site.thread(forum_id=site.town.members_forum_id)).thread["id"]
    assert "og:title" not in (await ada.get(f"/threads/{thread_id}", follow_redirects=True)).text
    open_id = (await site.thread()).thread["id"]
    await site.fill(open_id, 20)
    second = (await guest.get(f"/threads/{open_id}-the-fair/page-2")).text
    assert 'content="filling 19"' in second
    assert "ld+json" not in second


def test_text_is_cut_between_words() -> None:
    assert shorten("one\n two", 20) == "one two"
    assert shorten("one two three", 9) == "one two…"
    assert shorten("x" * 500, MAX_DESCRIPTION_CHARS) == "x" * MAX_DESCRIPTION_CHARS + "…"
